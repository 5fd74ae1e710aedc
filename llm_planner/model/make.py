"""Makes the client that a string names."""

from __future__ import annotations

import dataclasses
import difflib
import os
from pathlib import Path
from typing import Any

from habilis.assets.names import did_you_mean
from habilis.llm_planner.model.client import Client, ClientError, ClientOptions
from habilis.llm_planner.model.file import FileClient
from habilis.llm_planner.model.provider import ProviderClient, check_address, default_key_env
from habilis.llm_planner.model.recorder import RecordingClient, ReplayClient

FORMS = (
    "openai:MODEL", "openai:MODEL@http://host:port/v1", "anthropic:MODEL", "file:FOLDER",
    "replay:FILE", "record:FILE:openai:MODEL",
)  # fmt: skip


def make_client(spec: str, **options: Any) -> Client:
    """The client that a string names.

    Args:
      spec: ``openai:MODEL``, ``openai:MODEL@http://host:port/v1`` for any compatible endpoint,
        ``anthropic:MODEL``, ``file:FOLDER``, ``replay:FILE``, or ``record:FILE:SPEC`` around
        another one.
      options: fields of `ClientOptions`.

    Raises:
      ValueError: no such client, or it lacks its model, folder or file.
      TypeError: no such option.
      ImportError: the libraries of the providers are missing.
      ClientError: of kind ``auth`` if the key is missing, ``missing`` if the recording is.
    """
    known = [f.name for f in dataclasses.fields(ClientOptions)]
    for name in options:
        if name not in known:
            raise TypeError(did_you_mean("client option", name, known))
    return _make(spec, ClientOptions(**options))


def answered_by(spec: str, about: str | None = None) -> str:
    """Who answers where a string of ``make_client`` is asked, in words that name no folder.

    Args:
      spec: as of ``make_client``.
      about: who or what answers behind ``record:`` and ``file:``, if that was said.

    Raises:
      ValueError, ClientError: it is a recording that cannot be read.
    """
    kind, _, rest = spec.partition(":")
    if kind == "replay":
        found = (str(e.provenance["answered_by"]) for e in ReplayClient(Path(rest)).exchanges)
        return ", ".join(dict.fromkeys(found))
    if about:
        return about
    if kind == "record":
        return answered_by(rest.partition(":")[2])
    return "whoever answers files" if kind == "file" else spec


def _make(spec: str, options: ClientOptions) -> Client:
    kind, _, rest = spec.partition(":")
    makers = {"file": _file, "replay": _replay, "record": _record}
    makers |= dict.fromkeys(("openai", "anthropic"), _provider)
    if kind not in makers:
        close = difflib.get_close_matches(kind, makers, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        raise ValueError(f"unknown model {spec!r}{hint} known: {', '.join(FORMS)}")
    if not rest:
        form = next(f for f in FORMS if f.startswith(kind))
        raise ValueError(f"{spec!r} is not complete: write {form}")
    return makers[kind](spec, options)


def _provider(spec: str, options: ClientOptions) -> Client:
    kind, _, rest = spec.partition(":")
    model, url = rest, None
    for scheme in ("@http://", "@https://"):
        if scheme in rest:
            model, _, end = rest.partition(scheme)
            url = scheme[1:] + end
    if not model or (url is None and "@" in rest):
        raise ValueError(f"{spec!r} is not complete: write {kind}:MODEL@http://host:port/v1")
    if url and ("@" in url or "?" in url):
        raise ValueError(f"{kind}:{model}@...: keys belong in the environment, not in the address")
    if url:
        check_address(url)
    env = options.key_env or default_key_env(kind, url)
    key = os.environ.get(env, "").strip() or None
    if key and not (key.isascii() and key.isprintable()):
        raise ClientError(f"the key in {env} has signs that no key has", "auth")
    if key is None and (url is None or options.key_env):
        raise ClientError(f"no API key for {spec!r}: set {env} in the environment", "auth")
    return ProviderClient(kind, model, url, key, options)


def _file(spec: str, options: ClientOptions) -> Client:
    return FileClient(Path(spec.partition(":")[2]), options)


def _replay(spec: str, options: ClientOptions) -> Client:
    return ReplayClient(Path(spec.partition(":")[2]))


def _record(spec: str, options: ClientOptions) -> Client:
    path, _, inner = spec.partition(":")[2].partition(":")
    if not path or not inner:
        raise ValueError(f"{spec!r} is not complete: write {FORMS[-1]}")
    if inner.split(":")[0] in ("replay", "record"):
        raise ValueError(f"{spec!r}: a recording of a recording has no provenance of its own")
    if inner.startswith("file:") and not options.about:
        raise ValueError(f"{spec!r}: say who answers the files: about='...'")
    return RecordingClient(_make(inner, options), Path(path), options.about)
