"""Fixtures of the tests of the bridge."""

import pytest

from habilis.envs.ros import joints


class NoThread:
    """In place of the watchdog's thread: these tests look themselves."""

    def __init__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joints, "Beat", NoThread)
