"""Grippers over ROS 2: driven by goals or switched, and served."""
