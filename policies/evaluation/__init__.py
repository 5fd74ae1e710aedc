"""How good an agent is, with intervals: ``evaluate`` runs the episodes, the others count and draw.

``statistics`` makes the intervals and ``provenance`` says what makes a number repeatable;
``scorecard``, ``curves`` and ``film_grid`` show results; ``aperture``, ``pick``, ``cheats`` and the
folder ``ros`` are the measurements behind ``habilis bench`` and ``habilis ros bench``, and
``verify`` plays stored ones again.
"""
