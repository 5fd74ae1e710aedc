"""Cut and separate: what ties or holds together is parted, one family a file."""
