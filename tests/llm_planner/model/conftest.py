"""What tests of clients share."""

from collections.abc import Iterator

import pytest
from tests.llm_planner.fake_server import FakeServer, serving
from tests.llm_planner.model.questions import GOOD


@pytest.fixture(autouse=True)
def no_proxy_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback is reached directly, and no key of the machine is in reach."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HABILIS_LLM_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serving(GOOD) as server:
        yield server
