"""Reach and hook: what stands too far away is drawn near, one family a file."""
