"""From commands to actuator targets: kinematics, limits, interpolation; for N robots at once.

``arm`` uses ``kinematics`` and ``limiter`` to turn poses into targets; ``joint_limiter`` and
``hand_kinematics`` do the same for single joints and for fingers.
"""
