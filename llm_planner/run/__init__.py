"""Plans and programs, as data and as code: what executors run.

``plan`` is skills with arguments; ``program`` is code of a model, which runs in a ``sandbox`` and
sees the robot through ``skill_api``, ``arguments`` and ``vectors``.
"""
