"""The films of one run: what the robot did, and how it was rehearsed in a copy of the world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from habilis.envs.closing import Closing
from habilis.envs.media.captions import Caption
from habilis.envs.media.film import EVERY_TICKS, FPS, Film, Recorder, save_picture
from habilis.envs.robot.robot import SimRobot, WorldRobot
from habilis.llm_planner.report.record import Files
from habilis.policies.skills.executor import Watch

STILL = 25  # calls of the recorder on how it ended, for a viewer to read the caption
COARSE = 2
"""How much rarer the pictures of the rehearsal are; with no shadows it costs a sixth."""
SMALL = (400, 300)


class Reel(Closing):
    """Records while a run goes on, and films it afterwards. Use it as a context manager.

    Args:
      folder: of the run.
      robot: that executes, n = 1; its present state is the first picture.
    """

    def __init__(self, folder: Path, robot: WorldRobot) -> None:
        self._stack = ExitStack()
        self._film = self._stack.enter_context(Film(folder / "film.webm"))
        self._copy = self._stack.enter_context(Film(folder / "rehearsal.webm", FPS / COARSE, SMALL))
        self._folder, self._recorder = folder, Recorder(robot.world, 0, self._film)
        self._rehearsal: Recorder | None = None
        self._recorder()

    def close(self) -> None:
        """Finish the films."""
        self._stack.close()

    def show(self, robot: SimRobot) -> Watch:
        """Begin to record a rehearsal, in place of any earlier one.

        Returns:
          What is to be called in every control period of the rehearsal.
        """
        recorder = Recorder(robot.world, 0, self._copy, EVERY_TICKS * COARSE, shadows=False)
        self._rehearsal = recorder
        return lambda runner: _note(recorder, f"in a copy: {runner.running}")

    def execution(self, text: str) -> None:
        """Record the present state of the robot that executes, with a caption."""
        _note(self._recorder, text)

    def end(self, text: str) -> None:
        """Keep the last picture for a while, with a caption that says how the run ended."""
        for _ in range(STILL):
            self.execution(text)

    def develop(self, say: Callable[[str], None]) -> Files:
        """Make the films, of what moved, and the picture of how the scene was before.

        Raises:
          RenderingUnavailable: no OpenGL here; the message says what to install.
        """
        recorder, rehearsal = self._recorder, self._rehearsal
        save_picture(self._folder / "scene.png", recorder.picture(0))
        film = copy = None
        start = 0.0
        if len(recorder.moments) > 1:
            say(f"filming the run: {len(recorder.moments)} pictures")
            recorder.develop(lambda done, total: _tell(done, total, say))
            film = self._film.path.name
        if rehearsal is not None and rehearsal.moments:
            say(f"filming the rehearsal: {len(rehearsal.moments)} pictures")
            rehearsal.develop()
            copy, start = self._copy.path.name, rehearsal.moments[0].time
        return Files(film, "scene.png", copy, start)


def _note(recorder: Recorder, text: str) -> None:
    recorder.caption = Caption(text)
    recorder()


def _tell(done: int, total: int, say: Callable[[str], None]) -> None:
    quarter = max(1, total // 4)
    if done % quarter == 0:
        say(f"  {done} of {total}")
