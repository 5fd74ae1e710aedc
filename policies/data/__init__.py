"""Episodes as data: recorded, kept in the formats of the field, read back to learn from.

``episodes`` plays agents and keeps what happened step by step; ``dataset`` says what a set of
episodes is and finds out what a folder holds; ``minari_files`` and ``lerobot_files`` read and write
folders in the formats of Minari and LeRobot.
"""
