"""Families in which what is learned is how to walk."""
