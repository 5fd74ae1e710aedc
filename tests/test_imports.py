"""Who may import what, read from the source: the direction of the layers, and what stays out."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from habilis.scripts.architecture.imports import LAYERS, import_graph, imported

ROOT = Path(__file__).parents[1]

# The modules that may import a heavy package, and then only inside a function.
LAZY = {
    "cv2": {
        *(f"envs/media/{name}.py" for name in ("film", "captions", "marks", "montage")),
        *("envs/ros/tags/detect.py", "envs/ros/messages/compressed.py"),
    },
    "matplotlib": {"llm_planner/bench/plot.py", "policies/evaluation/curves.py"},
    "mujoco_warp": {"envs/sim/warp.py"},
    "warp": {"envs/sim/warp.py"},
    "open3d": set[str](),
    "trimesh": {"assets/scene/solids/mesh.py"},
    "coacd": {"assets/scene/solids/mesh.py"},
    "minari": {"policies/data/minari_files.py"},
    "h5py": {"policies/data/minari_files.py"},
    "pyarrow": {f"policies/data/lerobot_{name}.py" for name in ("reader", "table", "writer")},
    "onnx": {"policies/bundles/onnx_file.py"},
    "onnxruntime": {"policies/bundles/onnx_file.py"},
    "pydantic_ai": {"llm_planner/model/provider.py"},
    "mcp": {"llm_planner/agents/mcp_server.py"},
    "mcp_types": set[str](),
    "ray": {"policies/spread/on_ray.py"},
    "viser": {
        f"llm_planner/studio/browser/{name}.py" for name in ("guard", "page", "panels", "view")
    },
    "rclpy": {"envs/ros/transports/native.py", "envs/ros/transports/native_goals.py"},
    "mcap": {"envs/ros/recording/mcap_file.py"},
    "mcap_ros2": {"envs/ros/recording/mcap_file.py", "envs/ros/recording/mcap_queue.py"},
}
# The folders that may import a package, wherever in the file.
CONFINED = {"torch": "policies", "stable_baselines3": "policies", "lerobot": "policies"}
# The modules of the physics engine that step it, and who may: the throughput bench times it bare.
ENGINE, STEPPERS = ("mujoco.batch", "mujoco.rollout"), ("envs/sim/", "policies/throughput/")
# The modules that may reach the network, each with what.
NETWORK_CLIENTS = {
    "llm_planner/model/provider.py": {"*"},
    "envs/ros/transports/rosbridge/link.py": {"socket", "websockets"},
    "policies/evaluation/ros/proxy.py": {"socket"},  # of this machine, on the way to the bridge
}
NETWORK = {
    *("aiohttp", "anthropic", "ftplib", "http", "httpx", "openai", "pydantic_ai", "requests"),
    *("smtplib", "socket", "socketserver", "ssl", "urllib", "urllib3", "websockets", "xmlrpc"),
}
MCP_SERVER = "llm_planner/agents/mcp_server.py"
# What of the MCP SDK may be used: its servers and clients over HTTP may not.
MCP = ("mcp.server.lowlevel", "mcp.server.stdio", "mcp.shared.exceptions", "mcp.types")
FORBIDDEN = {"random": "the global generator; pass one in"}
# May save and restore numpy's global generator, which Stable-Baselines3 draws from.
GLOBAL_STATE = {"policies/learn/checkpoint.py": {"get_state", "set_state"}}
GENERATORS = {"BitGenerator", "Generator", "PCG64", "SeedSequence", "default_rng"}


def sources() -> list[Path]:
    return sorted(
        path
        for layer in LAYERS
        for path in (ROOT / layer).rglob("*.py")
        if "__pycache__" not in path.parts
    )


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def deferred(tree: ast.AST) -> set[ast.AST]:
    """The nodes that do not run when the module is imported."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, functions) or is_type_checking(node)
        for inner in ast.walk(node)
    }


def import_faults(path: str, name: str, *, lazy: bool) -> Iterator[str]:
    """What is wrong with the file at `path` (from the root) importing `name`."""
    layer, top = path.split("/")[0], name.split(".")[0]
    if top in (*LAYERS, "tests"):
        yield f"imports {name}: write habilis.{name}"
    if top == "habilis":
        target = (*name.split("."), "")[1]
        if target in LAYERS and LAYERS.index(target) > LAYERS.index(layer):
            yield f"imports {name}: {layer} comes before {target}"
    if top in LAZY and path not in LAZY[top]:
        yield f"imports {top}: only {sorted(LAZY[top]) or 'nothing'} may"
    if top in LAZY and not lazy:
        yield f"imports {top} at the top: do it inside the function that needs it"
    if top in CONFINED and layer != CONFINED[top]:
        yield f"imports {top}: only {CONFINED[top]} may"
    if name.startswith(ENGINE) and not path.startswith(STEPPERS):
        yield f"imports {name}: physics is stepped behind habilis.envs.sim"
    if top in NETWORK and not {"*", top} & NETWORK_CLIENTS.get(path, set()):
        yield f"imports {top}: only {', '.join(NETWORK_CLIENTS)} may reach the network"
    if top == "mcp" and not name.startswith(MCP):
        yield f"imports {name}: of the MCP SDK only {', '.join(MCP)}; it speaks over stdio only"
    if top in FORBIDDEN:
        yield f"imports {top}: {FORBIDDEN[top]}"
    if name.startswith("numpy.random.") and name.split(".")[2] not in GENERATORS:
        yield f"imports {name}: numpy's global generator"


