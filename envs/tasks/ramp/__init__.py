"""Bridge, step and ramp: a way is put up for what is to roll or walk, one family a file."""
