"""How simulations of one world differ: random starts, and layouts written into a compiled model."""
