"""The MCP server as a client meets it: the SDK's own client, over stdio, to another process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from habilis.envs.media import gl
from habilis.envs.tasks import load_task
from habilis.policies.agents.oracles import oracle
from habilis.policies.skills.skill import skills_for
from habilis.scripts import cli

pytest.importorskip("mcp", reason="needs the mcp extra")
from mcp import Client, StdioServerParameters, stdio_client  # noqa: E402
from mcp.shared.exceptions import MCPError  # noqa: E402

TASK = "habilis/ReachMilk-v0"
COMMAND = [sys.executable, "-m", "habilis.scripts.cli", "mcp"]
SLOW = {"position": [0.1, 0.0, 0.2], "speed": 0.005}


def talk(
    do: Callable[[Client], Awaitable[None]], *args: str, mode: Literal["auto", "legacy"] = "auto"
) -> str:
    """Let a client talk to a fresh server; returns what the server wrote to stderr."""
    passed = {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "MUJOCO", "XDG"))}
    server = StdioServerParameters(command=COMMAND[0], args=[*COMMAND[1:], *args], env=passed)

    async def whole(errors: Any) -> None:
        async with Client(stdio_client(server, errors), mode=mode) as client:
            await do(client)

    with tempfile.TemporaryFile("w+") as errors:
        asyncio.run(asyncio.wait_for(whole(errors), 120))
        errors.seek(0)
        return errors.read()


def text(result: Any) -> str:
    return "\n".join(c.text for c in result.content if c.type == "text")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_finds_everything_and_bad_calls_are_results(
    mode: Literal["auto", "legacy"],
) -> None:
    async def do(client: Client) -> None:
        tools = {t.name: t for t in (await client.list_tools()).tools}
        own = {"describe_scene", "camera", "score", "reset", "stop"}
        assert set(tools) == {*skills_for(), *own}
        assert tools["grasp"].input_schema["required"] == ["object"]
        assert tools["score"].annotations is not None and tools["score"].annotations.read_only_hint
        assert "World frame" in (client.instructions or "")
        for name, arguments, says in (
            ("gras", {"object": "milk"}, "unknown tool 'gras'; did you mean 'grasp'"),
            ("grasp", {"object": "mlk"}, "did you mean 'milk'"),
            ("grasp", {"objekt": "milk"}, "did you mean 'object'"),
            ("camera", {"camera": "behind"}, '"behind" is none of "front"'),
            ("reset", {"seed": -1}, "must be at least 0"),
            ("grasp", {"object": "milk"}, "out of the workspace by"),
        ):
            wrong = await client.call_tool(name, arguments)
            assert wrong.is_error and says in text(wrong)
        uris = [r.uri for r in (await client.list_resources()).resources]
        assert uris == ["scene://description", "scene://contacts"]
        read = await client.read_resource("scene://description")
        assert json.loads(read.contents[0].text)["length_unit"] == "m"  # type: ignore[union-attr]
        with pytest.raises(MCPError, match="unknown resource 'scene://x'; known"):
            await client.read_resource("scene://x")

    assert "Traceback" not in talk(do, mode=mode)


def test_a_client_solves_the_task_and_has_it_judged() -> None:
    scene = load_task(TASK).scene()

    async def do(client: Client) -> None:
        assert "Pick up the milk" in text(await client.call_tool("describe_scene", {}))
        before = await client.call_tool("score", {})
        assert not before.is_error and before.structured_content["success"] is False
        for skill in oracle(TASK, scene):
            result = await client.call_tool(skill.name, skill.args())
            assert not result.is_error and result.structured_content["outcome"] == "success"
        after = await client.call_tool("score", {})
        assert after.structured_content["success"] and text(after).startswith("success (")
        contacts = await client.read_resource("scene://contacts")
        pairs = [c["pair"] for c in json.loads(contacts.contents[0].text)]  # type: ignore[union-attr]
        assert any({"hammer", "milk"} == set(p) for p in pairs)
        await client.call_tool("reset", {"seed": 2})
        again = await client.call_tool("score", {})
        assert again.structured_content["success"] is False

    assert "Traceback" not in talk(do, "--scene", TASK, "--seed", "1", "--variation", "1")


@pytest.mark.slow
def test_a_client_takes_up_a_hand_tool_and_works_with_it() -> None:
    task = "habilis/BeadsInVials-v0"

    async def do(client: Client) -> None:
        assert "take_tool" in {t.name for t in (await client.list_tools()).tools}
        assert "from take_tool on, the tips of the tool are" in (client.instructions or "")
        for skill in oracle(task, load_task(task).scene()):
            result = await client.call_tool(skill.name, skill.args())
            assert not result.is_error, text(result)
        after = await client.call_tool("score", {})
        assert after.structured_content["success"], text(after)

    assert "Traceback" not in talk(do, "--scene", task)


def test_a_stop_and_a_cancelled_call_are_heard_while_the_robot_moves() -> None:
    async def do(client: Client) -> None:
        moving = asyncio.create_task(client.call_tool("move_to_position", SLOW))
        await asyncio.sleep(0.05)
        assert not (await client.call_tool("stop", {})).is_error
        assert (await moving).is_error and "stopped" in text(moving.result())
        stopped = await client.call_tool("open_gripper", {})
        assert stopped.is_error and "the robot is stopped: reset" in text(stopped)
        assert not (await client.call_tool("reset", {})).is_error
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.call_tool("move_to_position", SLOW), 0.3)
        now = await client.call_tool("open_gripper", {})
        assert not now.is_error and "gripper at (0.1," not in text(now)

    page = (Path(__file__).parents[3] / "docs" / "agents.md").read_text(encoding="utf-8")
    documented = json.loads(page.split("```json\n", 1)[1].split("```", 1)[0])
    command, *args = documented["mcpServers"]["habilis"]["args"]
    assert command == "mcp" and "Traceback" not in talk(do, *args)


def test_a_camera_gives_a_png() -> None:
    try:
        gl.ensure()
    except gl.RenderingUnavailable as error:
        pytest.skip(str(error))

    async def do(client: Client) -> None:
        result = await client.call_tool("camera", {"camera": "top"})
        assert not result.is_error
        picture = result.content[0]
        assert picture.type == "image" and picture.mime_type == "image/png"
        assert base64.b64decode(picture.data).startswith(b"\x89PNG\r\n")

    assert "Traceback" not in talk(do)


@pytest.mark.parametrize("closed", ["stdin", "both"])
def test_the_server_ends_when_its_client_disappears_in_the_middle_of_a_motion(closed: str) -> None:
    def line(**message: Any) -> bytes:
        return (json.dumps({"jsonrpc": "2.0", **message}) + "\n").encode()

    who = {"name": "test", "version": "0"}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": who}
    slow = {"name": "move_to_position", "arguments": SLOW}
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdin and server.stdout and server.stderr
        server.stdin.write(line(id=1, method="initialize", params=hello))
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["result"]["serverInfo"]["name"] == "habilis"
        server.stdin.write(line(method="notifications/initialized"))
        server.stdin.write(line(id=2, method="tools/call", params=slow))
        server.stdin.write(line(id=3, method="ping"))
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 3  # it hears while it moves
        if closed == "both":
            server.stdout.close()
        server.stdin.close()
        assert server.wait(60) == 0
        assert b"Traceback" not in server.stderr.read()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--scene", "reach_mlik"), "reach_mlik"),
        (("--scene", "habilis/ReachMlik-v0"), "did you mean 'habilis/ReachMilk-v0'"),
        (("--seed", "-1"), "--seed must be at least 0"),
    ],
)
def test_bad_options_are_one_line_and_nothing_on_stdout(
    args: tuple[str, ...], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["mcp", *args]) == cli.USAGE
    said = capfd.readouterr()
    assert said.out == "" and says in said.err and len(said.err.splitlines()) == 1


def test_without_the_sdk_the_line_that_mends_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from habilis.llm_planner.agents.mcp_server import serve

    for name in [n for n in sys.modules if n == "mcp" or n.startswith("mcp.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ImportError, match=r'pip install "habilis\[mcp\]"'):
        serve(lambda: pytest.fail("made a robot all the same"))


def test_one_ctrl_c_ends_the_server() -> None:
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    ask = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    process.stdin.write(json.dumps(ask) + "\n")
    process.stdin.flush()
    assert "result" in process.stdout.readline()  # it waits for the next line now
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert process.stderr is not None and "Traceback" not in process.stderr.read()
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()