def randomness_faults(path: str, node: ast.AST) -> Iterator[str]:
    """What is wrong with how `node` uses numpy's randomness."""
    if isinstance(node, ast.Attribute):
        owner, name = ast.unparse(node.value), node.attr
        allowed = GENERATORS | GLOBAL_STATE.get(path, set())
        if owner in ("np.random", "numpy.random") and name not in allowed:
            yield f"{owner}.{name}: numpy's global generator; pass a Generator in"
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).split(".")[-1]
        unseeded = not node.args and not node.keywords
        nothing = (
            bool(node.args)
            and isinstance(node.args[0], ast.Constant)
            and not isinstance(node.args[0].value, int)
        )
        if called in ("default_rng", "SeedSequence") and (unseeded or nothing):
            yield f"{called} without a seed"


def stepping_faults(path: str, node: ast.AST) -> Iterator[str]:
    """What is wrong with how `node` steps physics."""
    if isinstance(node, ast.Attribute) and node.attr.startswith("mj_step"):
        if not path.startswith(STEPPERS):
            yield f"{node.attr}: physics is stepped behind habilis.envs.sim"


def faults(path: str, source: str) -> list[str]:
    """Everything that `source`, as the file at `path` (from the root), does against the rules."""
    tree = ast.parse(source)
    package = ["habilis", *path.split("/")[:-1]]
    later = deferred(tree)
    found = []
    for node in ast.walk(tree):
        wrong = [*randomness_faults(path, node), *stepping_faults(path, node)]
        for name in imported(node, package):
            wrong += import_faults(path, name, lazy=node in later)
        found += [f"{path}:{getattr(node, 'lineno', 0)} {fault}" for fault in wrong]
    return found


