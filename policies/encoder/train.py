"""Training of the encoder: clouds are rendered once, noise is drawn anew for every batch."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from habilis.envs.world.seeing.window import NOISY
from habilis.policies.encoder.clouds import Clouds, join
from habilis.policies.encoder.object_data import object_clouds
from habilis.policies.encoder.problem import PROBLEMS, Problem, in_camera
from habilis.policies.encoder.tool_data import KINDS, TRAIN_SIZES, look_in_palm, tool_clouds

MIX = ((256, 64, 0.6), (512, 32, 0.3), (1024, 16, 0.1))  # points, clouds in a batch, how often
WARM_UP = 100  # steps
Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class EncoderTraining:
    """How long and on what the networks are trained."""

    kinds: tuple[str, ...] = KINDS
    tool_clouds: int = 2400
    tool_steps: int = 10_000
    object_clouds: int = 9000
    object_steps: int = 2000
    rate: float = 2e-3
    frame: str = "palm"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.frame not in ("palm", "camera"):
            raise ValueError(f"frame is palm or camera, got {self.frame!r}")


def tool_set(plan: EncoderTraining, rng: np.random.Generator, say: Say) -> Clouds:
    """Clouds of all kinds in the sizes that are trained on, grasps held out left out."""
    sets = []
    for kind in plan.kinds:
        for size in TRAIN_SIZES:
            say(f"rendering {plan.tool_clouds} clouds of {kind} {size}")
            sets.append(tool_clouds(kind, size, plan.tool_clouds, rng))
    whole = join(sets)
    return in_camera(whole, look_in_palm()) if plan.frame == "camera" else whole


def train(
    plan: EncoderTraining, parts: Sequence[str] = tuple(PROBLEMS), say: Say = print
) -> dict[str, nn.Module]:
    """Networks by part, ``tool`` and ``object``; the same plan gives the same weights."""
    networks = {}
    for part in parts:
        began = time.process_time()
        rng = np.random.default_rng([plan.seed, list(PROBLEMS).index(part)])
        if part == "tool":
            clouds, steps = tool_set(plan, rng, say), plan.tool_steps
        else:
            say(f"rendering {plan.object_clouds} clouds of objects")
            clouds, steps = object_clouds(plan.object_clouds, rng), plan.object_steps
        say(f"{len(clouds)} clouds after {time.process_time() - began:.0f} s of CPU")
        networks[part] = fit(PROBLEMS[part], clouds, steps, plan.rate, rng, say)
        say(f"{part} after {time.process_time() - began:.0f} s of CPU")
    return networks


def fit(
    problem: Problem, clouds: Clouds, steps: int, rate: float, rng: np.random.Generator, say: Say
) -> nn.Module:
    """A network trained by Adam, on one thread: repeatable bit for bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            net = problem.network()
        return _fit(net, problem, clouds, steps, rate, rng, say)
    finally:
        torch.set_num_threads(threads)


def _fit(
    net: nn.Module, problem: Problem, clouds: Clouds, steps: int, rate: float,
    rng: np.random.Generator, say: Say,
) -> nn.Module:  # fmt: skip
    optimiser = torch.optim.Adam(net.parameters(), rate)
    recent: list[float] = []
    for step in range(steps):
        warm = min(1.0, (step + 1) / WARM_UP)
        for group in optimiser.param_groups:
            group["lr"] = rate * warm * max(0.01, 0.5 + 0.5 * np.cos(np.pi * step / steps))
        count, size, _ = MIX[rng.choice(len(MIX), p=[share for _, _, share in MIX])]
        chosen = clouds.take(rng.integers(len(clouds), size=size))
        loss = problem.loss(net, problem.batch(chosen, count, NOISY, rng))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        recent.append(float(loss.detach()))
        if (step + 1) % 250 == 0 or step + 1 == steps:
            say(f"{problem.name} step {step + 1} of {steps}: loss {np.mean(recent):.4f}")
            recent.clear()
    return net.eval()
