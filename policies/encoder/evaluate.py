"""How wrong the encoder is on sizes, grasps and shapes that it was not trained on, in mm."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.pick.objects import OBJECTS, PickObject
from habilis.envs.world.seeing.window import CLEAN, NOISY, miscalibration, moved
from habilis.policies.encoder.affordance import Affordance
from habilis.policies.encoder.clouds import Clouds, join
from habilis.policies.encoder.object_data import object_clouds
from habilis.policies.encoder.problem import in_camera
from habilis.policies.encoder.tool_data import (
    HELD_OUT_SIZE,
    KINDS,
    TRAIN_SIZES,
    look_in_palm,
    tool_clouds,
)

Row = dict[str, Any]

POINTS = (256, 512, 1024)
CONDITIONS = ("clean", "noisy", "occluded")
"""``noisy`` is ``NOISY`` and a camera off by up to 2 mm and 0.5 degrees. ``occluded`` is that on
the quarter of the tool clouds of each kind of which fingers hide most, and on the object clouds
with a hand over the object. Tools are also ``cut``: noisy, and a straight edge in the picture hides
up to 40 % of them, be it the tips."""
CUT = (0.1, 0.4)
TOOL_WINDOW, OBJECT_WINDOW = (44, 88), (44, 56)  # rays: so that most things have 1024 points
RESAMPLES = 1000
_MM = 1e3


@dataclasses.dataclass(frozen=True)
class Sets:
    """What is evaluated on: ``tools`` of the size held out, in all grasps; ``grasps`` held out, of
    the sizes trained on; ``shapes`` held out; ``known`` shapes in their own sizes."""

    tools: Clouds
    grasps: Clouds
    shapes: Clouds
    known: Clouds


def make_sets(each: int, seed: int, kinds: Sequence[str] = KINDS) -> Sets:
    """Make fresh clouds of at most 1024 points, ``each`` of every kind of tool and of object."""
    rngs = iter(np.random.default_rng([seed, 7]).spawn(64))
    tools = [
        tool_clouds(k, HELD_OUT_SIZE, each, next(rngs), held_out=None, points=1024,
                    window=TOOL_WINDOW)
        for k in kinds
    ]  # fmt: skip
    grasps = [
        tool_clouds(k, size, -(-each // 2), next(rngs), held_out=True)
        for k in kinds
        for size in TRAIN_SIZES
    ]
    shapes, known = (
        join([_clouds_of(i, thing, each, next(rngs)) for i, thing in enumerate(things(held))])
        for held in (True, False)
    )
    return Sets(join(tools), join(grasps), shapes, known)


def _clouds_of(index: int, thing: PickObject, each: int, rng: np.random.Generator) -> Clouds:
    clouds = object_clouds(each, rng, [thing], points=1024, window=OBJECT_WINDOW)
    truth = {**clouds.truth, "thing": np.full(each, index)}
    return dataclasses.replace(clouds, truth=truth)


def things(held_out: bool) -> list[PickObject]:
    """Return the named objects that are held out of training, or the others."""
    return [thing for thing in OBJECTS.values() if thing.held_out == held_out]


def evaluate(encoder: Affordance, sets: Sets, seed: int) -> list[Row]:
    """Measure the errors of an encoder.

    Returns:
      A row for each cell: part, set, what, condition, points, n, and a ``spread`` of each error.
    """
    rows = []
    if "tool" in encoder.networks:
        plan = encoder.manifest.get("plan", {})
        camera = plan.get("frame") == "camera"
        for name, clouds in (("size", sets.tools), ("grasps", sets.grasps)):
            rows += list(_tool_rows(encoder, name, clouds, camera, seed))
    if "object" in encoder.networks:
        for name, clouds in (("shapes", sets.shapes), ("known", sets.known)):
            rows += list(_object_rows(encoder, name, clouds, seed))
    return rows


def _tool_rows(
    encoder: Affordance, name: str, clouds: Clouds, camera: bool, seed: int
) -> Iterator[Row]:
    look = look_in_palm()
    kinds = np.asarray(clouds.truth["kind"], int)
    visible = np.asarray(clouds.truth["visible"])
    hidden = np.zeros(len(clouds), bool)
    for k in np.unique(kinds):
        hidden[kinds == k] = visible[kinds == k] <= np.quantile(visible[kinds == k], 0.25)
    given = in_camera(clouds, look) if camera else clouds
    cut = [("cut", POINTS[0])] if name == "size" else []
    for condition, count in _cells(name == "size") + cut:
        rng = np.random.default_rng([seed, count])
        shown = hide(given, rng) if condition == "cut" else given
        points = _observe(shown, condition, count, rng, (0.0, 0.0, 0.0) if camera else look)
        seen = encoder.opening(points, [KINDS[k] for k in kinds])
        truth = given.truth
        tips = np.linalg.norm(seen.tips - truth["tips"], axis=2).max(axis=1)
        errors = {
            "gap": _MM * np.abs(seen.gap - truth["gap"]),
            "share": 100 * np.abs(seen.share - truth["share"]),
            "tips": _MM * tips,
        }
        chosen = hidden if condition == "occluded" else np.ones(len(clouds), bool)
        for k in (-1, *np.unique(kinds)):
            mine = chosen if k < 0 else chosen & (kinds == k)
            what = "all" if k < 0 else KINDS[k]
            yield _row("tool", name, what, condition, count, errors, mine, rng)


def hide(clouds: Clouds, rng: np.random.Generator) -> Clouds:
    """Return clouds without what lies beyond a straight edge across the picture.

    The part that is hidden is the share ``CUT``.
    """
    own = clouds.valid & (clouds.entity == 0)
    middle = clouds.points.sum(axis=1) / np.maximum(1, clouds.valid.sum(axis=1))[:, None]
    sight = middle - clouds.eye
    across = np.cross(sight, rng.standard_normal(sight.shape))
    along = np.einsum("npj,nj->np", clouds.points, across)
    edge = [
        np.quantile(row[mine], share)
        for row, mine, share in zip(along, own, rng.uniform(*CUT, len(own)), strict=True)
    ]
    return dataclasses.replace(clouds, valid=clouds.valid & (along >= np.array(edge)[:, None]))


def _object_rows(encoder: Affordance, name: str, clouds: Clouds, seed: int) -> Iterator[Row]:
    own = things(name == "shapes")
    truth, which = clouds.truth, np.asarray(clouds.truth["thing"], int)
    for condition, count in _cells(name == "shapes"):
        rng = np.random.default_rng([seed, count])
        seen = encoder.object(_observe(clouds, condition, count, rng, (0.0, 0.0, 0.0)))
        errors = {
            "lateral": _MM * np.linalg.norm((seen.centre - truth["centre"])[:, :2], axis=1),
            "height": _MM * np.abs(seen.height - truth["height"]),
            "width": _MM * np.abs(seen.width - truth["width"]),
            "across": _MM * np.abs(seen.across - truth["across"]).mean(axis=1),
        }
        over = np.asarray(clouds.truth["occluded"], bool)
        chosen = over if condition == "occluded" else np.ones(len(clouds), bool)
        yield _row("object", name, "all", condition, count, errors, chosen, rng)
        if condition == "noisy":
            for i, thing in enumerate(own):
                yield _row("object", name, thing.name, condition, count, errors, which == i, rng)


def _cells(whole: bool) -> list[tuple[str, int]]:
    return [(c, p) for c in CONDITIONS for p in POINTS] if whole else [("noisy", POINTS[0])]


def _observe(
    clouds: Clouds, condition: str, count: int, rng: np.random.Generator, about: npt.ArrayLike
) -> npt.NDArray[np.float32]:
    if condition == "clean":
        return clouds.draw(count, CLEAN, rng)
    points = clouds.draw(count, NOISY, rng)
    return moved(points, miscalibration(rng, len(points)), about)


def _row(
    part: str, name: str, what: str, condition: str, count: int, errors: dict[str, Array],
    mine: npt.NDArray[np.bool_], rng: np.random.Generator,
) -> Row:  # fmt: skip
    head = {
        "part": part, "set": name, "what": what, "condition": condition, "points": count,
        "n": int(mine.sum()),
    }  # fmt: skip
    return head | {key: spread(values[mine], rng) for key, values in errors.items()}


def spread(errors: Array, rng: np.random.Generator) -> dict[str, Any]:
    """Return median and 90th percentile of errors (n,), each with its 95 % bootstrap interval."""
    if not len(errors):
        raise ValueError("no errors to describe")
    drawn = rng.choice(errors, (RESAMPLES, len(errors)))
    out: dict[str, Any] = {}
    for name, q in (("median", 0.5), ("p90", 0.9)):
        limits = np.quantile(np.quantile(drawn, q, axis=1), [0.025, 0.975])
        out[name] = round(float(np.quantile(errors, q)), 3)
        out[f"{name}_interval"] = [round(float(x), 3) for x in limits]
    return out


def find(rows: Sequence[Row], **cell: Any) -> Row:
    """Return the one row of a cell.

    Raises:
      KeyError: there is none.
    """
    for row in rows:
        if all(row[k] == v for k, v in cell.items()):
            return row
    raise KeyError(f"no row {cell}")


def score(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures a bundle is published with: noisy, 256 points, all that is held out."""
    out: dict[str, Any] = {}
    for part, name, errors in (
        ("tool", "size", ("gap", "share", "tips")),
        ("object", "shapes", ("lateral", "height", "width", "across")),
    ):
        if any(row["part"] == part for row in rows):
            row = find(rows, part=part, set=name, what="all", condition="noisy", points=256)
            out[part] = {"n": row["n"], **{key: row[key] for key in errors}}
    return out
