"""Bases that are commanded by velocity, behind limits: a robot that walks or drives on ROS 2.

``driver`` streams velocities by ``ramp`` and stops by ``watch``; ``robot`` is what skills know, and
``server`` a simulated one.
"""
