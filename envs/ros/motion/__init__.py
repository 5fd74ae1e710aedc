"""The joints of a real robot: commanded within limits, watched, and stopped.

``joints`` is what others use. It reads ``states``, sends over ``streams`` (``resting``, with the
arithmetic of ``course``, and ``sightings`` of what the robot may be following, for trajectory
controllers; ``stepped`` for bare positions), asks ``cell`` where the arm must not go and
``commander`` whether it may, and is watched by ``watchdog``; ``gripper`` is beside it.
"""
