"""The offline planner: options from geometry, ordered by cost, tried in copies of the world.

``affordances``, ``goals`` and ``magnets`` propose ``options``; ``planner`` searches over them in a
``scratch`` world.
"""
