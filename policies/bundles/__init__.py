"""Trained policies, one zip file each; ``bundle`` reads, writes and checks them."""
