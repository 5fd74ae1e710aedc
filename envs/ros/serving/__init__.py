"""The parts of a simulated robot that looks like a ROS 2 robot; see ``server``."""
