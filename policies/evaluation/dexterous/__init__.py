"""What hands on and off arms do with rigid things: posing tools, and turning objects."""
