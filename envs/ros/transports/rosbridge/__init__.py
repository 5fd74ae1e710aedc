"""A transport through a rosbridge server: JSON over a WebSocket, no ROS on this side.

From the wire inwards: ``link`` is one socket, ``connection`` makes it again when it is lost,
``client`` is the transport over it; ``calls``, ``goals`` and ``json`` are its parts.
"""
