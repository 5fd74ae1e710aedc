"""Scenes: what stands on the table, what is wanted of it, and the model that MuJoCo steps.

``things`` and ``goal`` are the description, ``file`` reads and writes it as YAML, ``compile`` makes
the model; ``scaling`` and ``distractors`` change scenes that are there.
"""
