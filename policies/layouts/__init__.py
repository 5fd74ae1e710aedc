"""Random layouts of the creative tasks, each proven solvable before it is served.

``layouts`` draws and proves them; ``resize`` gives things other sizes, ``clutter`` adds
distractors.
"""
