"""What exists, as data: scenes, robots, tools, objects and grasps. Nothing steps here.

``scene`` describes what stands on a table and compiles it to a MuJoCo model; ``robots``, ``hands``
and ``tools`` hold what can be put into one; ``scenes`` and ``grasps`` hold files.
"""
