"""The design track: a planner orders a tool made of a few primitive parts, and then uses it.

``order`` says what a tool is made of, ``budget`` what may be ordered, ``track`` puts it into a
scene of which the own tools were taken away. ``proposals`` draws first orders from the geometry of
the scene, ``critic`` refuses what cannot be gripped or does not reach, ``trial`` judges the others
in physics, and ``search`` improves them by CMA-ES and verifies the best on layouts not seen before.
"""
