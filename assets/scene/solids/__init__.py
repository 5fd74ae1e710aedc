"""Convex solids, by themselves and out of meshes, and what is inside a body made of them."""
