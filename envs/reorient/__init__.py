"""The environment ``habilis/Reorient-v0``: turn an object in the hand to an orientation."""
