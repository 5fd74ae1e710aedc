"""Tools and things in a hand with fingers: worked, taken, posed and turned; one family a file."""
