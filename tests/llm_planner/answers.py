"""Answers of a model that solves ReachMilk by script, good ones and bad ones."""

from typing import Any


def step(skill: str, **args: Any) -> dict[str, Any]:
    return {"skill": skill, "args": args}


def planned(*steps: dict[str, Any], refusal: str | None = None) -> dict[str, Any]:
    return {"thoughts": "", "refusal": refusal, "steps": list(steps)}


TAKE = (step("grasp", object="milk"), step("lift", object="milk"))
SWEEP = step(
    "sweep",
    object="milk",
    direction="-x",
    distance="milk.x - workspace.max_x + 5*cm",
    tool="hammer",
    part="head",
    offset="-38*mm",
    side=1,
)
FAR = {**SWEEP, "args": {**SWEEP["args"], "distance": "-milk.x"}}
GOOD = planned(
    step("grasp", object="hammer"),
    SWEEP,
    step("place", object="hammer", position=["0.2", "4*cm"]),
    *TAKE,
)
BARE = planned(*TAKE)
REFUSED = planned(refusal="the head of the hammer comes off at 0.5 N, the carton drags at 1.5 N")

ANALYSIS = {
    "thoughts": "",
    "features": [],
    "tool": "hammer",
    "tool_part": "head",
    "why": "it is long",
    "refusal": "",
}
SKETCH = {
    "objects": [],
    "constraints": [],
    "refusal": "",
    "steps": [
        {
            "skill": s["skill"],
            "object": s["args"]["object"],
            "tool": "",
            "purpose": "",
            "numbers": "",
        }
        for s in GOOD["steps"]
    ],
}
TARGETS = {
    "targets": [
        {
            "step": 2,
            "name": "distance",
            "unit": "m",
            "size": 1,
            "why": "",
            "expression": "milk.x - workspace.max_x + 5*cm",
        }
    ]
}
CODE = """grasp("hammer")
sweep("milk", "-x", 0.144, tool="hammer", part="head", offset=-0.038, side=1)
place("hammer", position=(0.2, 0.04))
grasp("milk")
lift("milk")
"""


def program(text: str = CODE, refusal: str = "") -> dict[str, str]:
    return {"program": text, "refusal": refusal}


STAGES = {
    "analyzer": [ANALYSIS],
    "planner": [SKETCH],
    "calculator": [TARGETS],
    "coder": [program()],
}
