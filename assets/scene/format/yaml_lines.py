"""YAML whose every value knows its line and its dotted key, so that each error can name them."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import yaml

from habilis.assets.names import did_you_mean

VEC = "3 numbers [x, y, z] in m"
LONGEST_NAME, LONGEST_TEXT = 64, 10_000
LARGEST = 1e6
MOST_RADIANS = 4 * math.pi  # of an angle that is written in radians
"""Numbers beyond it, in whatever unit, are slips."""
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_KINDS = {
    "tag:yaml.org,2002:bool": "true/false",
    "tag:yaml.org,2002:int": "the number",
    "tag:yaml.org,2002:float": "the number",
    "tag:yaml.org,2002:str": "the text",
    "tag:yaml.org,2002:timestamp": "the date",
}
DECIMAL = re.compile(
    r"[+-]?((0|[1-9][0-9]{0,2}(_[0-9]{3})+|[1-9][0-9]*|[0-9]+(?=[.eE]))(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
    r"|[+-]?\.inf|\.nan",
    re.IGNORECASE,
)
"""A number as everybody reads it, 1_000 too: 010 is ten to some and eight to YAML, 1:30 ninety."""
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_NULL, _TEXT, _BOOL, _MERGE = (f"tag:yaml.org,2002:{t}" for t in ("null", "str", "bool", "merge"))
_TRUE = {"true", "yes", "on"}


class SceneFileError(ValueError):
    """A scene file that cannot be used: where in it, what was found, what is allowed."""


@dataclasses.dataclass(frozen=True)
class Item:
    """One value of a YAML file.

    Attributes:
      node: the parsed value.
      key: its dotted key, '' for the whole file.
      source: name of the file.
      line: of its key, or of the value where it has none, from 1.
    """

    node: yaml.Node
    key: str
    source: str
    line: int

    def error(self, text: str) -> SceneFileError:
        """``FILE:LINE: key 'dotted.key': text``, to be raised by the caller."""
        where = f"key {self.key!r}: " if self.key else ""
        return SceneFileError(f"{self.source}:{self.line}: {where}{text}")

    def number(
        self,
        above: float = -math.inf,
        at_least: float = -math.inf,
        at_most: float = math.inf,
        finite: bool = True,
    ) -> float:
        """The value as a number within bounds."""
        want = _range_text(above, at_least, at_most, finite)
        value = _as_float(self.node)
        if value is None:
            hint = "; write it as 10, 0.5 or 1e-3" if self.node.tag in _NUMBERS else ""
            raise self.error(f"expected {want}, got {shown(self.node)}{hint}")
        bad = math.isnan(value) or (finite and math.isinf(value))
        if finite and not bad and at_most == math.inf and abs(value) > LARGEST:
            raise self.error(f"expected {want} and below {LARGEST:g}, got {shown(self.node)}")
        if bad or not (value > above or above == -math.inf) or not at_least <= value <= at_most:
            raise self.error(f"expected {want}, got {shown(self.node)}")
        return value

    def numbers(
        self,
        count: int | None,
        what: str,
        above: float = -math.inf,
        at_least: float = -math.inf,
        at_most: float = math.inf,
    ) -> tuple[float, ...]:
        """The value as a list of ``count`` finite numbers (any count if None) within bounds."""
        items = self.items(what)
        if count is not None and len(items) != count:
            raise self.error(f"expected {what}, got {len(items)}: {shown(self.node)}")
        return tuple(i.number(above, at_least, at_most) for i in items)

    def vec(self, what: str = VEC) -> tuple[float, float, float]:
        """The value as three finite numbers."""
        x, y, z = self.numbers(3, what)
        return x, y, z

    def unit(self) -> tuple[float, float, float]:
        """The value as a direction, made a unit vector."""
        axis = self.vec("3 numbers [x, y, z]")
        length = math.hypot(*axis)
        if length < 1e-9:
            raise self.error("expected a direction, got [0, 0, 0]")
        if abs(length - 1) < 1e-9:
            return axis
        return axis[0] / length, axis[1] / length, axis[2] / length

    def radians(self, value: float) -> float:
        """``value`` in rad, taken as degrees where the key ends in ``_deg``.

        So many radians as make several turns are refused: they are degrees by all likelihood.
        """
        if self.key.endswith("_deg"):
            return math.radians(value)
        if MOST_RADIANS < abs(value) < math.inf:
            key = self.key.rpartition(".")[2]
            raise self.error(
                f"{value:g} rad are {abs(value) / math.tau:.1f} turns; did you mean degrees?"
                f" Write {key}_deg"
            )
        return value

    def name(self, dashes: bool = False) -> str:
        """The value as a name: letters, digits, underscores."""
        text = self.text()
        if not is_name(text, r"[A-Za-z0-9_][A-Za-z0-9_-]*" if dashes else NAME):
            also = ", dashes" if dashes else ", not starting with a digit"
            raise self.error(
                f"a name takes up to {LONGEST_NAME} letters, digits, underscores{also}, got"
                f" {cut(text)!r}"
            )
        return text

    def interval(self, what: str) -> tuple[float, float]:
        """The value as [low, high] with low < high."""
        low, high = self.numbers(2, f"2 numbers [low, high] {what}")
        if not low < high:
            raise self.error(f"expected low < high, got [{low:g}, {high:g}]")
        return low, high

    def corners(self, axes: str, what: str) -> tuple[Any, Any]:
        """Lower and upper corner from {x: [low, high], ...}, one interval an axis."""
        got = self.record({a: f"[low, high] {what}" for a in axes}, (), "a mapping")
        pairs = [got[a].interval(what) for a in axes]
        return tuple(p[0] for p in pairs), tuple(p[1] for p in pairs)

    def text(self) -> str:
        """The value as text."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag != _TEXT:
            hint = "; put it in quotes" if _quotable(self.node) else ""
            raise self.error(f"expected text, got {shown(self.node)}{hint}")
        if not self.node.value.strip():
            raise self.error("expected text, got nothing between the quotes")
        if len(self.node.value) > LONGEST_TEXT:
            raise self.error(f"text has at most {LONGEST_TEXT} letters, got {len(self.node.value)}")
        return str(self.node.value)

    def flag(self) -> bool:
        """The value as true or false."""
        if self.node.tag != _BOOL:
            raise self.error(f"expected true or false, got {shown(self.node)}")
        return str(self.node.value).lower() in _TRUE

    def is_flag(self) -> bool:
        """Whether the value is true or false."""
        return bool(self.node.tag == _BOOL)

    def choice(self, kind: str, known: Iterable[str]) -> str:
        """The value as one of the known names."""
        names = list(known)
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == _NULL:
            raise self.error(f"expected one of {', '.join(names)}, got {shown(self.node)}")
        if self.node.value not in names:
            raise self.error(did_you_mean(kind, cut(self.node.value), names))
        return str(self.node.value)

    def items(self, what: str) -> list[Item]:
        """The value as a list; ``what`` describes it in the error."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"expected {what}, got {shown(self.node)}")
        pairs = enumerate(self.node.value)
        return [Item(n, f"{self.key}[{i}]", self.source, line_of(n)) for i, n in pairs]

    def entries(self, what: str) -> dict[str, Item]:
        """The value as a mapping in the order of the file; ``what`` describes it in the error.

        Mappings merged by ``<<`` give the keys that are not written out.
        """
        return self._entries(what, {})

    def _entries(
        self, what: str, known: dict[yaml.Node, dict[str, Item] | None]
    ) -> dict[str, Item]:
        """The entries; kept for mappings that are merged again, None while they are gathered."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"expected {what}, got {shown(self.node)}")
        if self.node in known:
            if (kept := known[self.node]) is None:
                raise self.error("a mapping is merged into itself")
            return kept
        known[self.node] = None
        out: dict[str, Item] = {}
        merges: list[yaml.Node] = []
        for key, value in self.node.value:
            if key.tag == _MERGE:
                merges += value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            at = f"{self.key}.{cut(name)}" if self.key else cut(name)
            here = Item(key, at, self.source, line_of(key))
            if key.tag != _TEXT:
                raise here.error(f"a key must be text, got {shown(key)}; put it in quotes")
            if name in out:
                raise here.error(f"given twice, first on line {out[name].line}")
            out[name] = Item(value, here.key, self.source, here.line)
        for node in merges:  # what is written out goes first, then the mapping merged first
            other = Item(node, self.key, self.source, line_of(node))
            out = other._entries("a mapping to merge", known) | out
        known[self.node] = out
        return out

    def record(
        self, required: Mapping[str, str], optional: Collection[str], what: str
    ) -> dict[str, Item]:
        """The value as a mapping with these keys only.

        Args:
          required: key to a few words on what it takes.
          optional: further keys.
          what: describes the mapping in an error.
        """
        out = self.entries(f"{what} with the keys {', '.join([*required, *optional])}")
        for name, item in out.items():
            if name not in required and name not in optional:
                raise item.error(did_you_mean("key", name, [*required, *optional]))
        for name, meaning in required.items():
            if name not in out:
                raise self.error(f"missing key {name!r} ({meaning})")
        return out


