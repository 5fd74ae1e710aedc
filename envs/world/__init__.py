"""The batched world: N simulations of a scene, and all that is known of them by name.

``world`` steps them; ``poses`` and ``state`` say where things are, ``ledger`` who touched whom,
``monitor`` whether the goal is reached and by what; ``rules`` adds what engines leave out;
``cameras``, ``sensors``, ``cloud`` and ``window`` see; ``layout`` draws random starts.
"""
