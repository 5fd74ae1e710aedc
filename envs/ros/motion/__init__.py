"""The joints of a real robot: commanded within limits, watched, and stopped.

``joints`` is what others use. It reads ``states``, sends over ``streams`` or ``point_to_point``,
keeps the way in ``commanded_motion`` and is watched by ``watchdog``; ``gripper`` is beside it.
"""
