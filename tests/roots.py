"""What tests read from copies of what others publish, and skipping where there is none."""

from __future__ import annotations

import os

import pytest


def need(name: str) -> None:
    """Skip the test unless what a hand or robot of that name is read from is there."""
    for word, root in (("menagerie:", "MENAGERIE_ROOT"), ("sharpa", "DEXTOOLBENCH_ROOT")):
        if word in name and not os.environ.get(root):
            pytest.skip(f"{root} is not set: nothing to read {name} from")
