"""What hostile code can do: nothing. Every attempt is refused or stopped, the host goes on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pydantic_monty", reason='needs pip install "habilis[llm]"')

from habilis.assets.scene.model.compile import compile_scene
from habilis.envs.robot.robot import SimRobot, published
from habilis.envs.tasks import load_task
from habilis.envs.world.world import World
from habilis.llm_planner.run.program import Code, make_sandbox
from habilis.llm_planner.run.sandbox import Call, Halt, Raised, Sandbox, SandboxLimits
from habilis.policies.skills.executor import run

CANARY = "sk-canary-0123456789"
LIMITS = SandboxLimits(seconds=1.5, moves=5, calls=50, output=4096)

ATTEMPTS = {
    "subclasses": "print(().__class__.__base__.__subclasses__())",
    "mro": "print(str.__mro__[1].__subclasses__())",
    "globals of a skill": "print(grasp.__globals__)",
    "code of a skill": "print(grasp.__code__, grasp.__closure__)",
    "builtins": "print(__builtins__)",
    "stubs by name": "import_stubs('/etc/passwd')",
    "import by name": "print(__import__('os').listdir('/'))",
    "loader": "print(__loader__.load_module('os'))",
    "importlib": "import importlib\nprint(importlib.import_module('os'))",
    "shell": "import os\nprint(os.system('touch canary'))",
    "subprocess": "import subprocess\nprint(subprocess.run(['touch', 'canary']))",
    "shell of asyncio": "import asyncio as a\na.run(a.create_subprocess_shell('touch canary'))",
    "fork": "import os\nwhile True:\n    os.fork()",
    "kill": "import os\nos.kill(os.getppid(), 9)",
    "thread": "import threading\nthreading.Thread(target=print).start()",
    "process": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "environ": "import os\nprint(os.environ['HABILIS_CANARY'])",
    "getenv": "import os\nprint(os.getenv('HABILIS_CANARY'))",
    "environ of the process": "print(open('/proc/self/environ').read())",
    "list a folder": "import os\nprint(os.listdir('/'))",
    "read a file": "print(open('/etc/passwd').read())",
    "write a file": "open('canary', 'w').write('x')",
    "read by pathlib": "from pathlib import Path\nprint(Path('/etc/passwd').read_text())",
    "write by pathlib": "from pathlib import Path\nPath('canary').write_text('x')",
    "file url": "import urllib.request\nprint(urllib.request.urlopen('file:///etc/passwd').read())",
    "socket": "import socket\nprint(socket.create_connection(('127.0.0.1', 1)))",
    "http": "import http.client as h\nprint(h.HTTPConnection('127.0.0.1').request('GET', '/'))",
    "ctypes": "import ctypes\nprint(ctypes.CDLL(None).getpid())",
    "pickle": "import pickle\npickle.loads(b\"cos\\nsystem\\n(S'touch canary'\\ntR.\")",
    "marshal": "import marshal\nprint(marshal.loads(b''))",
    "modules": "import sys\nprint(sys.modules['os'])",
    "frames": "import sys\nprint(sys._getframe().f_back.f_globals)",
    "frames by inspect": "import inspect\nprint(inspect.stack())",
    "objects of gc": "import gc\nprint(gc.get_objects())",
    "frame of a generator": "g = (i for i in range(3))\nprint(g.gi_frame.f_back.f_globals)",
    "frame of a yield": "def f():\n    yield 1\nprint(f().gi_frame)",
    "frame of a traceback": (
        "try:\n    1 / 0\nexcept Exception as e:\n    print(e.__traceback__.tb_frame.f_globals)"
    ),
    "what an exception knows": (
        "try:\n    get_center('?')\nexcept Exception as e:\n    print(e.__traceback__, e.__cause__)"
    ),
    "walk by format": "print('{0.__class__.__init__.__globals__}'.format(grasp))",
    "walk by format_map": "print('{x.__globals__}'.format_map({'x': grasp}))",
    "walk by getattr": "print(getattr(getattr((), '__cl' + 'ass__'), '__ba' + 'se__'))",
    "vars": "print(vars(grasp))",
    "class by type": "print(type('X', (object,), {'__del__': 1}).__mro__)",
    "metaclass": "class A(metaclass=type):\n    pass",
    "compile": "print(compile('1', 'a', 'exec'))",
    "import in eval": "print(eval(\"__import__('os').environ\"))",
    "import in exec": "exec('import os\\nprint(os.environ)')",
    "skill in exec": "exec('open_gripper()')",
    "patch a skill": "grasp.__code__ = None",
    "patch a module": "import math\nmath.sqrt = 3",
    "patch the names": "globals()['move_to_position'] = print",
    "debugger": "breakpoint()",
    "ask the terminal": "print(input())",
    "sleep": "import time\ntime.sleep(3600)",
    "leave": "raise SystemExit(0)",
    "abort": "import os\nos.abort()",
}  # fmt: skip
BOMBS = {
    "loop": "while True:\n    pass",
    "loop that catches": (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass"
    ),
    "recursion": "def f():\n    return f()\nf()",
    "doubling": "x = [1]\nwhile True:\n    x = x + x",
    "text": "x = 'a' * 10**10",
    "power": "x = 9**9**9",
    "shift": "x = 1 << 10**12",
    "factorial": "import math\nx = math.factorial(10**8)",
    "range": "x = list(range(10**12))",
    "width of a format": "x = f'{1:>{10**10}}'",
    "regex": "import re\nre.match(r'(a|a)*\\1$', 'a' * 60 + 'b')",
    "json": "import json\njson.loads('[' * 100000)",
    "product": "import itertools\nx = list(itertools.product(range(100), repeat=6))",
    "flood of text": "while True:\n    print('x' * 1000)",
    "one long text": "print('x' * 10**7)",
    "long exception": "raise ValueError('a' * 50_000_000)",
    "flood of queries": "while True:\n    get_objects()",
    "flood of errors": (
        "while True:\n    try:\n        get_center('?')\n    except BaseException:\n        pass"
    ),
    "flood of names": "while True:\n    x = grasp",
    "long argument": "get_center('a' * 30_000_000)",
    "large number": "move_to_position((10**400, 0, 0))",
    "long source": "x = 1\n" * 20000,
    "deep source": "x = " + "(" * 5000 + ")" * 5000,
    "large type": "x = 1\n" + "x = (x, x)\n" * 40 + "x.foo\n",
    "deep argument": "move_to_position([[[[[[0]]]]]])",
}


@pytest.fixture(scope="module")
def robot() -> SimRobot:
    scene = load_task("habilis/ReachMilk-v0", scene="2023").scene()
    return SimRobot(World(compile_scene(scene), 1))


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with make_sandbox(LIMITS) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def canary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, robot: SimRobot) -> Iterator[None]:
    """A secret in the environment, a folder that must stay empty, a robot that must stay put."""
    monkeypatch.setenv("HABILIS_CANARY", CANARY)
    monkeypatch.chdir(tmp_path)
    robot.reset(published(robot.scene, 1))
    yield
    assert os.environ["HABILIS_CANARY"] == CANARY
    assert list(tmp_path.iterdir()) == []


def assert_armed_and_still(robot: SimRobot, tcp: Any) -> None:
    assert not robot.controller.limiter.stopped.any()
    robot.hold(0.1)
    np.testing.assert_allclose(robot.observe().tcp, tcp, atol=1e-3)


@pytest.mark.parametrize("form", ["as it stands", "in exec"])  # exec gets past the type check
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_escape_is_refused(attempt: str, form: str, robot: SimRobot, box: Sandbox) -> None:
    code = ATTEMPTS[attempt]
    tcp = robot.observe().tcp
    trace = run(robot, Code(code if form == "as it stands" else f"exec({code!r})", box))
    assert trace.ended in ("static", "runtime"), trace
    assert trace.reason and CANARY not in trace.reason + trace.output
    assert trace.output == "" and trace.steps == ()
    assert_armed_and_still(robot, tcp)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_stopped_and_the_sandbox_goes_on(
    bomb: str, robot: SimRobot, box: Sandbox
) -> None:
    tcp = robot.observe().tcp
    trace = run(robot, Code(BOMBS[bomb], box))
    assert trace.ended in ("limit", "static", "runtime"), trace
    assert 0 < len(trace.reason) < 10_000 and len(trace.output) <= LIMITS.output
    assert_armed_and_still(robot, tcp)
    assert run(robot, Code("print(len(get_objects()))", box)).output == "3\n"


@pytest.mark.parametrize(
    "code, reason",
    [
        ("while True:\n    open_gripper()", "line 2: more than 5 calls that move the robot"),
        ("while True:\n    try:\n        close_gripper()\n    except SkillError:\n        pass",
         "line 3: more than 5 calls that move the robot"),
        ("move_to_position((0.3, 0.0, 0.2), 0.005)", "it took more than 5 s"),
        ("move_to_position((0.3, 0.0, 0.2), 1e-320)", "speed must be at least 0.005 m/s"),
        ("while True:\n    pass", "calculated for more than 1.5 s"),
        ("x = 'a' * 10**10", "more than 64 MiB of memory"),
        ("while True:\n    print('x' * 1000)", "printed more than 4096 bytes"),
        ("x = 1\n" * 20000, "120000 bytes, 65536 are allowed"),
    ],
)  # fmt: skip
def test_limits_name_themselves(code: str, reason: str, robot: SimRobot, box: Sandbox) -> None:
    trace = run(robot, Code(code, box), seconds=5.0)
    assert reason in trace.reason
    assert_armed_and_still(robot, robot.observe().tcp)


def test_what_one_program_rebinds_the_next_finds_as_it_was(robot: SimRobot, box: Sandbox) -> None:
    code = "exec('open_gripper = print\\nget_objects = print')\nopen_gripper(1)"
    first = run(robot, Code("exec('open_gripper = len')", box))
    assert first.ok and first.calls == ()
    assert run(robot, Code(code, box)).steps == ()
    assert len(run(robot, Code("open_gripper()", box)).steps) == 1


def test_the_worker_has_no_environment(box: Sandbox) -> None:
    """Not even the process that interprets the code could tell a key."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc on this system")

    def children() -> set[str]:
        lists = Path("/proc/self/task").glob("*/children")
        return {pid for file in lists for pid in file.read_text().split()}

    others = children()  # processes of tests before this one, with our environment
    seen: list[bytes] = []

    def look(_: Call) -> str:
        workers = children() - others
        seen.extend(Path(f"/proc/{pid}/environ").read_bytes() for pid in workers)
        return ""

    with Sandbox(["look"], "def look() -> str: ...") as sandbox:
        assert sandbox.run("look()", look).ending == "done"
    assert seen and not any(CANARY.encode() in environ or b"PATH=" in environ for environ in seen)


