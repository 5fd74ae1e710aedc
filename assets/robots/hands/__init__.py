"""Hands: what a controller must know of them, how they pinch, and where they come from."""
