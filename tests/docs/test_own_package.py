"""The package that the pages on task families and skills show is found, and its solution solves."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.docs.blocks import ROOT, blocks

ASKED = """
import json
import gymnasium, habilis
from habilis.policies.agents.base import make_agent
from habilis.policies.evaluation.evaluate import evaluate
from habilis.policies.skills import SKILLS
from habilis.policies.vector import make_vector

ended = {}
for twin in ("", "NotNeeded", "Broken"):
    task = f"habilis/FarCup{twin}-v0"
    env = make_vector(task, 2)
    ended[twin] = [e.success for e in evaluate(env, make_agent("oracle", env, task, 0), 2, 0)]
print(json.dumps([ended, "nod" in SKILLS]))
"""


def test_a_package_as_the_pages_show_it_is_found_and_solves_its_task(tmp_path: Path) -> None:
    for block in blocks(ROOT / "docs" / "task_families.md"):
        if block.mark.startswith("file: "):
            file = tmp_path / block.mark.removeprefix("file: ")
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    skill = next(b for b in blocks(ROOT / "docs" / "skills.md") if "class Nod" in b.text)
    (tmp_path / "far_cup" / "nod.py").write_text(skill.text, encoding="utf-8")
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {**project["entry-points"], "habilis.skills": {"nod": "far_cup.nod"}}
    about = tmp_path / "far_cup-0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: far_cup\nVersion: 0.1\n", encoding="utf-8")
    lines = [
        line for group, names in groups.items()
        for line in (f"[{group}]", *(f"{name} = {module}" for name, module in names.items()))
    ]  # fmt: skip
    (about / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    ran = subprocess.run(
        [sys.executable, "-c", ASKED], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path}, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    ended, skill_is_known = json.loads(ran.stdout.splitlines()[-1])
    assert ended == {"": [True, True], "NotNeeded": [True, True], "Broken": [False, False]}
    assert skill_is_known
