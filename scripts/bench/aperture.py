"""habilis bench aperture: learned control of tools in the hand beside PI, on the same episodes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from habilis.assets.names import check_known
from habilis.policies.evaluation.provenance import provenance
from habilis.scripts.shared.options import at_least, read_options
from habilis.scripts.shared.results import StoredOptions, deliver, say

SEED = 2_000_000


@dataclasses.dataclass(frozen=True)
class BenchApertureOptions(StoredOptions):
    """Policies that move the joint of a tool in the hand, beside PI on the same episodes."""

    policy: tuple[str, ...] = ()
    """Bundles: names of shipped ones, or files; all shipped ones of this family if left out."""
    condition: tuple[str, ...] = ()
    """Which conditions; all if left out."""
    episodes: int = 200
    """Episodes of each row."""
    seed: int = SEED
    """Seed of the first episode."""
    num_envs: int = 100
    """Episodes side by side; changes speed only."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(BenchApertureOptions, args, prog="habilis bench aperture")
    at_least(1, episodes=o.episodes, num_envs=o.num_envs)
    try:
        from habilis.policies.evaluation.aperture import CELLS, measure
    except ModuleNotFoundError as error:
        raise ImportError(f'{error}; trained policies need: pip install "habilis[rl]"') from error
    for name in o.condition:
        check_known("condition", name, CELLS)

    rows = measure(_policies(o.policy), o.condition or CELLS, o.episodes, o.seed, o.num_envs, say)
    result: dict[str, Any] = {"kind": "aperture", **provenance(["bench", "aperture", *args])}
    result |= {"episodes": o.episodes, "seed": o.seed}
    deliver(result | {"rows": [dataclasses.asdict(row) for row in rows]}, o)
    return 0


def _policies(given: tuple[str, ...]) -> dict[str, Any]:
    """Label to bundle: its name, or the last folders of its file."""
    from habilis.policies.bundles.bundle import Bundle, shipped

    named = given or tuple(shipped())
    bundles = {_label(name): Bundle.load_policy(name) for name in named}
    found = {k: b for k, b in bundles.items() if b.manifest["task"].endswith("Aperture-v0")}
    if given and (other := sorted(set(bundles) - set(found))):
        raise ValueError(f"{', '.join(other)}: trained for another family of tasks")
    if not found:
        raise ValueError("no policy of an aperture task is shipped: name files with --policy")
    return found


def _label(name: str) -> str:
    path = Path(name)
    return "/".join(path.parts[-3:-1]) if len(path.parts) > 2 else path.stem
