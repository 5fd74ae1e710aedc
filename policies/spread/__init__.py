"""Work that outgrows one process: ``executors.py`` hands pieces of it to others; ``journal.py``
keeps what is done, so that an interrupted command goes on.
"""
