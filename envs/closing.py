"""Things to be let go of, as context managers."""

from __future__ import annotations

import abc
from typing import Self


class Closing(abc.ABC):
    """Closed on leaving its context, whatever happened there."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of everything; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Connecting(Closing):
    """Connected on entering its context as well."""

    @abc.abstractmethod
    def connect(self, timeout: float = 5.0) -> None:
        """Have it answer within ``timeout`` s."""

    def __enter__(self) -> Self:
        self.connect()
        return self
