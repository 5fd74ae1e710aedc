"""The physics engine: the only package that steps it, behind one protocol."""
