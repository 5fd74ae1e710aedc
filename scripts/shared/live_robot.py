"""A robot behind the bridge for commands that otherwise use a simulated one."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from habilis.assets.names import told
from habilis.assets.scene.things import Scene
from habilis.scripts.shared.confirm import Operator
from habilis.scripts.shared.keyboard import HINT, KeyStop

if TYPE_CHECKING:
    from habilis.envs.ros.base.robot import RosWalker
    from habilis.envs.ros.base.server import BaseServer
    from habilis.envs.ros.profiles.spec import BaseAddress, RobotAddress
    from habilis.envs.ros.recording.recorder import RunRecorder
    from habilis.envs.ros.robot.robot import RosRobot
    from habilis.envs.ros.serving.server import SimServer
    from habilis.envs.ros.tags.file import TagFile
    from habilis.envs.ros.transports.base import Transport
    from habilis.policies.skills.executor import Watch

VELOCITIES, UNITS = ("forward", "left", "turning"), ("m/s", "m/s", "rad/s")


@dataclasses.dataclass(frozen=True)
class Live:
    """What a run needs of it.

    Attributes:
      robot: connected, not armed; None if the run is simulated.
      watch: to be called after every control period with the running skill, for the recording.
      outcome: to be told at the end whether the goal was reached, else why not.
    """

    robot: RosRobot | RosWalker | None = None
    watch: Watch = lambda _: None
    outcome: Callable[[bool, str], None] = lambda *_: None


@dataclasses.dataclass(frozen=True)
class Wanted:
    """As typed.

    Attributes:
      robot: ``ros:PROFILE[@TRANSPORT]``, or '' for a simulated one.
      dry_run: read the real state, move a simulated robot, tell what would be sent.
      record: MCAP file.
      tags: file of the tags on things, which the robot's cameras look for.
      command: as typed, for the recording.
    """

    robot: str
    dry_run: bool = False
    record: Path | None = None
    command: str = ""
    tags: Path | None = None

    def check(self) -> None:
        """Check that what was typed goes together.

        Raises:
          ValueError: something is asked for that needs a robot, and there is none.
        """
        if not self.robot and (self.dry_run or self.record or self.tags):
            raise ValueError(
                "--dry-run, --record and --tags are for --robot ros:PROFILE, which is not given"
            )
        if self.robot and not self.robot.startswith("ros:"):
            raise ValueError(f"--robot is written ros:PROFILE[@TRANSPORT], got {self.robot!r}")


@contextlib.contextmanager
def live(wanted: Wanted, scene: Scene, operator: Operator, stream: TextIO) -> Iterator[Live]:
    """Connect, and stop on any key or ctrl-c; everything is let go of at the end.

    Args:
      wanted: as typed.
      scene: the robot stands in.
      operator: whose answers are not taken for the stop key.
      stream: where lines go.
    """
    if not wanted.robot:
        yield Live()
        return
    from habilis.envs.ros.profiles.spec import BaseAddress, parse_any
    from habilis.envs.ros.robot.notes import Notes
    from habilis.envs.ros.robot.robot import RosRobot
    from habilis.envs.ros.tags.file import load_tags

    def say(line: str) -> None:
        print(told(line), file=stream, flush=True)

    spec = parse_any(wanted.robot)
    if isinstance(spec, BaseAddress):
        with _walking(spec, wanted, scene, operator, say) as on:
            yield on
        return
    tags = None if wanted.tags is None else load_tags(wanted.tags)
    with ExitStack() as stack:
        if wanted.dry_run:
            robot = _rehearsed(spec, scene, tags, stack, say)
        else:
            transport = spec.connect()
            stack.callback(transport.close)
            clock, sleep = spec.time(transport)
            robot = stack.enter_context(
                RosRobot(spec.profile, transport, scene, tags=tags, clock=clock, sleep=sleep)
            )
        robot.joints.events.append(Notes(spec.profile.joints, say))
        on = Live(robot)
        if wanted.record is not None:
            recorder = _recorded(wanted, wanted.record, robot, scene, stack)
            on = Live(robot, recorder.watch, recorder.outcome)
        keys = stack.enter_context(KeyStop(robot.stop))
        operator.around = keys.paused
        say(f"{spec.profile.name} over {robot.joints.transport.name}; {HINT}")
        yield on


@contextlib.contextmanager
def _walking(
    spec: BaseAddress, wanted: Wanted, scene: Scene, operator: Operator, say: Callable[[str], None]
) -> Iterator[Live]:
    """The same of a robot on legs that is commanded as a base."""
    from habilis.envs.ros.base.robot import RosWalker
    from habilis.envs.ros.robot.notes import Notes

    if wanted.tags is not None or wanted.record is not None:
        raise ValueError(
            f"profile {spec.profile.name!r} is of a base: --tags and --record are for arms so far"
        )
    with ExitStack() as stack:
        if wanted.dry_run:
            robot = _walk_rehearsed(spec, scene, stack, say)
        else:
            transport = spec.connect()
            stack.callback(transport.close)
            clock, sleep = spec.time(transport)
            robot = stack.enter_context(
                RosWalker(spec.profile, transport, scene, clock=clock, sleep=sleep)
            )
        robot.base.events.append(Notes(VELOCITIES, say, UNITS))
        keys = stack.enter_context(KeyStop(robot.stop))
        operator.around = keys.paused
        say(f"{spec.profile.name} over {robot.base.transport.name}; {HINT}")
        yield Live(robot)


def _walk_rehearsed(
    spec: BaseAddress, scene: Scene, stack: ExitStack, say: Callable[[str], None]
) -> RosWalker:
    """A walking robot on a bus of this process, from where the real one and its things are."""
    from habilis.envs.ros.base.robot import RosWalker
    from habilis.envs.ros.base.server import BaseServer
    from habilis.envs.ros.robot.dry import ToldTransport
    from habilis.envs.ros.transports.local import Bus, LocalTransport

    bus = Bus()
    server = BaseServer(spec.profile, LocalTransport(bus), scene)
    _start_as_it_is(spec, server, lambda t: RosWalker(spec.profile, t, scene), stack, say)
    return stack.enter_context(RosWalker(spec.profile, ToldTransport(bus, say), scene))


def _rehearsed(
    spec: RobotAddress,
    scene: Scene,
    tags: TagFile | None,
    stack: ExitStack,
    say: Callable[[str], None],
) -> RosRobot:
    """A robot on a bus of this process, simulated from where the real one and its things are."""
    from habilis.envs.ros.robot.dry import ToldTransport, patient
    from habilis.envs.ros.robot.robot import RosRobot
    from habilis.envs.ros.serving.server import SimServer
    from habilis.envs.ros.transports.local import Bus, LocalTransport

    bus = Bus()
    server = SimServer(spec.profile, LocalTransport(bus), scene)
    _start_as_it_is(spec, server, lambda t: RosRobot(spec.profile, t, scene, tags=tags), stack, say)
    return stack.enter_context(RosRobot(patient(spec.profile), ToldTransport(bus, say), scene))


def _start_as_it_is(
    spec: RobotAddress | BaseAddress,
    server: SimServer | BaseServer,
    meet: Callable[[Transport], RosRobot | RosWalker],
    stack: ExitStack,
    say: Callable[[str], None],
) -> None:
    """Start a served simulation from where the real robot and its things are, if it answers."""
    from habilis.envs.ros.transports.base import TransportError

    try:
        transport = spec.connect(timeout=1.0)
        stack.callback(transport.close)
        with meet(transport) as real:
            real.observe()
            server.start_from(real.world.save())
    except TransportError as error:
        say(f"no robot ({error}); from the scene as given")
    server.start()
    stack.callback(server.close)


def _recorded(
    wanted: Wanted, path: Path, robot: RosRobot, scene: Scene, stack: ExitStack
) -> RunRecorder:
    from habilis.envs.ros.recording.recorder import RunRecorder

    recorder = stack.enter_context(
        RunRecorder(
            path,
            robot.joints.profile,
            scene=scene,
            command=wanted.command,
            clock=lambda: robot.joints.now,
        )
    )
    robot.joints.events.append(recorder)
    recorder.subscribe(robot.joints.transport)
    return recorder
