"""`habilis scene check|show`: what stands in a scene file, in words and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from habilis.envs.media.gl import RenderingUnavailable
from habilis.scripts import cli

SCENE = """\
name: demo
instruction: Pick up the milk.
workspace: {x: [0.05, 0.45], y: [-0.25, 0.25], z: [0.01, 0.3]}
objects:
  milk: {pos: [HERE], shape: box, size: [0.04, 0.04, 0.16]}
  mug: {pos: [0.7, 0], shape: cylinder, size: [0.06, 0.08], mass: 0.2}
goal: held(milk) and lifted(milk, 0.05)
"""


def scene(tmp_path: Path, pos: str, goal: str = "") -> str:
    path, text = tmp_path / "f.yaml", SCENE.replace("HERE", pos)
    path.write_text(text.replace("held(milk) and lifted(milk, 0.05)", goal) if goal else text)
    return str(path)


def test_a_sound_scene(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scene", "check", scene(tmp_path, "0.3, 0.1")]) == 0
    said = capsys.readouterr().out
    assert "milk  in reach, moves 0." in said and "mug   25 cm out of reach" in said
    assert "reach: " in said and "NOT" not in said


def test_what_floats_and_a_goal_that_holds_are_amiss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["scene", "check", scene(tmp_path, "0.3, 0.1, 0.2")]) == 1
    assert "NOT  milk floats: it falls 0.12" in capsys.readouterr().out
    assert cli.main(["scene", "check", scene(tmp_path, "0.3, 0.1", "near(milk, mug, 2.5)")]) == 1
    assert "NOT  the goal holds at once: near(milk, mug, 2.5)" in capsys.readouterr().out


def test_show_says_places_sizes_and_masses_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "new" / "views.png"
    try:
        code = cli.main(["scene", "show", scene(tmp_path, "0.3, 0.1"), "--picture", str(picture)])
    except RenderingUnavailable as error:
        pytest.skip(str(error))
    said = capsys.readouterr().out
    assert code == 0 and "(0.300, 0.100, 0.080) m, 4.0 x 4.0 x 16.0 cm, 0.1 kg, free" in said
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_what_an_instruction_does_to_a_terminal_is_written_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(scene(tmp_path, "0.3, 0.1"))
    hostile = r'"Pick it up\e[1A\e[2K\u202E\u2028\nNOT  forged"'
    path.write_text(path.read_text().replace("Pick up the milk.", hostile))
    assert cli.main(["scene", "show", str(path)]) == 0
    said = capsys.readouterr().out
    assert "demo: Pick it up\\x1b[1A\\x1b[2K\\u202e\\u2028\\nNOT  forged\n" in said
    assert not set("\x1b\u202e\u2028") & set(said)
