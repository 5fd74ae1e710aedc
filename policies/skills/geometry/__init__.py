"""What skills know of shapes: boxes and solids, what is in the hand, and how to take a thing."""
