"""Transports by name."""

from __future__ import annotations

from habilis.assets.names import did_you_mean
from habilis.envs.ros.transports.base import Transport, TransportError
from habilis.envs.ros.transports.native import RclpyTransport

KINDS = ("rosbridge", "rclpy")


def make_transport(spec: str) -> Transport:
    """What carries messages to a ROS 2.

    Args:
      spec: ``ws://host:port`` of a rosbridge server, ``rosbridge`` for one on this machine at its
        usual port, or ``rclpy`` for the ROS 2 that is sourced in this process.

    Raises:
      TransportError: an unknown name, or an address that is none.
      ModuleNotFoundError: websockets is not installed; says what to install.
    """
    if spec == "rclpy":
        return RclpyTransport()
    if spec != "rosbridge" and "://" not in spec:
        raise TransportError(f"{did_you_mean('transport', spec, KINDS)}, ws://host:port")
    try:
        from habilis.envs.ros.transports.rosbridge.client import URL, RosbridgeTransport
    except ModuleNotFoundError as error:
        if error.name != "websockets":
            raise
        install = 'rosbridge needs websockets: pip install "habilis[ros]"'
        raise ModuleNotFoundError(install, name="websockets") from None
    return RosbridgeTransport(spec if "://" in spec else URL)
