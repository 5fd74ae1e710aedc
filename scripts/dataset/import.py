"""habilis dataset import: write a dataset of LeRobot in the format of Minari."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.shared.options import read_options


@dataclasses.dataclass(frozen=True)
class DatasetImportOptions:
    """Write a dataset of LeRobot, v3.0, in the format in which habilis keeps episodes, Minari's."""

    dataset: Annotated[Path, tyro.conf.Positional]
    """Folder of the dataset."""
    name: Annotated[str, tyro.conf.Positional]
    """Id of the new dataset, e.g. mine/hooks-v0."""
    out: Path = Path("out/datasets")
    """Folder of datasets that it is written into."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(DatasetImportOptions, args, prog="habilis dataset import")
    from habilis.policies.data import folder, minari_files

    dataset = folder.read(o.dataset)
    written = minari_files.write(o.out, o.name, dataset)
    print(f"{dataset.count} episodes: {written}")
    return 0
