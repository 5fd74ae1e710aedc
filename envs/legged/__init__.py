"""How robots on legs walk."""
