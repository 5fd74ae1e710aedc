"""What carries ROS messages: one protocol in ``base``, three ways to keep it.

``names`` chooses among ``local`` (this process), ``native`` (rclpy) and ``rosbridge`` (a
WebSocket); each calls back over an ``inbox``.
"""
