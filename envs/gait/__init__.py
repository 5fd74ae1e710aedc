"""The environment ``habilis/Go1Walk-v0``: walk with the velocity that is asked for."""
