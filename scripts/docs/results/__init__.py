"""The tables of results: each is rendered from what a benchmark stored.

``page`` finds the places of the tables in a page and fills them, ``registry`` names every table
with its source. ``planners``, ``tasks``, ``hands``, ``ros`` and ``speed`` render them, with the
help of ``cells``.
"""
