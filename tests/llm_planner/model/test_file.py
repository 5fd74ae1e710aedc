"""Questions to a person are files that no other process writes over."""

from __future__ import annotations

import threading
from pathlib import Path

from habilis.llm_planner.model.client import ClientOptions, Message, Request
from habilis.llm_planner.model.file import FileClient

COUNT = 8


def test_clients_of_one_folder_never_ask_under_the_same_name(tmp_path: Path) -> None:
    start = threading.Barrier(COUNT)
    clients = [FileClient(tmp_path, ClientOptions()) for _ in range(COUNT)]
    stems: list[str] = []

    def ask(number: int) -> None:
        start.wait()
        for k in range(5):
            request = Request("coder", (Message("user", f"{number} {k}"),))
            stems.append(clients[number]._publish(request))

    threads = [threading.Thread(target=ask, args=(k,)) for k in range(COUNT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(stems)) == COUNT * 5 == len(list(tmp_path.glob("*.request.json")))
