"""`habilis scene check|show`: what stands in a scene file, in words and pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{pos: [0.3, 0], shape: box, size: [0.002, 0.002, 0.002], mass: 0.001}", "in reach"),
        ("{pos: [0.3, 0], shape: box, size: [0.05, 0.05, 0.33]}", "in reach"),
        ("{pos: [0.2, 0.1], shape: box, size: [0.05, 0.05, 0.6]}", "25 cm out of reach"),
        ("{pos: [0.3, 0, -0.1], sunk: true, fixed: true, shape: box, size: [0.1, 0.1, 0.04]}",
         "11 cm out of reach"),
        ("{grains: {count: 5, size: 0.01, mass: 0.001, within: bowl}}", "in reach"),
    ],
)  # fmt: skip
def test_what_is_in_reach_is_what_a_hand_from_above_comes_to(
    line: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walls = "".join(
        f"{{name: {n}, shape: box, size: {size}, pos: {pos}}}, "
        for n, size, pos in (
            ("f", "[0.1, 0.1, 0.004]", "[0, 0, 0]"),
            ("a", "[0.1, 0.004, 0.04]", "[0, 0.048, 0.02]"),
            ("b", "[0.1, 0.004, 0.04]", "[0, -0.048, 0.02]"),
            ("c", "[0.004, 0.1, 0.04]", "[0.048, 0, 0.02]"),
            ("d", "[0.004, 0.1, 0.04]", "[-0.048, 0, 0.02]"),
        )
    )
    path = Path(scene(tmp_path, "0.3, 0.2"))
    bowl = f"  bowl: {{pos: [0.3, -0.1], parts: [{walls}]}}\n"
    text = path.read_text().replace("goal:", f"  thing: {line}\n{bowl}goal:")
    path.write_text(text)
    cli.main(["scene", "check", str(path)])
    (said,) = (row for row in capsys.readouterr().out.splitlines() if row.startswith("  thing"))
    assert said.split("  ", 2)[2].strip().startswith(told), said


@pytest.mark.parametrize("name", ["views.txt", "views", "", "scene.yaml"])
def test_a_picture_in_no_format_is_refused_before_anything_is_looked_at(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = scene(tmp_path, "0.3, 0.1")
    assert cli.main(["scene", "check", path, "--picture", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert not said.out and "no format of pictures; end it in .png, .jpg or .webp" in said.err


def test_a_picture_that_is_not_written_is_not_told_of(tmp_path: Path) -> None:
    from habilis.envs.media.film import save_picture

    (tmp_path / "taken.png").mkdir()
    with pytest.raises(OSError, match=r"taken\.png"):
        save_picture(tmp_path / "taken.png", np.zeros((8, 8, 3), np.uint8))


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
