"""habilis mcp: offer a simulated robot to any MCP client: skills as tools, pictures, score."""

from __future__ import annotations

import dataclasses
import sys

from habilis.scripts.shared.options import at_least, read_options


@dataclasses.dataclass(frozen=True)
class McpOptions:
    """Offer a simulated robot to a client of the Model Context Protocol (MCP).

    A client starts this command itself: put it into the client's configuration, see
    docs/agents.md. It offers every skill as a tool, the scene's description, camera pictures, the
    score, reset and stop. It speaks over stdin and stdout until the client goes, and prints
    nothing else there. Needs pip install "habilis[mcp]".
    """

    scene: str = "reach_milk_2023"
    """A scene file (see docs/scenes.md), the name of a shipped scene, or the id of a task, e.g.
    habilis/ReachMilkBroken-v0."""
    seed: int = 0
    """Seed of the layout."""
    variation: float = 0.0
    """How far the layout strays from the scene as given, see habilis solve --help."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    options = read_options(McpOptions, args, prog="habilis mcp")
    at_least(0, seed=options.seed)
    from habilis.llm_planner.agents.mcp_server import serve
    from habilis.llm_planner.agents.robot_session import RobotSession
    from habilis.scripts.shared.scenes import choose_scene

    if sys.stdin.isatty():
        print(
            "waiting for an MCP client on stdin; see docs/agents.md, Ctrl+C ends", file=sys.stderr
        )
    serve(lambda: RobotSession(choose_scene(options.scene, ""), options.seed, options.variation))
    return 0
