"""The creative benchmark: which planner is right how often, with what errors, at what price.

``creative`` says what is asked, ``solve`` and ``run`` play it, ``log`` keeps what is finished,
``table`` and ``plot`` show it.
"""
