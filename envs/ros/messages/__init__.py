"""ROS messages as plain dicts: built, read and checked without ROS.

``motion``, ``pictures`` and ``frames`` know what the messages of joints, cameras and ``/tf`` mean;
``fields``, ``definitions`` and ``conversion`` handle any message.
"""
