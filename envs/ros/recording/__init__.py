"""Runs on a robot, recorded to MCAP, read back, and rehearsed in simulation.

``recorder`` writes through ``mcap_queue``; ``reader`` reads through ``mcap_file`` into ``joints``
and ``frames``; ``rehearsal`` plays a recording back and ``comparison`` measures the difference.
"""
