"""Reads a dataset, whichever format its folder is in."""

from __future__ import annotations

from pathlib import Path

from habilis.policies.data import lerobot_reader, minari_files
from habilis.policies.data.about import Dataset
from habilis.policies.data.lerobot_table import INFO
from habilis.policies.data.minari_files import DATA, METADATA


def kind_of(folder: Path) -> str:
    """``lerobot`` or ``minari``.

    Raises:
      ValueError: it holds neither.
    """
    if (folder / INFO).is_file():
        return "lerobot"
    if any((path / METADATA).is_file() for path in (folder, folder / DATA)):
        return "minari"
    raise ValueError(
        f"{folder} holds no dataset: there is neither {INFO} (LeRobot) nor {DATA}/{METADATA}"
        " (Minari)"
    )


def read(folder: Path) -> Dataset:
    """Read a dataset of either kind; ValueError if it is none."""
    return {"lerobot": lerobot_reader.read, "minari": minari_files.read}[kind_of(folder)](folder)
