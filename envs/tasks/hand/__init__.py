"""Tools and things in a hand with fingers: opened, closed, taken, posed, turned; one family a file."""
