"""What is uploaded to the Hub so that LeRobot finds a task there: a few lines that name it."""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from habilis.policies.envhub.env import HubEnv, parts
from habilis.policies.evaluation.provenance import versions

ENV = '''"""{task} for LeRobot's EnvHub; written by: habilis dataset hub."""

from habilis.policies.envhub.env import make_suite

TASK = {task!r}
OPTIONS = {options}


def make_env(n_envs=1, use_async_envs=False, cfg=None):
    """The task as LeRobot wants it: suite to task number to vector environment."""
    return make_suite(TASK, n_envs, use_async_envs, **OPTIONS)
'''
README = """---
tags: [lerobot, robotics, mujoco]
---

# {task}

{instruction} An environment of [habilis](https://pypi.org/project/habilis) with the robot {robot}.

| observation | shape | | action |
|---|---|---|---|
{rows}

```python
from lerobot.envs.factory import make_env

(tasks,) = make_env("USER/REPOSITORY", n_envs=4, trust_remote_code=True).values()
env = tasks[0]
```

`pip install -r requirements.txt` in the environment of LeRobot first.
"""


def write(folder: Path, task: str, options: Mapping[str, Any]) -> list[Path]:
    """Write ``env.py``, ``requirements.txt`` and ``README.md`` into a folder, made if missing.

    Args:
      folder: to be written into.
      task: id of a task.
      options: of the task and of its environment; plain data.

    Returns:
      The files.

    Raises:
      ValueError: an unknown task or option, or observations that LeRobot has no place for.
    """
    texts = {
        "env.py": ENV.format(task=task, options=pprint.pformat(dict(options))),
        "requirements.txt": f"habilis=={versions()['habilis']}\n",
        "README.md": _readme(task, options),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _readme(task: str, options: Mapping[str, Any]) -> str:
    from habilis.assets.robots.registry import full_name

    env = HubEnv(task, **options)
    try:
        core: Any = env.get_wrapper_attr("core")
        rows = [
            f"| `{name}` | {_shape(env, name)} | | |" for name in parts(env.env.observation_space)
        ]
        rows[0] = f"{rows[0][:-2]} {env.action_space.shape} in [-1, 1] |"
        robot = full_name(core.scene.robot)
        return README.format(
            task=task, instruction=env.task_description, robot=robot, rows="\n".join(rows)
        )
    finally:
        env.close()


def _shape(env: HubEnv, name: str) -> str:
    space: Any = env.observation_space
    for key in name.split("/"):
        space = space[key]
    return "x".join(map(str, space.shape))
