"""Robots that speak ROS 2, behind the same interface as simulated ones.

From the wire inwards: a ``Transport`` carries messages (``rosbridge``: the rosbridge protocol over
a WebSocket, no ROS needed on this side; ``native``: rclpy in this process; ``local``: a bus in this
process). A ``Profile`` says which topics, actions, joints and limits a robot has. ``RosRobot``
keeps the contract of ``habilis.envs.robot.robot.Robot`` over them, behind a limiter and a
watchdog that cannot be switched off. ``serving`` is the other side: a simulated robot that looks
like such a ROS 2 robot.
"""