def test_every_file_keeps_the_rules() -> None:
    assert sources()
    found = [
        fault
        for path in sources()
        for fault in faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("assets/a.py", "from habilis.envs import gl"),
        ("assets/a.py", "from habilis import envs"),
        ("assets/a.py", "from .. import envs"),
        ("assets/tools/a.py", "from ...policies.skills import grasp"),
        ("envs/a.py", "def f():\n    import habilis.scripts.cli"),
        ("envs/a.py", "from envs import gl"),
        ("envs/a.py", "import assets.robots"),
        ("envs/a.py", "import torch.nn"),
        ("llm_planner/a.py", "from stable_baselines3 import PPO"),
        ("envs/media/film.py", "import cv2"),
        ("envs/media/film.py", "class A:\n    import cv2"),
        ("envs/camera.py", "def f():\n    import cv2"),
        ("envs/a.py", "def f():\n    import open3d"),
        ("policies/a.py", "def f():\n    from matplotlib.figure import Figure"),
        ("llm_planner/bench/plot.py", "import matplotlib"),
        ("policies/a.py", "def f():\n    import rclpy"),
        ("envs/ros/robot/robot.py", "def f():\n    import rclpy.node"),
        ("envs/ros/transports/native.py", "from rclpy.action import ActionClient"),
        ("policies/a.py", "def f():\n    from urllib.request import urlopen"),
        ("scripts/a.py", "import http.client"),
        ("llm_planner/model/provider.py", "import pydantic_ai"),
        ("scripts/a.py", "from websockets.sync import client"),
        ("envs/ros/robot/robot.py", "import websockets"),
        ("envs/ros/transports/rosbridge/link.py", "import http.client"),
        ("scripts/mcp.py", "def f():\n    from mcp.server.stdio import stdio_server"),
        (MCP_SERVER, "import mcp.types"),
        (
            "llm_planner/agents/mcp_server.py",
            "def f():\n    from mcp.server import streamable_http",
        ),
        (MCP_SERVER, "def f():\n    from mcp import Client"),
        ("envs/hand/world.py", "from mujoco.batch import Batch"),
        ("envs/hand/world.py", "from mujoco import batch"),
        ("envs/a.py", "import mujoco\nmujoco.mj_step(model, data)"),
        ("envs/sim/warp.py", "import warp"),
        ("envs/sim/cpu.py", "def f():\n    import mujoco_warp"),
        ("envs/a.py", "import random"),
        ("envs/a.py", "import numpy as np\nnp.random.seed(0)"),
        ("envs/a.py", "import numpy as np\nx = np.random.uniform()"),
        ("envs/a.py", "from numpy.random import uniform"),
        ("envs/a.py", "import numpy as np\nrng = np.random.default_rng()"),
        ("envs/a.py", "import numpy as np\nrng = np.random.default_rng(None)"),
        ("envs/a.py", "from numpy.random import default_rng\nrng = default_rng()"),
    ],
)
def test_a_breach_is_found(path: str, source: str) -> None:
    assert faults(path, source)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("envs/a.py", "import habilis\nfrom habilis.assets import robots"),
        ("envs/tasks/a.py", "from ..terms import distance\nfrom . import b"),
        ("scripts/a.py", "from habilis.llm_planner import search"),
        ("envs/media/film.py", "def f():\n    import cv2"),
        ("policies/a.py", "import torch"),
        ("envs/sim/cpu.py", "from mujoco.batch import Batch"),
        ("envs/sim/warp.py", "def f():\n    import warp, mujoco_warp"),
        ("envs/a.py", "import mujoco\nmujoco.mj_forward(model, data)"),
        ("llm_planner/model/provider.py", "import socket"),
        (
            "envs/ros/transports/rosbridge/link.py",
            "import socket\nfrom websockets.client import ClientProtocol",
        ),
        ("envs/ros/transports/native.py", "def f():\n    from rclpy.action import ActionClient"),
        (
            "llm_planner/agents/mcp_server.py",
            "def f():\n    from mcp.server.stdio import stdio_server",
        ),
        ("envs/a.py", "import numpy as np\ndef f(rng: np.random.Generator): return rng.random()"),
        ("envs/a.py", "import numpy as np\nrng = np.random.default_rng(seed)"),
        ("envs/a.py", "import numpy as np\nrng = np.random.default_rng(seed=3)"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert not faults(path, source)


def circle(graph: Mapping[str, Collection[str]]) -> list[str]:
    """One circle of imports, its first module again at the end; empty if there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_no_module_imports_itself_through_others() -> None:
    graph = import_graph()
    assert len(graph) > 300 and circle(graph) == []


@pytest.mark.parametrize(
    "source",
    [
        "from habilis.b import g",
        "def f():\n    from . import b",
        "if TYPE_CHECKING:\n    import habilis.b",
    ],
)
def test_a_circle_is_found_wherever_the_import_stands(source: str, tmp_path: Path) -> None:
    files = {"habilis.a": tmp_path / "a.py", "habilis.b": tmp_path / "b.py"}
    files["habilis.a"].write_text(source)
    files["habilis.b"].write_text("from habilis.a import f")
    assert set(circle(import_graph(files))) == {"habilis.a", "habilis.b"}


def test_every_folder_says_what_is_in_it() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_no_two_public_classes_share_a_name() -> None:
    where: dict[str, list[str]] = {}
    for path in sources():
        file = str(path.relative_to(ROOT))
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                where.setdefault(node.name, []).append(file)
    twice = {name: files for name, files in where.items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if not name.startswith("_")} == {}


@pytest.mark.parametrize("top", ["assets", "policies", "llm_planner", "envs/ros", "scripts"])
def test_no_folder_is_a_heap(top: str) -> None:
    """At most a dozen modules, beside the file that says what they are."""
    folders = [path for path in (ROOT / top, *(ROOT / top).rglob("*")) if path.is_dir()]
    counts = {str(f.relative_to(ROOT)): len(list(f.glob("*.py"))) for f in folders}
    assert {folder: count for folder, count in counts.items() if count > 13} == {}


def test_tests_stand_in_folders_like_those_of_what_they_test() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in ROOT.glob("tests/**/test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder).is_dir()] == []


IMPORT_ALL = """
import importlib, pkgutil, sys
import habilis
for layer in {layers}:
    package = importlib.import_module("habilis." + layer)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(*sys.modules)
"""


def test_importing_everything_but_the_policies_loads_nothing_heavy_or_top_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In a fresh process, started where a top-level `envs` could be found by mistake."""
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    layers = tuple(layer for layer in LAYERS if layer != "policies")
    child = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL.format(layers=layers)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert child.returncode == 0, child.stderr
    modules = set(child.stdout.split())
    assert "habilis.envs" in modules
    assert not modules & {*LAYERS, *LAZY, *CONFINED, "OpenGL"}
