"""Robots that walk, as data: a trunk and legs of three hinges each."""
