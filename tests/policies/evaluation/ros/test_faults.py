"""The campaign of faults: a link that breaks and stalls as it is told, and what counts as rest."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from habilis.policies.evaluation.ros.faults import FaultTrial, row, time_to_rest
from habilis.policies.evaluation.ros.proxy import Proxy


class Echo:
    """A server that says everything again."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                near, _ = self.server.accept()
                threading.Thread(target=self._say, args=(near,), daemon=True).start()
        except OSError:
            return

    @staticmethod
    def _say(near: socket.socket) -> None:
        while data := near.recv(100):
            near.sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    echo = Echo()
    with Proxy("127.0.0.1", echo.server.getsockname()[1]) as made:
        yield made
    echo.server.close()


def test_a_link_stalls_either_way_and_passes_on_later(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"
        for way in ("out", "back"):
            proxy.stall(way)
            client.sendall(b"b")
            client.settimeout(0.1)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(5)
            proxy.restore()
            assert client.recv(1) == b"b"


def test_a_link_that_is_dropped_takes_new_connections(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"
        proxy.drop()
        assert client.recv(1) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"


def test_rest_is_when_no_joint_moves_any_more() -> None:
    times = np.arange(10.0, 11.0, 0.01)[:100]
    q = np.minimum(times - 10.0, 0.3)[:, None] * np.array([[1.0, 0.0]])
    assert time_to_rest(times, q, 10.0) == pytest.approx(0.3, abs=0.011)
    assert time_to_rest(times, np.zeros((len(times), 2)), 10.0) == 0.0
    assert time_to_rest(times, times[:, None], 10.0) == np.inf


def test_rows_count_those_that_did_not_come_to_rest() -> None:
    trials = [FaultTrial(1.0, 0.2, 0.05, "SIGHUP"), FaultTrial(1.0, 0.3, 0.1, "SIGHUP")]
    made = row("hung up", [*trials, FaultTrial(1.0, np.inf, np.inf, "")], 10.0)
    assert (made["n"], made["not_at_rest"], made["rest_max_s"]) == (3, 1, 0.3)
    assert made["braking_s"] == 0.1, "no stop can be sooner"
    assert made["known_p50_s"] == 0.075 and made["reasons"] == ["SIGHUP"]
    assert row("kill -9", [FaultTrial(1.0, 0.2, np.inf, "")], 10.0)["known_p50_s"] is None