def either(got: Mapping[str, Item], plain: str, other: str) -> Item | None:
    """The one of two keys that is given; both is an error."""
    if plain in got and other in got:
        raise got[other].error(f"give {plain!r} or {other!r}, not both")
    return got.get(plain) or got.get(other)


def line_of(node: yaml.Node) -> int:
    """The line that a value begins on, from 1."""
    return int(node.start_mark.line) + 1


def is_name(text: str, form: str = NAME) -> bool:
    """Whether a text is a name: of that form, and not too long."""
    return len(text) <= LONGEST_NAME and re.fullmatch(form, text) is not None


def cut(text: str, width: int = 60) -> str:
    """A text that may be very long, for an error."""
    return text if len(text) <= width else text[:width] + "..."


def shown(node: yaml.Node, width: int = 60) -> str:
    """What a user wrote, in a few words, e.g. "the text 'bix'" or "the list [0.1, 0.2]"."""
    if isinstance(node, yaml.SequenceNode):
        if all(isinstance(n, yaml.ScalarNode) for n in node.value):
            inner = ", ".join(str(n.value) for n in node.value)
            return f"the list [{cut(inner, width)}]"
        return f"a list of {len(node.value)}"
    if isinstance(node, yaml.MappingNode):
        names = [str(k.value) for k, _ in node.value if isinstance(k, yaml.ScalarNode)]
        return f"a mapping with {', '.join(names[:5]) or 'no keys'}"
    if node.tag == _NULL:
        return "nothing"
    value = cut(node.value, width)
    if _as_float(node) is not None:
        return f"the number {value}"
    kind = _KINDS.get(node.tag, f"{node.tag} ")
    return f"{kind} {value!r}" if node.tag == _TEXT else f"{kind} {value}"


