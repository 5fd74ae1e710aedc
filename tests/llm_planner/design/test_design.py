"""Design: the critic's refusals, counted rollouts, CMA-ES, and orders by a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from habilis.llm_planner.design import search, track
from habilis.llm_planner.design.asking import STAGE, ask_orders
from habilis.llm_planner.design.order import OrderedPart, ToolOrder
from habilis.llm_planner.design.proposals import ToolKind, propose
from habilis.llm_planner.design.report import why_not
from habilis.llm_planner.design.search import design, failures
from habilis.llm_planner.design.track import find_family
from habilis.llm_planner.design.trial import ToolTrial
from habilis.scripts.cli import main


@pytest.fixture(autouse=True)
def as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """The published scene in place of each layout, which takes long to prove."""

    def published(family: str, seed: int) -> Any:
        own = find_family(family)
        return own.scene(generation=[*own.scenes][-1])

    for module in ("search", "trial", "asking", "report"):
        monkeypatch.setattr(f"habilis.llm_planner.design.{module}.layout", published)
    monkeypatch.setattr(search, "LAYOUTS", 1)


def judged(family: str, *parts: OrderedPart) -> tuple[str, int]:
    own = find_family(family)
    assert own.orders is not None
    trial = ToolTrial(own)
    verdict = trial.judge(ToolOrder(parts), own.orders.first, [0])
    assert verdict.refused
    return verdict.reason, trial.rollouts


def test_a_tool_that_does_not_reach_is_refused_with_the_number() -> None:
    reason, rollouts = judged("RingInCorner", OrderedPart("work", "box", (0.03, 0.03, 0.03)))
    assert "the hand would have to be 0.1" in reason and "beyond the workspace in x" in reason
    assert rollouts == 0


def test_a_tool_that_tips_over_is_refused_with_the_number() -> None:
    head = OrderedPart("work", "box", (0.01, 0.1, 0.05), (0.2, 0.0, -0.02))
    reason, _ = judged(
        "SweepBeads", OrderedPart("grip", "box", (0.2, 0.02, 0.02), (0.1, 0, 0)), head
    )
    assert "it would tip over: its centre of mass lies -0.0" in reason


def test_a_handle_that_would_be_in_the_object_is_refused() -> None:
    reason, _ = judged(
        "ReachMilk",
        OrderedPart("grip", "box", (0.25, 0.02, 0.02), (0.125, 0, 0)),
        OrderedPart("work", "box", (0.02, 0.1, 0.02), (0.26, 0, 0)),
    )
    assert "part 'grip' would be" in reason and "inside milk when that is touched" in reason


def test_every_kind_that_is_proposed_is_of_one_piece_and_within_its_spans() -> None:
    for one in propose(find_family("SweepBeads").scene()):
        order = one.order(one.first)
        assert len(order.parts) <= 6
        assert not [f for f in texts_of(order) if "hangs together" in f], one.name
        for name, (low, high) in one.spans.items():
            assert low <= one.first[name] <= high


def texts_of(order: ToolOrder) -> list[str]:
    from habilis.llm_planner.design.budget import faults

    return [f.text for f in faults(order, 0.068)]


def short_stick(x: float) -> ToolOrder:
    return ToolOrder(
        (
            OrderedPart("grip", "box", (x - 0.04, 0.018, 0.018), ((x - 0.04) / 2, 0.0, 0.0)),
            OrderedPart("work", "box", (0.04, 0.018, 0.018), (x - 0.02, 0.0, 0.0)),
        )
    )


@pytest.fixture
def too_short(monkeypatch: pytest.MonkeyPatch) -> ToolKind:
    """The only proposal: a stick that begins too short for the tube."""
    one = ToolKind("stick", {"x": (0.1, 0.3)}, {"x": 0.14}, short_stick)
    monkeypatch.setattr(search, "propose", lambda scene: [one])
    return one


@pytest.mark.slow
def test_optimising_finds_what_the_proposal_lacks_and_repeats_itself(too_short: ToolKind) -> None:
    family = find_family("PegInTube")
    made = design(family, seed=1, budget=12)
    assert made.first.verdict.score < made.best.verdict.score == 1.0
    assert made.best.stage == "optimised" and made.rollouts <= 12
    assert made.rollouts == sum(t.verdict.rollouts for t in made.tried)
    again = design(family, seed=1, budget=12)
    assert again.tried == made.tried
    assert any("scores" in line or "refused" in line for line in failures(made.tried))
    assert sum(why_not(made).values()) == sum(bool(t.verdict.reason) for t in made.tried)


def test_a_budget_of_one_rollout_is_kept(too_short: ToolKind) -> None:
    made = design(find_family("PegInTube"), budget=1)
    assert made.rollouts <= 1
    with pytest.raises(ValueError, match="at least one rollout"):
        design(find_family("PegInTube"), budget=0)


def test_a_model_orders_and_is_told_what_cannot_be_made(scripted: Callable[..., Any]) -> None:
    good = {"why": "", "parts": short_stick(0.24).as_dict()["parts"]}
    long = {"why": "", "parts": short_stick(0.9).as_dict()["parts"]}
    client = scripted(**{STAGE: [{"tools": [long, good]}, {"tools": [good]}]})
    found = ask_orders(client, find_family("PegInTube"), 0)
    assert [p.name for p in found] == ["model's order 1", "model's order 2"]
    assert found[0].order(found[0].first) == short_stick(0.24)
    first, second = (request.messages[0].content for request in client.seen)
    assert "sweep" in first and "at most 6 parts" in first and "stick" not in first
    assert "tool 1: it extends 0.900 m along x, of 0.420 m allowed" in second


def test_the_command_stores_the_plan_and_what_failed(
    tmp_path: Path, too_short: ToolKind, capsys: pytest.CaptureFixture[str]
) -> None:
    orders, out = tmp_path / "orders.json", tmp_path / "design.json"
    orders.write_text(json.dumps([short_stick(0.24).as_dict()]), encoding="utf-8")
    args = ["PegInTube", "--budget", "2", "--held-out", "1", "--orders", str(orders)]
    assert main(["design", *args, "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "held-out layouts: 1 of 1" in told and "stick:" in told
    stored = json.loads(out.read_text(encoding="utf-8"))
    assert stored["plan"]["steps"][0]["skill"] == track.MAKE
    assert stored["row"]["solved"] and stored["row"]["kind"] == "order 1 of orders.json"
