"""Runs code nobody has read: an interpreter in a worker process that can only ask, never act.

The interpreter (pydantic-monty) has no files, network, processes, clock or environment; the only
way out of it is a call by name, which the host may answer, refuse, or end the program over.
"""

from __future__ import annotations

import builtins
import dataclasses
import re
import time
from collections.abc import Callable, Collection, Generator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from habilis.assets.names import did_you_mean

if TYPE_CHECKING:
    from pydantic_monty import Monty, MontySession

INSTALL = 'running model-written code needs pydantic-monty: pip install "habilis[llm]"'
GRACE = 5.0  # s beyond the limit for the type check, then the worker is killed
MODULES = (
    "collections", "copy", "dataclasses", "functools", "itertools", "json", "math", "random", "re",
    "typing",
)  # fmt: skip
"""What a program is told that it may import."""
_LIMIT = re.compile(r"(Timeout|Memory|Recursion)Error(?=:)|RuntimeError: suspension limit")
_SUSPENDED = re.compile(r"external function '(\w+)' cannot suspend in this synchronous context")
_NOT_FROM = (
    "{0} cannot be called by sorted, min, map and the like: call it in a loop or a comprehension "
    "first, and give them its values"
)
_PROGRAM = "<python-input-1>"  # the interpreter's name for the second feed; the first is ours

Ending = Literal["done", "syntax", "type", "runtime", "limit", "crash", "halted"]


@dataclasses.dataclass(frozen=True)
class SandboxLimits:
    """What one program may use.

    Attributes:
      source: length of the code, bytes.
      seconds: of interpreting, s; time in which the host answers is not counted.
      memory: bytes.
      output: of printed text, bytes.
      recursion: depth of calls.
      calls: calls to the host of any kind.
      moves: calls that move the robot.
    """

    source: int = 64 * 2**10
    seconds: float = 2.0
    memory: int = 64 * 2**20
    output: int = 64 * 2**10
    recursion: int = 200
    calls: int = 400
    moves: int = 60


@dataclasses.dataclass(frozen=True)
class Call:
    """What a program asks of the host. Names and arguments are whatever the program sent.

    Attributes:
      name: of the function.
      args: by position.
      kwargs: by name.
      line: of the program, from 1; 0 if the call comes from text it evaluated.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    line: int


@dataclasses.dataclass(frozen=True)
class Ran:
    """How a program ended.

    Attributes:
      ending: done, or why not.
      message: one that a person or a model can act upon; '' if done.
      line: where, from 1; 0 if nowhere in particular.
      output: what it printed.
      seconds: wall time, s.
    """

    ending: Ending
    message: str
    line: int
    output: str
    seconds: float


class Raised(Exception):
    """An answer to a call: an exception that the program may catch.

    Args:
      kind: ``RuntimeError``, ``ValueError``, ``NameError``, ``PermissionError`` or alike.
      message: its text.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


class Halt(Exception):
    """An answer to a call: the program ends here and cannot prevent it."""


Answer = Callable[[Call], Any]
"""Answers a call with plain data, by raising ``Raised``, or by raising ``Halt``."""
Calls = Generator[Call, Any, Ran]
"""A program that runs from call to call."""


