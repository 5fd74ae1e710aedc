"""What is fragile breaks by what hits it, measured by its contacts, and not by where it lands."""

import numpy as np
import pytest
from tests.envs.legged.test_walking import robots, scene

from habilis.assets.scene.goal import Predicate
from habilis.assets.scene.solids.parts import Part
from habilis.assets.scene.things import Surface, Thing
from habilis.envs.terms.predicates import evaluate, knock
from habilis.envs.world.judging.monitor import Monitor
from habilis.envs.world.varying.layout import Layout

HIGH = 0.34  # m that it falls


def dropped(surface: Surface | None, mass: tuple[float, ...] = (1.0,)) -> Monitor:
    """After a vase fell onto the floor, or onto a cushion that lies on it, factors of its mass."""
    vase = Thing(
        "vase", (Part("vase", "box", (0.3, 0.1, 0.1)),), (1.5, 0.0, HIGH + 0.05), mass=0.5,
        friction=0.4, fragile=13.0,
    )  # fmt: skip
    below = Thing(
        "cushion", (Part("cushion", "box", (0.5, 0.5, 0.16)),), (1.5, 0.0, 0.08), mass=2.0,
        surface=surface or "plain",
    )  # fmt: skip
    things = (vase,) if surface is None else (vase, below)
    given = scene(*things, goal=Predicate("lowered", "vase", value=0.12))
    robot = robots(given, len(mass))
    factors = np.array(mass)
    robot.reset(Layout.nominal(given, len(mass)).of_thing(given, "vase", mass=factors))
    judge = Monitor(robot.world)
    robot.on_tick = lambda: judge.update(0.02)
    robot.hold(1.5)
    return judge


@pytest.mark.parametrize(("on", "breaks"), [(None, True), ("soft", False), ("stiff", True)])
def test_a_fall_breaks_it_unless_something_soft_takes_it(on: Surface | None, breaks: bool) -> None:
    judge = dropped(on, (0.8, 1.2))
    assert (knock(judge.world, "vase") > 13).tolist() == [breaks] * 2
    assert judge.failure.tolist() == (["vase broke"] * 2 if breaks else ["", ""])
    assert judge.success.tolist() == [not breaks] * 2
    assert evaluate(judge.scene.goal, judge.world).all()  # it lies below, broken or not


def test_what_breaks_under_its_own_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="must withstand more than its weight, got fragile 0.5"):
        Thing("vase", (Part("vase", "box", (0.1, 0.1, 0.1)),), (0, 0, 0.05), fragile=0.5)
