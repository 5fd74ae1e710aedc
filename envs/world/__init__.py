"""The batched world: N simulations of a scene, and all that is known of them by name.

``world`` steps them; ``poses`` and ``state`` say where things are; ``rules`` adds what engines
leave out; ``judging`` holds who touched whom, and whether the goal is reached and by what;
``seeing`` pictures, depth and point clouds; ``varying`` random starts.
"""
