"""Tasks as environments of LeRobot: for its EnvHub, and for ``lerobot-eval``.

``env.py`` makes the environments and needs no LeRobot; ``config.py`` makes the task known to
LeRobot's commands, which import this folder when they are told to discover it; ``folder.py`` writes
what is uploaded to the Hub.
"""
