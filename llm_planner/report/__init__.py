"""What is kept and shown of a run: ``record`` writes ``run.json``, ``page`` makes the report of it.

``plan``, ``program``, ``model``, ``timeline``, ``details`` and ``media`` are the parts of the page,
``text`` is what they share; ``filming`` and ``narration`` show a run while it goes on.
"""
