"""Words to a model and back: scenes described, questions staged, answers read and checked.

``describe`` and ``wording`` tell a scene, ``quantities`` and ``calculator`` do its arithmetic,
``stages`` ask with the texts in ``prompts``, ``outputs`` and ``plan_schema`` read what comes back,
``faults`` and ``repair`` say what is wrong with it.
"""
