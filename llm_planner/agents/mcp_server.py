"""A simulated robot as a server of the Model Context Protocol, over standard input and output.

Any client of the protocol may look, call skills, take pictures and have the result judged. The
SDK is imported where the server is made, and of it only what speaks over the two pipes.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import importlib.metadata
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from habilis.envs.media.gl import RenderingUnavailable
from habilis.envs.text import ToolCall, ToolSpec
from habilis.llm_planner.agents.robot_session import RobotSession
from habilis.llm_planner.agents.text_tools import (
    CallError,
    camera_tool,
    frames,
    read_arguments,
    skill_tools,
    tool,
)
from habilis.llm_planner.language.describe import robot_words
from habilis.llm_planner.language.prompts import load_prompt
from habilis.policies.skills import SKILLS

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server
    from mcp.types import CallToolResult, Tool

INSTALL = 'the MCP server needs the official SDK: pip install "habilis[mcp]"'
DESCRIPTION, CONTACTS = "scene://description", "scene://contacts"
RESET = ToolSpec(
    "reset",
    "Put everything back to the start, release a stop, and forget what happened.",
    {
        "type": "object",
        "properties": {
            "seed": {
                "type": "integer", "minimum": 0,
                "description": "of the layout; the same layout again if left out.",
            }
        },
        "required": [],
        "additionalProperties": False,
    },
)  # fmt: skip
OTHERS = (
    tool("describe_scene", "Task, robot, workspace and every object and part, as measured now."),
    camera_tool("camera"),
    tool("score", "Whether the goal was reached since the reset, by fair means; if not, why not."
         " The robot holds still for as long as the goal has to hold."),
    RESET,
    tool("stop", "Stop the robot now, in the middle of a skill too. Only reset releases it."),
)  # fmt: skip
"""What is offered beside the skills that fit the scene."""

READING = ("describe_scene", "camera", "score")
"""Tools that change nothing a client could want back."""


def serve(make: Callable[[], RobotSession]) -> None:
    """Serve one client until it closes the pipe.

    Standard output belongs to the protocol: whatever else is printed goes to standard error.

    Args:
      make: makes the robot.

    Raises:
      ImportError: the SDK is not installed.
    """
    try:
        import anyio
        from mcp.server.stdio import stdio_server  # noqa: F401  (asked for before the robot is made)
    except ImportError as error:
        raise ImportError(INSTALL) from error
    with _quiet():
        session = make()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, lambda *_: _interrupted(session))
    try:
        anyio.run(_serve, session)
    except* BrokenPipeError:
        pass  # the client went without a word


def _interrupted(session: RobotSession) -> None:
    """End at once: the thread that waits for the client's next line would keep the rest waiting."""
    session.stop()
    print("interrupted", file=sys.stderr, flush=True)
    os._exit(130)


def make_server(session: RobotSession) -> Server[Any]:
    """The server of a robot, for any transport of the SDK."""
    from mcp.server.lowlevel import Server

    offer = _Offer(session)
    rules = load_prompt("mcp").fill(frames=frames(), robot=robot_words(session.scene))
    return Server(
        "habilis", version=importlib.metadata.version("habilis"), title="A robot that uses tools",
        instructions=rules, on_list_tools=offer.list_tools, on_call_tool=offer.call_tool,
        on_list_resources=offer.list_resources, on_read_resource=offer.read_resource,
    )  # fmt: skip


async def _serve(session: RobotSession) -> None:
    from mcp.server.stdio import stdio_server

    server = make_server(session)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What C libraries print too goes to standard error, until the SDK sees to it itself."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


