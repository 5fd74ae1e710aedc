"""Tools for a hand to pose: procedural ones, and the scanned ones and goals of DexToolBench.

In every frame here z = 0 is the table top; that of the benchmark's data is 0.53 m lower.
"""
