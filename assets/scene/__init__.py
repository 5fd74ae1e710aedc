"""Scenes: what stands on the table, what is wanted of it, and the model that MuJoCo steps.

``things`` and ``goal`` are the description, ``solids`` what things are made of; ``format`` reads
and writes it as YAML, ``model`` makes what MuJoCo steps; ``scaling`` and ``distractors`` change
scenes that are there.
"""