class Sandbox:
    """A worker process in which programs run one after the other, each from nothing.

    Use it as a context manager. Nothing of one program is left for the next.

    Args:
      names: functions a program may call.
      stubs: their declarations, for the type check before anything runs.
      prelude: trusted code that runs first and defines what else a program finds.
      limits: see ``SandboxLimits``.

    Raises:
      ImportError: the interpreter is not installed; says how to install it.
    """

    def __init__(
        self,
        names: Collection[str] = (),
        stubs: str = "",
        prelude: str = "",
        limits: SandboxLimits | None = None,
    ) -> None:
        self.names, self.stubs, self.prelude = tuple(names), stubs, prelude
        self.known = (*self.names, *re.findall(r"^def (\w+)", prelude, re.M))
        self.limits = SandboxLimits() if limits is None else limits
        self._pool: Monty | None = None

    def __enter__(self) -> Sandbox:
        try:
            from pydantic_monty import Monty
        except ImportError as error:
            raise ImportError(INSTALL) from error
        patience = self.limits.seconds + GRACE
        pool = Monty(max_processes=1, request_timeout=patience, feed_duration_limit_grace=GRACE)
        pool.__enter__()
        self._pool = pool
        return self

    def __exit__(self, *error: Any) -> None:
        if self._pool is not None:
            self._pool.__exit__(*error)
            self._pool = None

    def run(self, code: str, answer: Answer) -> Ran:
        """Run a program whose calls are answered at once; see ``start``.

        Args:
          code: Python.
          answer: called with each call the program makes. Any exception of its own but ``Raised``
            and ``Halt`` ends the program and is passed on.
        """
        calls = self.start(code)
        resume: Callable[[], Call] = partial(next, calls)
        try:
            while True:
                call = resume()
                try:
                    resume = partial(calls.send, answer(call))
                except (Raised, Halt) as other:
                    resume = partial(calls.throw, other)
        except StopIteration as stop:
            ran: Ran = stop.value
            return ran
        finally:
            calls.close()

    def start(self, code: str) -> Calls:
        """Type-check a program, then run it from call to call.

        Yields each call that it makes; nothing of the program goes on until the answer is sent, or
        ``Raised`` or ``Halt`` thrown in.

        Returns:
          How it ended. Nothing the program does makes this raise.

        Raises:
          RuntimeError: outside of ``with``.
        """
        if self._pool is None:
            raise RuntimeError("use the sandbox in a with statement")
        began = time.perf_counter()
        size = len(code.encode("utf-8", "replace"))
        if size > self.limits.source:
            text = f"the program has {size} bytes, {self.limits.source} are allowed"
            return Ran("limit", text, 0, "", 0.0)
        text = re.sub(r"\r\n?", "\n", code)  # so that lines are counted as ``program_lines`` does
        run = _Run(self, text.encode("utf-8", "replace").decode())
        with self._session(self._pool) as session:
            ending, message, line = yield from run.ending(session)
        return Ran(ending, message, line, run.output, time.perf_counter() - began)

    def _session(self, pool: Monty) -> MontySession:
        limits = self.limits
        return pool.checkout(
            limits={
                "max_feed_duration_secs": limits.seconds,
                "max_memory": limits.memory,
                "max_recursion_depth": limits.recursion,
                # a backstop: calls are counted here, but not the reading of a function's name
                "max_suspensions": 3 * limits.calls + 100,
            },
            type_check=True,
            type_check_stubs=self.stubs,
            type_check_format="concise",
            os_policy={
                "datetime": "call_host",
                "sleep": "call_host",
                "random_start": {"seed": 0},
            },
        )


class _Run:
    """One program while it runs."""

    def __init__(self, sandbox: Sandbox, code: str) -> None:
        self._sandbox, self._code = sandbox, code.encode()
        self._printed: list[str] = []
        self._room, self._calls, self._line = sandbox.limits.output, 0, 0

    @property
    def output(self) -> str:
        return "".join(self._printed)

    def ending(self, session: MontySession) -> Generator[Call, Any, tuple[Ending, str, int]]:
        """Feed it, answer its calls, and say how it ended."""
        from pydantic_monty import MontyCrashedError, MontyError

        try:
            session.feed_run(self._sandbox.prelude or "pass", skip_type_check=True)
            yield from self._drive(session)
            if self._room < 0:
                return self._flooded()
            return "done", "", 0
        except Halt as halt:
            return "halted", str(halt), self._line
        except MontyCrashedError as error:
            if error.timed_out:
                return "limit", "the program took too long to check or to run", self._line
            return "crash", f"the interpreter was stopped: {error}", self._line
        except MontyError as error:
            return self._flooded() if self._room < 0 else _explain(error, self._sandbox)
        except BaseException as error:
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                why = f"the interpreter failed: {type(error).__name__}: {str(error)[:500]}"
                return "crash", why, self._line
            raise

    def _drive(self, session: MontySession) -> Generator[Call, Any, None]:
        from pydantic_monty import MontyComplete, NameLookupSnapshot

        state = session.feed_start(self._code.decode(), print_callback=self._print)
        while not isinstance(state, MontyComplete):
            if isinstance(state, NameLookupSnapshot):
                name = state.variable_name
                known = state.object_id is None and name in self._sandbox.names
                state = state.resume(value=_reference(name)) if known else state.resume()
            elif _imports_stubs(state):
                state = state.resume_not_handled()  # type: ignore[union-attr]
            else:
                state = state.resume((yield from self._reply(state)))  # type: ignore[arg-type]

    def _reply(self, state: Any) -> Generator[Call, Any, dict[str, Any]]:
        """The answer to one call, in the interpreter's form."""
        self._calls += 1
        if self._calls > self._sandbox.limits.calls:
            raise Halt(f"more than {self._sandbox.limits.calls} calls")
        where = state.position
        inside = where.filename == _PROGRAM
        self._line = self._code[: where.start].count(b"\n") + 1 if inside else 0
        try:
            return {"return_value": (yield self._call(state))}
        except Raised as raised:
            return {"exc_type": raised.kind, "message": raised.message}

    def _call(self, state: Any) -> Call:
        name, names = str(state.function_name)[:80], self._sandbox.names
        if state.is_os_function:
            raise _no_authority(name, state.args)
        if state.object_id is not None or name not in names:
            raise Raised("NameError", _unknown(name, self._sandbox.known))
        if self._line == 0:
            raise Raised("PermissionError", f"{name} must be called in the program's own text")
        try:
            return Call(name, state.args, state.kwargs, self._line)
        except Exception as error:  # whatever the interpreter's values cannot be turned into
            raise Raised("TypeError", f"{name}: {str(error)[:200]}") from error

    def _print(self, _: str, text: str) -> None:
        if self._room >= 0:
            self._printed.append(text[: self._room])
            self._room -= len(text.encode())

    def _flooded(self) -> tuple[Ending, str, int]:
        limit = self._sandbox.limits.output
        return "limit", f"the program printed more than {limit} bytes", self._line


