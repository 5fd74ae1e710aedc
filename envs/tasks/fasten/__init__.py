"""Fasten and join: parts are held together, one family a file."""