def test_answers_that_raise_and_halt() -> None:
    def answer(call: Call) -> Any:
        if call.name == "halt":
            raise Halt("enough")
        raise Raised("RuntimeError", f"no {call.args[0]}")

    stubs = "def halt() -> None: ...\ndef ask(a: str) -> None: ..."
    with Sandbox(["halt", "ask"], stubs) as sandbox:
        caught = "try:\n    ask('tea')\nexcept RuntimeError as e:\n    print(e)"
        assert sandbox.run(caught, answer).output == "no tea\n"
        kept = "try:\n    halt()\nexcept BaseException:\n    print('kept')"
        ran = sandbox.run(kept, answer)
        assert (ran.ending, ran.message, ran.line, ran.output) == ("halted", "enough", 2, "")


def test_a_fault_of_the_host_is_not_hidden_and_the_sandbox_goes_on() -> None:
    def broken(_: Call) -> Any:
        raise ConnectionError("robot is gone")

    with Sandbox(["ask"], "def ask() -> None: ...") as sandbox:
        with pytest.raises(ConnectionError, match="robot is gone"):
            sandbox.run("try:\n    ask()\nexcept BaseException:\n    pass", broken)
        assert sandbox.run("print(1)", broken).output == "1\n"


def test_chance_is_the_same_each_time() -> None:
    with Sandbox() as sandbox:
        code = "import random\nprint(random.random())"
        first, second = (sandbox.run(code, print).output for _ in range(2))
    assert first == second != ""