def _imports_stubs(state: Any) -> bool:
    """Whether the interpreter itself asks, and not a program that calls a function so named."""
    return bool(getattr(state, "is_os_function", False)) and state.function_name == "import_stubs"


def _reference(name: str) -> Callable[..., None]:
    """Stands for a host function that a program passes on; its calls arrive by its name."""

    def reference(*_: object, **__: object) -> None:
        raise AssertionError("calls are answered by name")

    reference.__name__ = name
    return reference


def _unknown(name: str, names: Collection[str]) -> str:
    if hasattr(builtins, name):
        return f"{name} is not available to a program"
    return did_you_mean("function", name, names)


def _no_authority(name: str, args: tuple[Any, ...]) -> Raised:
    if name != "import":
        what = {"system.sleep": "time.sleep", "Path.read_text": "reading a file"}.get(name, name)
        return Raised("PermissionError", f"{what} is not available to a program")
    return Raised("ModuleNotFoundError", _no_module(str(args[0])[:80] if args else "?"))


def _no_module(name: str) -> str:
    if name.split(".")[0] == "numpy":
        hint = "use vec_add, vec_sub, vec_scale, vec_norm and math instead"
    else:
        hint = "skills and vector functions are there without an import"
    return f"there is no module {name!r}; {hint}; modules: {', '.join(MODULES)}"


def _explain(error: Any, sandbox: Sandbox) -> tuple[Ending, str, int]:
    from pydantic_monty import MontyRuntimeError, MontySyntaxError, MontyTypingError

    if isinstance(error, MontyTypingError):
        return _type_errors(error.display(), sandbox.known)
    if not isinstance(error, (MontyRuntimeError, MontySyntaxError)):
        return "crash", f"the interpreter failed: {str(error)[:500]}", 0
    lines = [f.line for f in error.traceback() if f.filename == _PROGRAM]
    text = error.display("type-msg")[:1000]
    if isinstance(error, MontySyntaxError) or "monty syntax parser" in text:
        text = text.removeprefix("NotImplementedError: ")
        return "syntax", text.replace("The monty syntax parser", "the interpreter"), _last(lines)
    if over := _LIMIT.match(text):
        return "limit", _over(over[0], sandbox.limits), _last(lines)
    if inside := _SUSPENDED.search(text):
        return "runtime", _NOT_FROM.format(inside[1]), _last(lines)
    text = text.replace("Internal error in monty", "the interpreter cannot do this")
    return "runtime", text, _last(lines)


def _over(error: str, limits: SandboxLimits) -> str:
    texts = {
        "TimeoutError": f"the program calculated for more than {limits.seconds:g} s",
        "MemoryError": f"the program needs more than {limits.memory // 2**20} MiB of memory",
        "RecursionError": f"calls are nested more than {limits.recursion} deep",
    }
    return texts.get(error, f"more than {limits.calls} calls")


def _last(lines: list[int]) -> int:
    return lines[-1] if lines else 0


def _type_errors(text: str, names: Collection[str]) -> tuple[Ending, str, int]:
    """The checker's lines without file and column, with hints for names that do not exist."""
    found: list[str] = []
    first, hinted = 0, set()
    for line in text.splitlines():
        match = re.match(r"[^:]+:(\d+):\d+: \w+\[([\w-]+)\] (.*)", line)
        if match is None:
            continue
        first = first or int(match[1])
        hint = _hint(match[2], match[3], names)
        found.append(f"line {match[1]}: {match[3][:400]}{'' if hint in hinted else hint}")
        hinted.add(hint)
    return "type", "\n".join(found[:20]) or text[:1000], first


def _hint(rule: str, message: str, names: Collection[str]) -> str:
    quoted = re.search(r"`([^`]*)`", message)
    if quoted is None:
        return ""
    if rule == "unresolved-reference":
        return f" ({_unknown(quoted[1][:80], names)})"
    return f" ({_no_module(quoted[1][:80])})" if rule == "unresolved-import" else ""
