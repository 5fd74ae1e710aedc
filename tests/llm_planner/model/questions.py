"""A question with a schema, and a client that asks it of a scripted endpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.llm_planner.fake_server import FakeServer, chat

from habilis.llm_planner.model.client import Client, Message, Request
from habilis.llm_planner.model.make import make_client

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}
GOOD = chat('{"n": 3}')
SLOW = 3.0  # s, longer than any of these clients waits
KEY = "sk-secret-1234567890"


def request(schema: dict[str, Any] | None = SCHEMA, **more: Any) -> Request:
    return Request("coder", (Message("system", "Be brief."), Message("user", "n?")), schema, **more)


def client_of(server: FakeServer, **options: Any) -> Client:
    quick = {"backoff": 0.001, "retries": 2, "rng": np.random.default_rng(0)}
    return make_client(f"openai:m@{server.url}", **(quick | options))
