"""Work that outgrows one process: ``executors.py`` hands pieces of it to others on this machine,
``on_ray.py`` to a cluster, and ``make.py`` chooses; ``journal.py`` keeps what is done, so that an
interrupted command goes on from there.
"""
