"""A change of grasp: a tool is put down where it rests, and taken another way."""
