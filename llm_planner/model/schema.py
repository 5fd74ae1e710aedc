"""Answers checked against a JSON Schema: the part of it that models are asked with."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from habilis.assets.names import did_you_mean

Schema = Mapping[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "null": (type(None),), "integer": (int,), "number": (int, float),
}  # fmt: skip
SILENT = {
    "title", "description", "default", "examples", "format", "$schema", "$id", "$comment",
    "$defs", "definitions", "deprecated", "readOnly", "writeOnly", "discriminator",
}  # fmt: skip
CHECKED = {
    "type", "properties", "required", "additionalProperties", "items", "prefixItems", "minItems",
    "maxItems", "uniqueItems", "enum", "const", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "pattern", "anyOf", "oneOf", "allOf", "$ref",
}  # fmt: skip
_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (operator.ge, "at least"),
    "maximum": (operator.le, "at most"),
    "exclusiveMinimum": (operator.gt, "more than"),
    "exclusiveMaximum": (operator.lt, "less than"),
}


def check(value: Any, schema: Schema) -> list[str]:
    """Check a value against a schema.

    Args:
      value: of JSON.
      schema: one that ``check_schema`` has passed.

    Returns:
      What is wrong, one line each with its place; empty if the value fits.
    """
    try:
        return list(_faults(value, schema, "answer", schema))
    except RecursionError:
        return ["answer: nested too deep to be checked"]


def check_schema(schema: Schema) -> None:
    """Check that values can be checked against a schema.

    Raises:
      ValueError: it uses a keyword or a type that is not known here, or a $ref to nowhere.
    """
    _check_schema(schema, "schema", schema)


def plain_types(schema: Any) -> Any:
    """Return a schema of the same meaning in which no ``type`` is a list.

    Not all providers take such lists.
    """
    if isinstance(schema, list):
        return [plain_types(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    out = {k: v if k in ("enum", "const", "default") else plain_types(v) for k, v in schema.items()}
    types = out.get("type")
    if not isinstance(types, list) or not all(isinstance(t, str) for t in types):
        return out
    words = {k: out.pop(k) for k in ("title", "description", "default", "$defs") if k in out}
    if len(types) == 1:
        return words | out | {"type": types[0]}
    return words | {"anyOf": [out | {"type": name} for name in types]}


def shorten(text: str, most: int = 120) -> str:
    """Put a text in quotes, leaving out its middle if it is longer than ``most`` characters."""
    text = " ".join(text.split())
    half = most // 2
    return repr(text if len(text) <= most else f"{text[:half]} ... {text[-half:]}")


def _check_schema(schema: Any, at: str, root: Schema) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        raise ValueError(f"{at}: an object or a bool is wanted, got {schema!r}")
    for key in schema:
        if key not in CHECKED | SILENT:
            raise ValueError(f"{at}: {did_you_mean('keyword', key, sorted(CHECKED))}")
    for name in _names(schema.get("type", [])):
        if name not in TYPES:
            raise ValueError(f"{at}: {did_you_mean('type', name, TYPES)}")
    if "$ref" in schema:
        _target(schema["$ref"], root)
    for key in ("items", "additionalProperties"):
        _check_schema(schema.get(key, True), f"{at}.{key}", root)
    for key in ("properties", "$defs", "definitions"):
        for name, inner in schema.get(key, {}).items():
            _check_schema(inner, f"{at}.{key}.{name}", root)
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for i, inner in enumerate(schema.get(key, ())):
            _check_schema(inner, f"{at}.{key}[{i}]", root)


def _names(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types


def _faults(value: Any, schema: Any, at: str, root: Schema) -> Iterator[str]:
    if isinstance(schema, bool):
        if not schema:
            yield f"{at}: nothing may stand here"
        return
    if "$ref" in schema:
        yield from _faults(value, _target(schema["$ref"], root), at, root)
    if "type" in schema and not _is(value, schema["type"]):
        wanted = " or ".join(_names(schema["type"]))
        yield f"{at}: {wanted} wanted, got {shorten(json.dumps(value), 60)}"
        return
    if "enum" in schema and not any(_same(value, v) for v in schema["enum"]):
        known = ", ".join(json.dumps(v) for v in schema["enum"])
        yield f"{at}: {_shown(value)} is none of {known}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{at}: must be {json.dumps(schema['const'])}, got {json.dumps(value)}"
    yield from _choice_faults(value, schema, at, root)
    if isinstance(value, dict):
        yield from _object_faults(value, schema, at, root)
    elif isinstance(value, list):
        yield from _array_faults(value, schema, at, root)
    elif isinstance(value, str):
        yield from _string_faults(value, schema, at)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        for key, (fits, words) in _BOUNDS.items():
            if key in schema and not fits(value, schema[key]):
                yield f"{at}: must be {words} {schema[key]}, got {value}"


def _choice_faults(value: Any, schema: Schema, at: str, root: Schema) -> Iterator[str]:
    for part in schema.get("allOf", ()):
        yield from _faults(value, part, at, root)
    for key in ("anyOf", "oneOf"):
        if key not in schema:
            continue
        tries = [list(_faults(value, part, at, root)) for part in schema[key]]
        fitting = sum(not faults for faults in tries)
        if not fitting:
            yield from _nearest(value, schema[key], at, root, tries)
        elif key == "oneOf" and fitting > 1:
            yield f"{at}: fits {fitting} of the {len(tries)} alternatives, one is wanted"


def _nearest(
    value: Any, parts: Sequence[Any], at: str, root: Schema, tries: list[list[str]]
) -> list[str]:
    """Faults of the alternative that is meant.

    That is the one whose fixed words, such as the name of a skill, stand in the value; of no
    alternative with other words it is said what else is wrong.
    """
    told = [_words(part, root) for part in parts]
    left = list(range(len(parts)))
    for name in set.intersection(*map(set, told)) if isinstance(value, dict) else ():
        if name not in value:
            continue
        left = [i for i in left if any(_same(value[name], w) for w in told[i][name])]
        if not left:
            known = ", ".join(dict.fromkeys(json.dumps(w) for t in told for w in t[name]))
            return [f"{at}.{name}: {_shown(value[name])} is none of {known}"]
    wanted = {i: _types(parts[i], root) for i in left}
    typed = [i for i in left if _is(value, wanted[i])]
    if not typed:
        names = dict.fromkeys(name for types in wanted.values() for name in types)
        return [f"{at}: {' or '.join(names)} wanted, got {shorten(json.dumps(value), 60)}"]
    return min((tries[i] for i in typed), key=_distance)


def _types(part: Any, root: Schema) -> list[str]:
    """The types that a schema allows at its top, those of its alternatives together."""
    part = _resolved(part, root)
    if "type" in part:
        return _names(part["type"])
    inner = [_types(one, root) for key in ("anyOf", "oneOf") for one in part.get(key, ())]
    return [name for types in inner for name in types] or list(TYPES)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else shorten(text, 60)


def _words(part: Any, root: Schema) -> dict[str, list[Any]]:
    """Values that the required properties of an object may only have, by name."""
    part = _resolved(part, root)
    inner = {k: _resolved(v, root) for k, v in part.get("properties", {}).items()}
    return {
        name: found.get("enum", [found["const"]] if "const" in found else [])
        for name, found in inner.items()
        if name in part.get("required", ()) and ("enum" in found or "const" in found)
    }


def _resolved(part: Any, root: Schema) -> Schema:
    while isinstance(part, Mapping) and "$ref" in part:
        part = _target(part["$ref"], root)
    return part if isinstance(part, Mapping) else {}


def _distance(faults: list[str]) -> tuple[int, int]:
    """How far a value is from an alternative: a fault deeper inside is a nearer miss."""
    places = [re.split(r": ", fault, maxsplit=1)[0] for fault in faults]
    return len(faults), -max(p.count(".") + p.count("[") for p in places)


def _object_faults(value: dict[str, Any], schema: Schema, at: str, root: Schema) -> Iterator[str]:
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name!r} is missing"
    for name, inner in value.items():
        if name in properties:
            yield from _faults(inner, properties[name], f"{at}.{name}", root)
        elif rest is False:
            yield f"{at}: {name!r} is not known; known: {', '.join(properties) or 'nothing'}"
        else:
            yield from _faults(inner, rest, f"{at}.{name}", root)


def _array_faults(value: list[Any], schema: Schema, at: str, root: Schema) -> Iterator[str]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if not least <= len(value) <= most:
        wanted = f"at least {least}" if len(value) < least else f"at most {most}"
        yield f"{at}: {wanted} items wanted, got {len(value)}"
    if schema.get("uniqueItems") and any(
        _same(a, b) for i, a in enumerate(value) for b in value[:i]
    ):
        yield f"{at}: an item stands there twice"
    first = schema.get("prefixItems", ())
    for i, inner in enumerate(value):
        part = first[i] if i < len(first) else schema.get("items", True)
        yield from _faults(inner, part, f"{at}[{i}]", root)


def _string_faults(value: str, schema: Schema, at: str) -> Iterator[str]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(value))
    if not least <= len(value) <= most:
        wanted = f"at least {least}" if len(value) < least else f"at most {most}"
        yield f"{at}: {wanted} characters wanted, got {len(value)}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {shorten(value, 60)} does not match {schema['pattern']!r}"


def _is(value: Any, names: str | list[str]) -> bool:
    """Whether a value is of one of the types; a whole float is an integer, a bool no number."""
    for name in _names(names):
        if isinstance(value, bool):
            fits = name == "boolean"
        elif name == "integer":
            fits = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        else:
            fits = isinstance(value, TYPES[name])
        if fits:
            return True
    return False


def _same(a: Any, b: Any) -> bool:
    return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def _target(ref: str, root: Schema) -> Any:
    node: Any = root
    for part in ref.removeprefix("#").strip("/").split("/") if ref.strip("#/") else []:
        if not isinstance(node, Mapping) or part not in node:
            raise ValueError(f"schema $ref {ref!r} leads nowhere")
        node = node[part]
    return node