def _as_float(node: yaml.Node) -> float | None:
    """The number a plain scalar stands for; YAML itself takes 1e-3 for text."""
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return None
    if not DECIMAL.fullmatch(node.value):
        return None
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _quotable(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag in _KINDS


def _range_text(above: float, at_least: float, at_most: float, finite: bool) -> str:
    noun = "a finite number" if finite else "a number"
    if at_most != math.inf and above == -math.inf:
        return f"{noun} from {at_least:g} to {at_most:g}"
    if above != -math.inf:
        return f"{noun} > {above:g}" + ("" if at_most == math.inf else f" up to {at_most:g}")
    return f"{noun} >= {at_least:g}" if at_least != -math.inf else noun


class Inline(dict[str, Any]):
    """A mapping to be written on one line."""


class _Writer(yaml.SafeDumper):
    """Writes lists of numbers and ``Inline`` on one line, and never anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def list_node(self, data: list[Any]) -> yaml.Node:
        short = all(not isinstance(v, (list, dict)) and len(str(v)) < 25 for v in data)
        return self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)

    def inline_node(self, data: Inline) -> yaml.Node:
        return self.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)


_Writer.add_representer(list, _Writer.list_node)
_Writer.add_representer(Inline, _Writer.inline_node)


def write(data: Mapping[str, Any]) -> str:
    """YAML of dicts, lists, strings and numbers, in their order."""
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 100}
    return str(yaml.dump(dict(data), Dumper=_Writer, default_flow_style=False, **options))


def plain(value: Any) -> Any:
    """Tuples as lists, numpy numbers as Python's."""
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value if isinstance(value, (str, bool)) else float(value)


def changed(thing: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Fields that differ from their default, as plain data."""
    default = {f.name: f.default for f in dataclasses.fields(thing)}
    return {k: plain(v) for k in keys if (v := getattr(thing, k)) != default[k]}


def angles(key: str, values: Iterable[float]) -> dict[str, Any]:
    """In degrees where that reads back exactly, else in radians."""
    rad = [float(v) for v in values]
    deg = [round(math.degrees(v), 9) for v in rad]
    exact = [math.radians(d) for d in deg] == rad
    return {f"{key}_deg": deg} if exact else {key: rad}
