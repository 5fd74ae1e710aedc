"""Lever and pry: a beam or a bar turns about an edge and lifts, one family a file."""
