"""Counterweight, block and support: what is put there holds or tips, one family a file."""
