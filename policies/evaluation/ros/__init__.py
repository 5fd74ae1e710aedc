"""Measurements of the bridge to ROS 2: delays, plans, what a controller executes, poses of tags."""
