"""A hand on an arm that brings a rigid tool to poses: grasps, reach, following, and episodes."""
