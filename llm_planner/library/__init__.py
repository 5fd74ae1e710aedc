"""Composed skills: plans with holes, made of what worked and kept while it works.

``generalise`` and ``maker`` make them, ``binding`` fills their holes, ``trials`` tests them in
other scenes, ``store`` keeps the file.
"""
