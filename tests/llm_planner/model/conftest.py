"""What tests of clients share."""

import pytest


@pytest.fixture(autouse=True)
def no_proxy_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback is reached directly, and no key of the machine is in reach."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HABILIS_LLM_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
