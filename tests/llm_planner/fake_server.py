"""An HTTP endpoint on loopback that speaks OpenAI's and Anthropic's protocols by script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What the server does with one request.

    Attributes:
      status: HTTP status.
      body: sent as it is.
      headers: further ones.
      delay: seconds before anything is sent.
      cut: bytes of the body after which the connection is closed; None to send it all.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Headers = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None


@dataclass(frozen=True)
class Call:
    """A request that came in."""

    path: str
    headers: Headers
    body: Any


def chat(
    content: str | None, finish: str = "stop", tokens: tuple[int, int] = (10, 5), **more: Any
) -> Answer:
    """A chat completion; `more` goes into the message (``refusal=...``)."""
    message = {"role": "assistant", "content": content, **more}
    return completion([{"index": 0, "message": message, "finish_reason": finish}], tokens)


def completion(choices: Sequence[Any], tokens: tuple[int, int] = (10, 5)) -> Answer:
    """A chat completion with any choices."""
    usage = {
        "prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)
    }  # fmt: skip
    body = {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "fake-1",
        "choices": list(choices), "usage": usage,
    }  # fmt: skip
    return Answer(body=json.dumps(body).encode())


def events(*pieces: str, finish: str | None = "stop") -> Answer:
    """A streamed chat completion; without `finish` it ends in the middle."""
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake-1"}
    choices: list[dict[str, Any]] = [{"index": 0, "delta": {"content": p}} for p in pieces]
    if finish:
        choices.append({"index": 0, "delta": {}, "finish_reason": finish})
    lines = [f"data: {json.dumps({**base, 'choices': [c]})}\n\n" for c in choices]
    if finish:
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        lines += [f"data: {json.dumps({**base, 'choices': [], 'usage': usage})}\n\n"]
        lines += ["data: [DONE]\n\n"]
    return Answer(body="".join(lines).encode(), headers={"Content-Type": "text/event-stream"})


def anthropic(content: str, stop: str = "end_turn") -> Answer:
    """An answer in Anthropic's protocol."""
    body = {
        "id": "m1", "type": "message", "role": "assistant", "model": "claude-fake",
        "content": [{"type": "text", "text": content}], "stop_reason": stop,
        "stop_sequence": None, "usage": {"input_tokens": 7, "output_tokens": 3},
    }  # fmt: skip
    return Answer(body=json.dumps(body).encode())


def error(status: int, message: str, code: str | None = None, **headers: str) -> Answer:
    """An error in OpenAI's form; underscores in the names of headers become dashes."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
    return Answer(status, body, {k.replace("_", "-"): v for k, v in headers.items()})


class FakeServer:
    """The endpoint; the last answer of the script is given for ever.

    Attributes:
      url: up to ``/v1``.
      calls: the requests that came in.
    """

    def __init__(self, script: Sequence[Answer | Callable[[Call], Answer]]) -> None:
        self.calls: list[Call] = []
        self._script, self._lock = list(script), threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def push_front(self, answer: Answer) -> None:
        """Give another answer first."""
        self._script.insert(0, answer)

    def close(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def next(self, call: Call) -> Answer:
        """The answer to a request that came in."""
        with self._lock:
            self.calls.append(call)
            answer = self._script[min(len(self.calls), len(self._script)) - 1]
        return answer(call) if callable(answer) else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                answer = server.next(Call(self.path, dict(self.headers), json.loads(raw)))
                time.sleep(answer.delay)
                try:
                    self._send(answer)
                except ConnectionError:
                    self.close_connection = True  # the client no longer waits

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[: answer.cut])
                self.close_connection = answer.cut is not None

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def serving(*script: Answer | Callable[[Call], Answer]) -> Iterator[FakeServer]:
    """A server that answers by script while the block runs."""
    server = FakeServer(script)
    try:
        yield server
    finally:
        server.close()
