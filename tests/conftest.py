"""Fixtures of all tests."""

from collections.abc import Iterator

import mujoco
import pytest
from hypothesis import settings

# The same examples every time, and none too slow on a machine that is busy.
settings.register_profile("habilis", deadline=None, derandomize=True, database=None)
settings.load_profile("habilis")


@pytest.fixture(autouse=True)
def mujoco_warnings() -> Iterator[list[str]]:
    """What MuJoCo warned of during the test; it then neither prints nor writes a log file."""
    heard: list[str] = []
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(heard.append)
    yield heard
    mujoco.set_mju_user_warning(before)
