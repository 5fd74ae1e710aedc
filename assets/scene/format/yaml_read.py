"""From a file to YAML whose values know their lines, in bounded time whatever the file is."""

from __future__ import annotations

from pathlib import Path

import yaml

from habilis.assets import foreign
from habilis.assets.scene.format.yaml_lines import Item, SceneFileError, line_of

MOST_BYTES = 500_000
MOST_VALUES = 20_000
"""Keys and values of a file; about a second's work."""


def read(path: str | Path, instead: str = "") -> str:
    """Text of a UTF-8 file of at most ``MOST_BYTES``.

    Args:
      path: the file.
      instead: what to say in brackets where it is missing.

    Raises:
      SceneFileError: missing, a folder or a device, too large, not text, or not readable.
    """
    try:
        if Path(path).is_dir():
            raise SceneFileError(f"{path}: is a folder, expected a YAML file")
        return foreign.read_bytes(path, MOST_BYTES).decode("utf-8-sig")
    except foreign.ForeignFileError as e:
        raise SceneFileError(f"{e}, expected a YAML file") from e
    except FileNotFoundError as e:
        hint = f" ({instead})" if instead else ""
        raise SceneFileError(f"{path}: no such file{hint}") from e
    except UnicodeDecodeError as e:
        byte = f"byte 0x{e.object[e.start]:02x} at offset {e.start}"
        raise SceneFileError(f"{path}: not a text file in UTF-8 ({byte})") from e
    except (OSError, ValueError) as e:
        raise SceneFileError(f"{path}: cannot be read: {e}") from e


class _Loader(yaml.SafeLoader):
    """Stops at the value that is one too many."""

    def __init__(self, text: str) -> None:
        self.left = MOST_VALUES
        super().__init__(text)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.left -= 1
        if self.left < 0:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            problem = f"more than {MOST_VALUES:,} keys and values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def compose_known(text: str, source: str) -> Item:
    """The same as ``compose``, ten times as fast, of a text that is known to be good."""
    if not yaml.__with_libyaml__:
        return compose(text, source)
    node = yaml.compose(text, Loader=yaml.CSafeLoader)  # without bounds: it is no foreign file
    assert node is not None, source
    return Item(node, "", source, line_of(node))


def compose(text: str, source: str) -> Item:
    """The whole of a YAML text.

    Args:
      text: one YAML document.
      source: name of the file, for errors.

    Raises:
      SceneFileError: malformed, empty, more than one document, or too much in it.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as e:
        line = text.count("\n", 0, e.position) + 1
        what = f"character U+{int(e.character):04X}"
        raise SceneFileError(f"{source}:{line}: not a text file: {what} is not allowed") from e
    except yaml.MarkedYAMLError as e:
        raise SceneFileError(f"{source}:{_where(e)}") from e
    except RecursionError as e:
        raise SceneFileError(f"{source}:1: not valid YAML: nested too deeply") from e
    if node is None:
        raise SceneFileError(f"{source}:1: the file is empty")
    return Item(node, "", source, line_of(node))


def _where(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    context = f" {error.context}" if error.context else ""
    tab = "; indent with spaces, not tabs" if "'\\t'" in str(error.problem) else ""
    return f"{line}: not valid YAML{context}: {error.problem} (column {column}){tab}"
