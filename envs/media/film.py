"""Films: files with a caption bar, and a recorder that films a simulation after the run.

The ending of the name chooses the codec: VP8 in ``.webm`` takes a quarter of the time that VP9 in
``.mp4`` does, and browsers show both. The OpenCV of the package index writes no H.264 on Linux.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from habilis.assets.arrays import Array
from habilis.envs.closing import Closing
from habilis.envs.control.arm import TICK
from habilis.envs.media.captions import BAR, Caption, draw_bar
from habilis.envs.world.seeing.cameras import (
    Cameras,
    Image,
)
from habilis.envs.world.world import World

CODECS = ("vp09", "mp4v") if sys.platform == "linux" else ("avc1", "vp09", "mp4v")
"""Tried in this order; ``mp4v`` is not shown by browsers."""
WEBM = ("VP80", "VP90")
"""The same for files whose name ends in ``.webm``."""

FPS = 20.0
EVERY_TICKS = 5
"""Control periods per picture; with ``FPS`` a film runs at twice the speed, and its bar says so."""

SIZE = (640, 480)
_WAITING = 8  # frames the encoder may lie behind
_STILL = 3e-4  # m or rad; where nothing has moved farther, a picture is the one before


class Film(Closing):
    """Writes a film; use it as a context manager.

    The file is made at the first frame. Encoding runs in a thread beside the caller's rendering.

    Args:
      path: file to write; its folder is made.
      fps: pictures per second, shown at this rate.
      size: width and height of the pictures, even numbers.
      bar: whether a caption bar of ``BAR`` pixels comes above them.

    Attributes:
      codec: which of ``CODECS`` or ``WEBM`` is used; empty before the first frame.
      frames: how many were added.
    """

    def __init__(
        self, path: Path | str, fps: float = FPS, size: tuple[int, int] = SIZE, bar: bool = True
    ) -> None:
        if any(side <= 0 or side % 2 for side in size):
            raise ValueError(f"film size must be even and positive, got {size}")
        self.path, self.fps, self.size, self._bar = Path(path), fps, size, bar
        self.codec, self.frames = "", 0
        self._writer: Any = None
        self._encoder = ThreadPoolExecutor(1, "film")
        self._waiting: deque[Future[None]] = deque()

    def add(self, frame: Image, caption: Caption | str | None = None) -> None:
        """Add a picture (height, width, 3), red green blue 0-255, and what the bar says.

        Raises:
          ValueError: the picture is not of the film's size.
          RuntimeError: no codec works here, or the film is closed.
        """
        width, height = self.size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise ValueError(
                f"film takes uint8 ({height}, {width}, 3), got {frame.dtype} {frame.shape}"
            )
        if self._writer is None:
            self._open()
        said = Caption(caption) if isinstance(caption, str) else caption or Caption()
        self._waiting.append(self._encoder.submit(self._encode, frame, said))
        self.frames += 1
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Finish the file; RuntimeError if it could not be written. Closing twice is fine."""
        try:
            while self._waiting:
                self._waiting.popleft().result()
        finally:
            self._encoder.shutdown()
            if self._writer is not None:
                self._writer.release()
        if self.frames and not self.path.stat().st_size:
            raise RuntimeError(f"nothing was written to {self.path}: is the disk full?")

    def _encode(self, frame: Image, caption: Caption) -> None:
        whole = draw_bar(frame, caption) if self._bar else frame
        self._writer.write(whole[..., ::-1])

    def _open(self) -> None:
        import cv2

        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = (self.size[0], self.size[1] + BAR * self._bar)
        codecs = WEBM if self.path.suffix == ".webm" else CODECS
        for codec in codecs:
            fourcc = cv2.VideoWriter.fourcc(*codec)
            with _unsaid():
                writer = cv2.VideoWriter(str(self.path), fourcc, self.fps, whole)
            if writer.isOpened():
                self._writer, self.codec = writer, codec
                return
        raise RuntimeError(
            f"cannot write a film to {self.path}: none of the codecs {', '.join(codecs)} works with"
            f" OpenCV {cv2.__version__}, or the folder is read-only"
        )