class _Offer:
    """What the protocol's requests mean for a robot. The robot works in a thread, one call at a
    time, so that a stop is heard while it moves."""

    def __init__(self, session: RobotSession) -> None:
        import anyio

        self._session, self._turn = session, anyio.Lock()
        self._tools = (*skill_tools(session.scene), *OTHERS)

    async def list_tools(self, context: Any, params: Any) -> Any:
        from mcp.types import ListToolsResult

        return ListToolsResult(tools=[_as_tool(t) for t in self._tools])

    async def call_tool(self, context: Any, params: Any) -> CallToolResult:
        call, gone = ToolCall(params.name, params.arguments or {}), threading.Event()
        turn = contextlib.nullcontext() if call.name == "stop" else self._turn
        try:
            async with turn:
                return await _in_thread(lambda: self._answer(call, gone))
        finally:
            gone.set()  # the client is gone or has cancelled: let go of what still runs

    async def list_resources(self, context: Any, params: Any) -> Any:
        from mcp.types import ListResourcesResult, Resource

        about = {
            DESCRIPTION: "the scene as measured now, lengths in m",
            CONTACTS: "who has touched whom since the reset: times in s, forces in N, paths in m",
        }
        rows = [
            Resource(uri=u, name=u.partition("://")[2], description=d, mime_type="application/json")
            for u, d in about.items()
        ]
        return ListResourcesResult(resources=rows)

    async def read_resource(self, context: Any, params: Any) -> Any:
        from mcp.shared.exceptions import MCPError
        from mcp.types import INVALID_PARAMS, ReadResourceResult, TextResourceContents

        session, uri = self._session, str(params.uri)
        if uri not in (DESCRIPTION, CONTACTS):
            known = f"{DESCRIPTION}, {CONTACTS}"
            raise MCPError(INVALID_PARAMS, f"unknown resource {uri!r}; known: {known}")

        def read() -> str:
            data = session.describe().data if uri == DESCRIPTION else session.contacts()
            return json.dumps(data, indent=1)

        text = TextResourceContents(
            uri=uri, mime_type="application/json", text=await _in_thread(read)
        )
        return ReadResourceResult(contents=[text])

    def _answer(self, call: ToolCall, gone: threading.Event) -> CallToolResult:
        """Carry out one call; runs in a thread of its own."""
        try:
            if call.name in SKILLS:
                return self._skill(call, gone)
            return self._other(call.name, read_arguments(call, self._tools))
        except (CallError, RenderingUnavailable) as error:
            return _result(str(error), error=True)

    def _skill(self, call: ToolCall, gone: threading.Event) -> CallToolResult:
        result, text = self._session.run(
            call, self._tools, lambda: "cancelled" if gone.is_set() else ""
        )
        data = {
            "outcome": result.outcome, "reason": result.told, "numbers": dict(result.numbers),
        }  # fmt: skip
        return _result(text, data, error=not result.ok)

    def _other(self, name: str, args: dict[str, Any]) -> CallToolResult:
        session = self._session
        if name == "describe_scene":
            return _result(session.describe().text)
        if name == "camera":
            return _image(session.picture(args["camera"]))
        if name == "score":
            return self._score()
        if name == "reset":
            return _result(session.reset(args.get("seed")).text)
        session.stop()
        return _result("Stopped. Only reset releases the robot.")

    def _score(self) -> CallToolResult:
        score = self._session.score()
        word = "success" if score.success else f"no success: {score.reason}"
        text = f"{word} ({score.seconds:g} s since the reset)"
        return _result(text, dataclasses.asdict(score))


async def _in_thread(work: Callable[[], Any]) -> Any:
    """The value of ``work``, done in a thread that is left alone when its caller is cancelled."""
    import anyio.to_thread

    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)


def _as_tool(spec: ToolSpec) -> Tool:
    from mcp.types import Tool, ToolAnnotations

    reads = spec.name in READING
    hints = ToolAnnotations(read_only_hint=reads, destructive_hint=False, open_world_hint=False)
    schema = dict(spec.parameters)
    return Tool(
        name=spec.name, description=spec.description, input_schema=schema, annotations=hints
    )


def _result(text: str, data: Any = None, error: bool = False) -> CallToolResult:
    from mcp.types import CallToolResult, TextContent

    return CallToolResult(content=[TextContent(text=text)], structured_content=data, is_error=error)


def _image(png: bytes) -> CallToolResult:
    from mcp.types import CallToolResult, ImageContent

    data = base64.b64encode(png).decode("ascii")
    return CallToolResult(content=[ImageContent(data=data, mime_type="image/png")])
