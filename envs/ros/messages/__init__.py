"""ROS messages as plain dicts: built, read and checked without ROS.

``motion``, ``pictures``, ``transforms`` and ``frames`` know what messages of joints, cameras and
``/tf`` mean; ``fields``, ``definitions`` and ``conversion`` handle any message.
"""