@contextlib.contextmanager
def _unsaid() -> Iterator[None]:
    """Keeps off the terminal that OpenCV knows no tag for VP8 in WebM, which needs none."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no terminal
        yield
        return
    try:
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@dataclasses.dataclass(frozen=True)
class Moment:
    """One recorded instant: joint positions (nq,), time in s, and what the bar says."""

    qpos: Array
    time: float
    caption: Caption


class Recorder(Closing):
    """Keeps the states of one simulation as it runs, and films them afterwards.

    Rendering costs more than the physics, so ``__call__`` only copies a row of numbers; the
    pictures are made by ``develop``. As a context manager it develops at the end, also when the
    run failed. Develop before the simulation is reset: what the reset randomises of the model, such
    as where furniture stands, is drawn as it is then.

    Args:
      world: what runs.
      sim: which simulation.
      film: where the pictures go; the caller closes it.
      every_ticks: control periods per picture; with the film's rate it makes the speed.
      period: s between two calls, where it is not called in each control period.
      camera: whose view.
      shadows: draw them; about twice the time.

    Attributes:
      caption: what the bar says from now on; its time and speed are filled in.
      moments: what was recorded.
    """

    def __init__(
        self,
        world: World,
        sim: int,
        film: Film,
        every_ticks: int = EVERY_TICKS,
        camera: str = "front",
        shadows: bool = True,
        period: float = TICK,
    ) -> None:
        if every_ticks < 1:
            raise ValueError(f"every_ticks must be at least 1, got {every_ticks}")
        self.caption = Caption()
        self.moments: list[Moment] = []
        self._world, self._sim, self._film = world, sim, film
        self._every, self._camera, self._shadows = every_ticks, camera, shadows
        self._speed = round(film.fps * every_ticks * period, 2)
        self._qpos, self._ticks, self._done = world.sim.bind("qpos"), 0, 0

    def __call__(self) -> None:
        """Note the present, if it is time for a picture; fits ``SimRobot.on_tick``."""
        if self._ticks % self._every == 0:
            now = float(self._world.time[self._sim].item())
            said = dataclasses.replace(self.caption, time=now, speed=self._speed)
            self.moments.append(Moment(self._qpos[self._sim].copy(), now, said))
        self._ticks += 1

    def develop(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Render what was recorded since the last call into the film.

        Args:
          progress: called after each picture with how many are done and how many there are.

        Raises:
          RenderingUnavailable: no OpenGL here; the message says what to install.
        """
        width, height = self._film.size
        todo = self.moments[self._done :]
        if not todo:
            return
        with Cameras(self._world, self._shadows, outline=True) as cameras:
            frame, drawn = None, todo[0].qpos
            for count, moment in enumerate(todo, 1):
                if frame is None or np.abs(moment.qpos - drawn).max() > _STILL:
                    drawn = moment.qpos
                    frame = cameras.state(self._camera, width, height, drawn, self._sim)
                self._film.add(frame, moment.caption)
                if progress is not None:
                    progress(count, len(todo))
        self._done = len(self.moments)

    def picture(self, moment: int, width: int = SIZE[0], height: int = SIZE[1]) -> Image:
        """A still (height, width, 3) of a recorded moment, counted as in a list, smooth edges."""
        with Cameras(self._world, self._shadows, 4, outline=True) as cameras:
            qpos = self.moments[moment].qpos
            return cameras.state(self._camera, width, height, qpos, self._sim)

    def close(self) -> None:
        """Film what has not been filmed."""
        self.develop()


def save_picture(path: Path, picture: Image) -> None:
    """Write a picture (H, W, 3), red green blue 0-255, as the format its name says.

    Raises:
      ValueError: the name says no format of pictures.
      OSError: the file cannot be written.
    """
    import cv2

    check_picture(path)
    done, data = cv2.imencode(path.suffix, picture[..., ::-1])
    if not done:
        raise ValueError(f"{path}: a picture of shape {picture.shape} cannot be written so")
    path.write_bytes(data.tobytes())


def check_picture(path: Path) -> None:
    """Check that the name of a picture says a format that can be written; ValueError if not."""
    import cv2

    if not cv2.haveImageWriter(path.name):
        raise ValueError(f"{path}: no format of pictures; end it in .png, .jpg or .webp")


def png(picture: Image) -> bytes:
    """A picture (H, W, 3), red green blue 0-255, as the bytes of a PNG file."""
    import cv2

    done, data = cv2.imencode(".png", picture[..., ::-1])
    if not done:
        raise RuntimeError(f"a picture of shape {picture.shape} cannot be written as PNG")
    return data.tobytes()


def read_stills(
    film: Path, times: Sequence[float], width: int, bar: bool = True
) -> list[bytes | None]:
    """JPEG pictures of a film.

    Args:
      film: file.
      times: ascending, in s of the film.
      width: of the pictures, pixels.
      bar: whether to keep the caption bar.

    Returns:
      One a time; None where the film cannot be read.
    """
    import cv2

    reader = cv2.VideoCapture(str(film))
    fps = reader.get(cv2.CAP_PROP_FPS) or 1.0
    last = reader.get(cv2.CAP_PROP_FRAME_COUNT) - 1
    shown, frame, found = -1, None, list[bytes | None]()
    for wanted in (round(min(max(0.0, t * fps), last)) for t in times):
        while shown < wanted and reader.grab():
            shown, frame = shown + 1, None
        if frame is None and shown >= 0:
            frame = reader.retrieve()[1]
        found.append(None if frame is None else _jpeg(np.asarray(frame, np.uint8), width, bar))
    reader.release()
    return found


def read_frames(film: Path) -> Iterator[Image]:
    """The pictures (height, width, 3) of a film, in order; none where it cannot be read."""
    import cv2

    reader = cv2.VideoCapture(str(film))
    try:
        while (read := reader.read())[0]:
            yield np.ascontiguousarray(read[1][..., ::-1], np.uint8)
    finally:
        reader.release()


def _jpeg(image: Image, width: int, bar: bool) -> bytes | None:
    import cv2

    if not bar and image.shape[0] > 2 * BAR:
        image = image[BAR:]
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    ok, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])
    return data.tobytes() if ok else None
