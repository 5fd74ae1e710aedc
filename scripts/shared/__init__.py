"""What several commands share: finding them, their options, results, questions and keys.

``commands`` finds a folder's commands and runs one; ``options`` checks what was typed; ``results``
stores and prints; ``scenes`` chooses a scene by name or words, ``actor`` a task and who acts in it;
``confirm``, ``keyboard`` and ``live_robot`` are for commands that can move a real robot.
"""
