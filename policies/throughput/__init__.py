"""How fast environments step and policies train, against raw MuJoCo in the same run.

``measure`` times the ``kinds`` of environment (``fetch`` is one of another package), ``training``
times PPO over them.
"""
