"""Episodes as data: recorded, kept in the formats of the field, read back to learn from.

``episodes`` plays agents and keeps what happened step by step, ``record`` says what it was;
``about`` is what a dataset consists of. ``minari_files`` reads and writes folders in the format of
Minari, ``lerobot_writer`` and ``lerobot_reader`` those of LeRobot, whose layout is in
``lerobot_table``; ``folder`` reads either.
"""