def test_outside_of_with_it_says_so() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        Sandbox().run("1", print)


def test_without_the_package_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_monty", None)
    with pytest.raises(ImportError, match=r'pip install "habilis\[llm\]"'), Sandbox():
        pass


def test_start_time(record_property: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Printed, not asserted: import, worker, first type check, first program; fresh process."""
    code = (
        "import time; from habilis.llm_planner.run.program import make_sandbox\n"
        "t = time.perf_counter()\n"
        "with make_sandbox() as box:\n"
        "    box.run('open_gripper()', lambda _: None)\n"
        "    print(time.perf_counter() - t)\n"
    )
    cwd = Path(__file__).parents[3]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd, env=env
    ).stdout
    began = time.perf_counter()
    with Sandbox() as sandbox:
        assert sandbox.run("1", print).ending == "done"
    warm = time.perf_counter() - began
    record_property("sandbox_start_s", float(out))
    with capsys.disabled():
        print(f"\nsandbox start, cold: {float(out) * 1e3:.0f} ms; again: {warm * 1e3:.0f} ms")


def test_a_killed_worker_is_said_and_replaced() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("no /proc on this system")

    def children() -> set[str]:
        return {
            pid for f in Path("/proc/self/task").glob("*/children") for pid in f.read_text().split()
        }

    before = children()
    with Sandbox(["ask"], "def ask() -> None: ...") as sandbox:
        (worker,) = children() - before
        ran = sandbox.run("ask()\nask()", lambda _: os.kill(int(worker), 9))
        assert ran.ending == "crash" and ran.message.startswith("the interpreter was stopped")
        assert sandbox.run("print(1)", print).output == "1\n"
    assert children() <= before
