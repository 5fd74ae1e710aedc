"""Arithmetic with units, done by the machine: ``milk.low_x - 2*cm`` over the things of a scene.

Numbers, ``+ - * /``, brackets, vectors ``(x, y, z)``, ``abs min max norm``, and named quantities
of the scene. Nothing else is understood, so nothing else can run. A number without a unit takes
the unit of what it is added to, in SI; two quantities of different units cannot be added.
"""

from __future__ import annotations

import ast
import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from habilis.assets.arrays import Array
from habilis.assets.names import did_you_mean

Unit = tuple[int, int, int]
"""Exponents of metre, kilogram, second."""

UnitName = Literal["m", "kg", "N", "s", "m/s", "1"]
UNITS: Mapping[str, Unit] = {
    "m": (1, 0, 0), "kg": (0, 1, 0), "N": (1, 1, -2), "s": (0, 0, 1),
    "m/s": (1, 0, -1), "1": (0, 0, 0),
}  # fmt: skip
"""Units a result may be asked in; ``1`` is a plain number, an angle is one in radians."""

LONGEST = 400  # characters
DEEPEST = 30  # nested operations
BIGGEST = 1e9


class CalculatorError(ValueError):
    """An expression that cannot be evaluated; says where, what was found and what exists."""


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A number or a vector with its unit.

    Attributes:
      value: () or (k,), SI.
      unit: exponents of m, kg, s.
      bare: written as numbers without a unit, so it fits any.
    """

    value: Array
    unit: Unit = (0, 0, 0)
    bare: bool = False

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.value.ndim == 0

    def plain(self) -> float | tuple[float, ...]:
        """A float, or a tuple of floats."""
        return float(self.value) if self.scalar else tuple(float(v) for v in self.value)

    def __str__(self) -> str:
        value = self.plain()
        parts = value if isinstance(value, tuple) else (value,)
        text = ", ".join(f"{v:.4g}" for v in parts)
        name = "" if self.bare else unit_name(self.unit)
        body = text if self.scalar else f"({text})"
        return body if name in ("", "1") else f"{body} {name}"


def quantity(value: npt.ArrayLike, unit: UnitName = "1") -> Quantity:
    """A quantity in SI."""
    return Quantity(np.asarray(value, float), UNITS[unit])


CONSTANTS: Mapping[str, Quantity] = {
    "m": quantity(1.0, "m"), "cm": quantity(0.01, "m"), "mm": quantity(0.001, "m"),
    "kg": quantity(1.0, "kg"), "g": quantity(0.001, "kg"), "s": quantity(1.0, "s"),
    "N": quantity(1.0, "N"), "deg": quantity(math.pi / 180), "rad": quantity(1.0),
    "gravity": Quantity(np.asarray(9.81), (1, 0, -2)),
}  # fmt: skip
"""Units and constants that an expression may name."""


@dataclasses.dataclass(frozen=True)
class Worked:
    """A result with the working shown.

    Attributes:
      expression: as written.
      quantity: what it comes to.
      working: the expression with every name replaced by its value, and the result.
    """

    expression: str
    quantity: Quantity
    working: str


def evaluate(expression: str, names: Mapping[str, Quantity]) -> Worked:
    """Evaluate an expression over named quantities.

    Args:
      expression: e.g. ``(milk.x - workspace.max_x) + 2*cm``.
      names: quantities by dotted name; ``CONSTANTS`` are known besides.

    Raises:
      CalculatorError: names the place, what was found and what is allowed.
    """
    if len(expression) > LONGEST:
        raise CalculatorError(f"an expression has at most {LONGEST} characters: {len(expression)}")
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CalculatorError(f"{expression!r} is not an expression: {error}") from error
    run = _Run(names)
    result = run.visit(tree, 0)
    if not np.isfinite(result.value).all() or np.abs(result.value).max(initial=0.0) > BIGGEST:
        raise CalculatorError(f"{expression!r} comes to {result}, which is no usable number")
    return Worked(expression, result, f"{run.shown(tree)} = {result}")


def in_unit(worked: Worked, unit: str, size: int = 1) -> float | tuple[float, ...]:
    """The value in SI, if the result has that unit and that many numbers.

    Args:
      worked: an evaluated expression.
      unit: one of ``UNITS``.
      size: 1 for a number, k for a vector of k.

    Raises:
      CalculatorError: it has another unit or size.
    """
    if unit not in UNITS:
        raise CalculatorError(did_you_mean("unit", unit, UNITS))
    got = worked.quantity
    if not got.bare and got.unit != UNITS[unit]:
        have = unit_name(got.unit)
        raise CalculatorError(f"{worked.expression!r} is in {have}, wanted {unit}")
    length = 1 if got.scalar else len(got.value)
    if (size == 1) != got.scalar or length != size:
        want = "one number" if size == 1 else f"a vector of {size}"
        raise CalculatorError(f"{worked.expression!r} has {length} numbers, wanted {want}")
    return got.plain()


def unit_name(unit: Unit) -> str:
    """Name of a unit, e.g. ``m``, ``m/s`` or ``m^2 kg``."""
    for name, known in UNITS.items():
        if known == unit:
            return name
    parts = [f"{n}^{e}" if e != 1 else n for n, e in zip(("m", "kg", "s"), unit, strict=True) if e]
    return " ".join(parts)


class _Run:
    def __init__(self, names: Mapping[str, Quantity]) -> None:
        self._names = names

    def visit(self, node: ast.expr, depth: int) -> Quantity:
        """The value of a node; CalculatorError for anything that is no arithmetic."""
        if depth > DEEPEST:
            raise CalculatorError(f"nested deeper than {DEEPEST}")
        if isinstance(node, ast.Constant):
            return _number(node.value)
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._named(node)
        if isinstance(node, (ast.Tuple, ast.List)):
            return _vector([self.visit(e, depth + 1) for e in node.elts])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = self.visit(node.operand, depth + 1)
            sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
            return dataclasses.replace(inner, value=np.asarray(sign * inner.value))
        if isinstance(node, ast.BinOp):
            left, right = self.visit(node.left, depth + 1), self.visit(node.right, depth + 1)
            return _operate(node, left, right)
        if isinstance(node, ast.Call):
            return _call(node, [self.visit(a, depth + 1) for a in node.args])
        raise CalculatorError(
            f"{ast.unparse(node)!r} is no arithmetic: numbers, names, + - * /, brackets,"
            f" (x, y, z) and {', '.join(FUNCTIONS)} are"
        )

    def _named(self, node: ast.expr) -> Quantity:
        name = ast.unparse(node)
        if name in self._names:
            return self._names[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        raise CalculatorError(_unknown(name, self._names))

    def shown(self, node: ast.expr) -> str:
        """The expression with values in the place of names."""
        run = self

        class Fill(ast.NodeTransformer):
            def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
                return _literal(run._named(node))

            def visit_Name(self, node: ast.Name) -> ast.AST:
                if node.id in FUNCTIONS:
                    return node
                return _literal(run._named(node)) if node.id in run._names else node

        copy = ast.parse(ast.unparse(node), mode="eval").body
        return ast.unparse(Fill().visit(copy))


def _literal(value: Quantity) -> ast.expr:
    plain = value.plain()
    if isinstance(plain, tuple):
        return ast.Tuple([ast.Constant(round(v, 5)) for v in plain], ast.Load())
    return ast.Constant(round(plain, 5))


def _unknown(name: str, names: Mapping[str, Quantity]) -> str:
    """Says what exists, without listing every number of the scene."""
    head = name.split(".")[0]
    fields = [n for n in names if n.startswith(head + ".")]
    if fields:
        short = [n.removeprefix(head + ".") for n in fields if n.count(".") <= name.count(".")]
        return did_you_mean(f"quantity of {head!r}", name.removeprefix(head).lstrip("."), short)
    heads = list(dict.fromkeys(n.split(".")[0] for n in names))
    return did_you_mean("quantity", name, [*heads, *CONSTANTS])


def _number(value: object) -> Quantity:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CalculatorError(f"{value!r} is no number")
    if not abs(value) <= BIGGEST:
        raise CalculatorError(f"{value!r} is too big")
    return Quantity(np.asarray(float(value)), bare=True)


def _vector(parts: list[Quantity]) -> Quantity:
    if not 2 <= len(parts) <= 3 or not all(p.scalar for p in parts):
        raise CalculatorError("a vector has 2 or 3 numbers")
    units = {p.unit for p in parts if not p.bare}
    if len(units) > 1:
        raise CalculatorError(f"a vector mixes {' and '.join(sorted(map(unit_name, units)))}")
    unit = units.pop() if units else (0, 0, 0)
    bare = all(p.bare for p in parts)
    return Quantity(np.array([float(p.value) for p in parts]), unit, bare)


def _operate(node: ast.BinOp, left: Quantity, right: Quantity) -> Quantity:
    text = ast.unparse(node)
    with np.errstate(all="ignore"):
        if isinstance(node.op, (ast.Add, ast.Sub)):
            return _sum(text, left, right, 1.0 if isinstance(node.op, ast.Add) else -1.0)
        if isinstance(node.op, ast.Mult):
            _scalable(text, left, right)
            unit = tuple(a + b for a, b in zip(left.unit, right.unit, strict=True))
            return _made(left.value * right.value, unit, left.bare and right.bare)
        if isinstance(node.op, ast.Div):
            if not right.scalar or float(right.value) == 0.0:
                raise CalculatorError(f"{text!r} divides by {right}")
            unit = tuple(a - b for a, b in zip(left.unit, right.unit, strict=True))
            return _made(left.value / right.value, unit, left.bare and right.bare)
    raise CalculatorError(f"{text!r}: only + - * / are understood")


def _made(value: Array, unit: tuple[int, ...], bare: bool) -> Quantity:
    return Quantity(np.asarray(value), (unit[0], unit[1], unit[2]), bare)


def _scalable(text: str, left: Quantity, right: Quantity) -> None:
    if not (left.scalar or right.scalar):
        raise CalculatorError(f"{text!r} multiplies two vectors")


def _sum(text: str, left: Quantity, right: Quantity, sign: float) -> Quantity:
    if left.value.shape != right.value.shape:
        raise CalculatorError(f"{text!r} adds {left} and {right}, which differ in size")
    if not left.bare and not right.bare and left.unit != right.unit:
        have = f"{unit_name(left.unit)} and {unit_name(right.unit)}"
        raise CalculatorError(f"{text!r} adds {have}")
    unit = right.unit if left.bare else left.unit
    return _made(left.value + sign * right.value, unit, left.bare and right.bare)


def _extreme(pick_one: Callable[..., float]) -> Callable[[list[Quantity]], Quantity]:
    def apply(parts: list[Quantity]) -> Quantity:
        whole = _vector(parts) if 2 <= len(parts) <= 3 else parts[0]
        values = np.atleast_1d(whole.value)
        return dataclasses.replace(whole, value=np.asarray(pick_one(*values, values[0])))

    return apply


def _norm(parts: list[Quantity]) -> Quantity:
    return dataclasses.replace(parts[0], value=np.asarray(np.linalg.norm(parts[0].value)))


def _abs(parts: list[Quantity]) -> Quantity:
    return dataclasses.replace(parts[0], value=np.asarray(np.abs(parts[0].value)))


FUNCTIONS: Mapping[str, Callable[[list[Quantity]], Quantity]] = {
    "abs": _abs, "norm": _norm, "min": _extreme(min), "max": _extreme(max),
}  # fmt: skip
"""What an expression may call; ``min`` and ``max`` take one vector, or two or three numbers."""


def _call(node: ast.Call, args: list[Quantity]) -> Quantity:
    name = ast.unparse(node.func)
    if name not in FUNCTIONS or node.keywords:
        raise CalculatorError(did_you_mean("function", name, FUNCTIONS))
    most = 3 if name in ("min", "max") else 1
    if not 1 <= len(args) <= most:
        raise CalculatorError(f"{name} takes 1 to {most} arguments, got {len(args)}")
    return FUNCTIONS[name](args)
