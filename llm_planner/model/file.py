"""A person, or another program, as the model: requests and replies are files in a folder."""

from __future__ import annotations

import itertools
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from habilis.assets import foreign
from habilis.llm_planner.model.answer import parse_json, read_answer
from habilis.llm_planner.model.client import (
    ClientError,
    ClientOptions,
    Reply,
    Request,
)
from habilis.llm_planner.model.recorder import digest, render
from habilis.llm_planner.model.schema import check_schema

WAIT = 3600.0  # s


class FileClient:
    """Writes each request as a file and waits for a file with the reply.

    ``0001_coder.request.json`` (for programs) and ``.request.md`` (for people) appear, and pictures
    as ``0001_coder.front.png``; the reply is put beside them as ``0001_coder.reply.json`` or
    ``.reply.txt``. A reply that does not fit the schema is moved aside, what is wrong is written to
    ``0001_coder.error.txt``, and another one is waited for. Tokens are not counted and the price is
    not known.

    Args:
      folder: made if it is not there; numbers go on from those in it.
      options: timeout, repairs, poll, settle, about and notify are looked at.
    """

    def __init__(self, folder: Path, options: ClientOptions | None = None) -> None:
        self._options = options or ClientOptions()
        self._wait = self._options.timeout or WAIT
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    @property
    def name(self) -> str:
        """``file:`` and the folder."""
        return f"file:{self._folder}"

    def complete(self, request: Request) -> Reply:
        """Answer a request with the file that somebody writes; blocks until it is there.

        Raises:
          ClientError: of kind ``timeout`` if no file comes, or ``malformed`` if none of those that
            come fits.
        """
        start = time.monotonic()
        if request.schema is not None:
            check_schema(request.schema)
        stem = self._publish(request)
        for left in range(self._options.repairs, -1, -1):
            path = self._await(stem)
            raw = foreign.read_bytes(path, foreign.MOST_TEXT).decode("utf-8", "replace")
            text, data, faults = _read(raw, path.suffix == ".json", request)
            if not faults:
                seconds, by = time.monotonic() - start, self._options.about or "file"
                attempts = self._options.repairs - left + 1
                return Reply(text, data, by, 0, 0, None, seconds, attempts=attempts)
            self._refuse(stem, path, faults, left)
        raise ClientError(
            f"{self._folder / stem}: {self._options.repairs + 1} replies did not fit, the last: "
            f"{faults[0]}",
            "malformed",
        )

    def _publish(self, request: Request) -> str:
        """Write a request under the next free number; the name without its endings."""
        stage = re.sub(r"[^A-Za-z0-9-]+", "-", request.stage).strip("-") or "stage"
        stem = self._take(stage)
        shown = {p.name: f"{stem}.{p.name}.png" for m in request.messages for p in m.pictures}
        for picture in (p for m in request.messages for p in m.pictures):
            self._write(shown[picture.name], picture.png)
        plain: dict[str, Any] = {
            "stage": request.stage,
            "messages": [message.as_dict() for message in request.messages],
            **({"pictures": shown} if shown else {}),
            "schema": request.schema,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "hash": digest(request),
            "reply": [f"{stem}.reply.json", f"{stem}.reply.txt"],
        }
        self._write(f"{stem}.request.md", _page(request, stem, tuple(shown.values())))
        self._write(f"{stem}.request.json", json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
        return stem

    def _take(self, stage: str) -> str:
        """The next free number and the stage; taken, as other processes may ask here as well."""
        taken = [re.match(r"(\d{4,})_", p.name) for p in self._folder.iterdir()]
        for number in itertools.count(max((int(m[1]) for m in taken if m), default=0) + 1):
            try:
                (self._folder / f"{number:04d}_{stage}.request.md").touch(exist_ok=False)
            except FileExistsError:
                continue
            except OSError as error:
                raise self._unwritable(error) from error
            return f"{number:04d}_{stage}"
        raise AssertionError("numbers never end")

    def _await(self, stem: str) -> Path:
        """The reply file, once it no longer changes."""
        paths = [self._folder / f"{stem}.reply{end}" for end in (".json", ".txt")]
        what = f"{paths[0]} or {paths[1].name}"
        notify = self._options.notify or _print
        notify(f"waiting for {what} (question in {stem}.request.md, {self._wait:g} s at most)")
        limit = time.monotonic() + self._wait
        seen: tuple[Path, int, int] | None = None
        since = 0.0
        while True:
            now, found = time.monotonic(), _state(paths)
            if found != seen:
                seen, since = found, now
            if found and now - since >= self._options.settle:
                return found[0]
            if now >= limit:
                self._write(f"{stem}.error.txt", "No longer waited for.\n")
                raise ClientError(f"no reply in {self._wait:g} s: {what} did not appear", "timeout")
            time.sleep(self._options.poll)

    def _refuse(self, stem: str, path: Path, faults: list[str], left: int) -> None:
        count = len(list(self._folder.glob(f"{stem}.refused*"))) + 1
        path.rename(self._folder / f"{stem}.refused{count}{path.suffix}")
        again = (
            f"Write {path.name} again; {left} more will be read." if left else "That was the last."
        )
        text = "\n".join([f"Reply {count} does not fit:", *(f"- {f}" for f in faults), again, ""])
        self._write(f"{stem}.error.txt", text)

    def _write(self, name: str, what: str | bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        hidden = self._folder / f".{name}.new"
        raw = what if isinstance(what, bytes) else what.encode("utf-8", "backslashreplace")
        try:
            hidden.write_bytes(raw)
            hidden.replace(self._folder / name)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> ClientError:
        why = error.strerror or error
        return ClientError(
            f"{self._folder}: questions cannot be written here: {why}", "unreachable"
        )


def _read(raw: str, is_json: bool, request: Request) -> tuple[str, Any, list[str]]:
    """Text, value and faults of a reply as it stands in the file."""
    try:
        if request.schema is not None:
            return raw, *read_answer(raw, request.schema)[1:]
        if is_json:
            data = parse_json(raw)
            if isinstance(data, dict) and list(data) == ["text"]:
                data = data["text"]
            wrong = 'a JSON string, or {"text": "..."}, is wanted'
            return (data, None, []) if isinstance(data, str) else (raw, None, [wrong])
        return raw, None, []
    except ValueError as error:
        return raw, None, [str(error)]


def _state(paths: list[Path]) -> tuple[Path, int, int] | None:
    """The first file that is there and not empty, with size and time of change."""
    for path in paths:
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        if stat.st_size:
            return path, stat.st_size, stat.st_mtime_ns
    return None


def _page(request: Request, stem: str, pictures: tuple[str, ...]) -> str:
    """The question for a person, with the instruction first."""
    see = f" Its pictures are {', '.join(f'`{p}`' for p in pictures)}." if pictures else ""
    if request.schema is None:
        how = f"Write the answer, as plain text and nothing else, to `{stem}.reply.txt`"
    else:
        how = (
            "Write one JSON value that fits the schema at the end, and nothing else, to "
            f"`{stem}.reply.json`"
        )
    return (
        f"{how} in this folder. Write it under another name and rename it, or save it in one go. "
        f"If it does not fit, `{stem}.error.txt` will say why, and it can be written again.{see}\n"
        f"\n----\n{render(request)}\n"
    )


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
