"""Plans and programs carried out: checked, tried in a copy of the world, then executed.

``plan`` and ``program`` are what is run, ``sandbox`` with ``skill_api``, ``arguments`` and
``vectors`` is where code of a model runs; ``verify``, ``execute`` and ``attempt`` run it, ``solve``
is a whole task from instruction to film.
"""
