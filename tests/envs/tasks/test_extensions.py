"""Families and tools of another package, found by its entry points or declared by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OWN = '''"""Far-Box: hook in a box, told by another package."""
from pathlib import Path
from habilis.envs.tasks.base.changes import shift, shorten
from habilis.envs.tasks.base.family import call, task_family
from habilis.envs.tasks.base.tool_task import ToolTask

@task_family
class FarBox(ToolTask):
    scenes = {"first": Path(__file__).with_name("far_box.yaml")}
    mechanism = "reach"
    target = "box"

    def not_needed(self, scene):
        """Pick up a box within reach."""
        return shift(scene, ("box",), (-0.2, 0.0))

    def broken(self, scene):
        """Hook in a box with a hook that is too short."""
        return shorten(scene, "hook", 0.4)

    def with_tool(self, scene):
        """Hook in a box."""
        return [call("grasp", "hook")]
'''
SCENE = """
name: far_box
instruction: Pick up the box.
workspace: {x: [0, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  box: {pos: [0.54, 0.1], shape: box, size: [0.04, 0.04, 0.06]}
  hook: {pos: [0.2, -0.1], tool: true, shape: box, size: [0.2, 0.02, 0.02]}
goal: held(box) and lifted(box, 0.05)
tool: {name: hook, use: required}
"""
TOOL = """
from habilis.assets.tools.families.hemostat import Hemostat

class Clamp(Hemostat):
    kind = "clamp"
"""
ENTRIES = """[habilis.tasks]
own = far_box.task
broken = far_box.missing
[habilis.tools]
own = far_box.tool
"""
ASKED = """
import json, warnings
{first}
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    import gymnasium, habilis
    from habilis.assets.tools.registry import TOOLS
    from habilis.envs.tasks import find_task
    env = gymnasium.make("habilis/FarBoxNotNeeded-v0")
    env.reset(seed=0)
    own = find_task("habilis/FarBox-v0").family
    told = [str(w.message) for w in told if "habilis goes on" in str(w.message)]
    print(json.dumps([own.mechanism, "clamp" in TOOLS, told]))
"""


@pytest.mark.parametrize("first", ["", "import gymnasium, far_box.task"])
def test_another_package_adds_a_family_and_a_tool(tmp_path: Path, first: str) -> None:
    folder, about = tmp_path / "far_box", tmp_path / "far_box-1.dist-info"
    files = {"__init__.py": "", "task.py": OWN, "far_box.yaml": SCENE}
    for where, written in (
        (folder, {**files, "tool.py": TOOL}),
        (about, {"METADATA": "Name: far_box\nVersion: 1\n", "entry_points.txt": ENTRIES}),
    ):
        where.mkdir()
        for name, text in written.items():
            (where / name).write_text(text, encoding="utf-8")
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    code = ASKED.format(first=first)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path}, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    mechanism, tool, told = json.loads(ran.stdout.splitlines()[-1])
    assert (mechanism, tool) == ("reach", True)
    if not first:  # else told of while importing habilis, before anything listens
        assert len(told) == 1 and "far_box.missing" in told[0] and "ModuleNotFound" in told[0]


def test_a_family_that_is_declared_late_is_known_at_once(tmp_path: Path) -> None:
    file = tmp_path / "late_family.py"
    (tmp_path / "far_box.yaml").write_text(SCENE, encoding="utf-8")
    file.write_text(OWN.replace("FarBox", "LateBox"), encoding="utf-8")
    code = (
        "import gymnasium, habilis, late_family\ngymnasium.make('habilis/LateBox-v0').reset(seed=0)"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), *filter(None, sys.path)))},
        timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
