"""Push and probe: something slender goes where fingers do not, one family a file."""
