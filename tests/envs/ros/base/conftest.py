from __future__ import annotations

import pytest
from tests.envs.ros.conftest import NoThread

from habilis.envs.ros.base import driver


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watchdog looks when the clock of the rig says so."""
    monkeypatch.setattr(driver, "Beat", NoThread)
