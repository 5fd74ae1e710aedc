"""Sweep, wipe and gather: many things are moved at once, one family a file."""
