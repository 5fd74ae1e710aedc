"""A real robot as skills and tasks know one, and what is found out about it.

``robot`` keeps a simulated ``twin`` where the real arm stands; ``episodes`` acts tasks out on it,
``dry`` replaces it by a rehearsal, ``survey`` looks without moving; ``events`` and ``notes`` tell.
"""
