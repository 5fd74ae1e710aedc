"""habilis dataset export: write a dataset in the format of LeRobot, v3.0."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class DatasetExportOptions:
    """Write a dataset in the format of LeRobot, v3.0: frames as parquet, pictures as films."""

    dataset: Annotated[Path, tyro.conf.Positional]
    """Folder of the dataset."""
    out: Annotated[Path, tyro.conf.Positional]
    """Folder to be written."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DatasetExportOptions, args, prog="habilis dataset export")
    from habilis.policies.data import folder, lerobot_writer

    dataset = folder.read(o.dataset)
    lerobot_writer.write(o.out, dataset)
    print(f"{dataset.count} episodes: {o.out}")
    return 0
