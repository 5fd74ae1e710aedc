"""Robots from model files: an MJCF or URDF and a short description beside it."""
