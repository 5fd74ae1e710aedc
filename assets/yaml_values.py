"""YAML as plain data, for configurations and options; scene files know their lines besides.

Numbers are read as everybody reads them: 1e-3 is one, 010 is an error and not eight, and a key that
is given twice is an error too. What is referred to by an alias counts as if it stood there, so that
a few lines cannot stand for more than there is memory for.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml

from habilis.assets.scene.format.yaml_lines import DECIMAL

MOST = 100_000
"""Values that a document may hold, those inside others included."""
_FLOAT = "tag:yaml.org,2002:float"


def yaml_values(text: str, where: str) -> Any:
    """Read YAML text.

    Args:
      text: one document.
      where: what error messages call the source, e.g. a file name.

    Raises:
      ValueError: it is not YAML, has a number or a key that may be meant in two ways, or holds more
        than ``MOST`` values.
    """
    try:
        value = yaml.load(text, Loader=_Loader)
        if (count := _count(value, {})) > MOST:
            raise ValueError(f"it holds {count:,} values, {MOST:,} may be read")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else _line(error)
        raise ValueError(f"{where} is not YAML: {said}") from error
    return value


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        written = [k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)]
        for key in written:
            if written.count(key) > 1:
                raise _error(f"key {key!r} is given twice", node)
        return super().construct_mapping(node, deep)

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        last = {(k.tag, str(k.value)): (k, value) for k, value in node.value}
        node.value = list(last.values())  # or mappings merged many times over would grow for ever

    def construct_number(self, node: yaml.ScalarNode) -> float:
        if not DECIMAL.fullmatch(node.value):
            raise _error(f"{node.value} is no plain number: write it as 10, 0.5 or 1e-3", node)
        if node.tag == _FLOAT:
            return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))
        return int(node.value)


def _count(value: Any, known: dict[int, int]) -> int:
    """Values in a value, itself included; ``known`` has those of values that were counted before,
    by their ``id``."""
    if not isinstance(value, (dict, list, tuple, set)):
        return 1
    if id(value) not in known:
        known[id(value)] = MOST + 1  # until it is counted: what holds itself has no end
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count(v, known) for v in inner)
    return known[id(value)]


def _line(error: Exception) -> str:
    """What an error says, in one line."""
    mark = getattr(error, "problem_mark", None)
    at = f"line {mark.line + 1}: " if mark is not None else ""
    return at + str(getattr(error, "problem", None) or error)


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.add_constructor(_FLOAT, _Loader.construct_number)
_Loader.add_implicit_resolver(_FLOAT, DECIMAL, list("-+.0123456789"))
