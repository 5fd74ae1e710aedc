"""End effectors, one file each."""
