"""Language agents that act call by call: the tasks in text, and a robot behind MCP.

``text_tools`` turns skills into tools; ``text_env`` and ``text_agent`` are an episode and a player,
``robot_session`` and ``mcp_server`` a robot that any MCP client can operate.
"""
