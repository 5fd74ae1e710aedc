"""Hostile files are refused in one short message, whoever opens them, without waiting for them."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from habilis.assets import foreign
from habilis.assets.dextool.sequences import _read as read_sequence
from habilis.assets.names import did_you_mean, told, visible
from habilis.envs.dextool.holding.grasping import load_grasps
from habilis.envs.ros.tags.pairs import load_pairs
from habilis.llm_planner.library.maker import load_demo
from habilis.llm_planner.library.store import load_library
from habilis.llm_planner.model.recorder import load
from habilis.llm_planner.pipeline.memory import load_memory
from habilis.llm_planner.report.page import read_run
from habilis.llm_planner.run.plan import load_plan, parse_plan
from habilis.llm_planner.studio.recorded import read_recorded
from habilis.policies.agents.learned import Normaliser
from habilis.policies.bundles.bundle import Bundle, NotABundle
from habilis.policies.spaces import rebuild

READERS: list[Callable[[Path], object]] = [load_plan, load_library, load_memory, load, Bundle.load]
readers = pytest.mark.parametrize("read", READERS, ids=["plan", "library", "memory", "rec", "zip"])


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """What a reader says of a file."""
    with pytest.raises((ValueError, OSError)) as caught:
        read(path)
    assert len(str(caught.value)) < 2000 and str(caught.value).isprintable()
    return str(caught.value)


@readers
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    said = refusal(read, tmp_path / "pipe")
    assert "no ordinary file" in said or "no policy file" in said


@readers
@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_not_read(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    refusal(read, tmp_path / "zero")


@readers
def test_a_file_without_end_is_not_read_whole(
    read: Callable[[Path], object], tmp_path: Path
) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**32)
    assert "bytes are too many" in refusal(read, tmp_path / "large")


@readers
def test_endless_brackets_are_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("[" * 100_000)
    refusal(read, tmp_path / "deep")


def _demo(path: Path) -> object:
    path.rename(path.with_name("run.json"))
    return load_demo(path.parent)


def _show(path: Path) -> object:
    path.rename(path.with_name("run.json"))
    return read_recorded(path.parent)


VALUES: list[Callable[[Path], object]] = [
    load_library, load_grasps, load_pairs, read_sequence, _demo, _show,
]  # fmt: skip
NUMBER = "1" + 400 * "0"  # an integer that is no float


@pytest.mark.parametrize("read", VALUES, ids=lambda read: read.__qualname__)
@pytest.mark.parametrize(
    "text",
    [
        "null", "7", "[]", "[[]]", '["a"]', "{}", '{"pose": {}, "q": [[1], [1, 2]]}',
        f'{{"size": {NUMBER}, "pairs": 7}}', f'{{"start_pose": [{NUMBER}], "goals": [[7]]}}',
        f'{{"scene": {{"name": []}}, "seed": 1, "variation": {NUMBER}}}',
        '{"scene": {"name": "x"}, "seed": Infinity, "variation": 0, "execution": {"success": 1}}',
        '[{"skill": {"steps": [{"skill": []}]}, "trials": {}}]',
    ],
)  # fmt: skip
def test_values_of_another_kind_are_one_message(
    read: Callable[[Path], object], text: str, tmp_path: Path
) -> None:
    (tmp_path / "file.json").write_text(text)
    if read is load_library and text == "[]":  # an empty one
        return
    assert str(tmp_path) in refusal(read, tmp_path / "file.json")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("a"), "f.json holds no plan: KeyError: 'a'"),
        (RecursionError("deep"), "f.json holds no plan: RecursionError: deep"),
        (ValueError("x\x1b[1Ay"), "f.json holds no plan: x\\x1b[1Ay"),
        (ValueError("f.json:3: wrong"), "f.json:3: wrong"),
        (AssertionError("f.json"), "f.json holds no plan: AssertionError: f.json"),
    ],
)
def test_whatever_goes_wrong_with_what_a_file_says_names_it(error: Exception, said: str) -> None:
    with pytest.raises(ValueError) as caught, foreign.understood("f.json", "no plan"):
        raise error
    assert str(caught.value) == said


def test_a_key_given_twice_is_refused() -> None:
    step = '{"skill": "grasp", "args": {"object": "milk", "object": "hammer"}}'
    with pytest.raises(ValueError, match="key 'object' is given twice"):
        parse_plan(f'{{"steps": [{step}]}}')


def test_the_record_of_a_run_may_be_hostile_too(tmp_path: Path) -> None:
    (tmp_path / "run.json").symlink_to("/dev/zero")
    refusal(read_run, tmp_path)


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip archive in memory."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_small_archive_that_unpacks_to_much_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped({"weights.pth": bytes(300 * 2**20)})
    (tmp_path / "bomb.zip").write_bytes(bomb)
    assert len(bomb) < 2**20
    assert "it unpacks to 314572800 bytes" in refusal(Bundle.load, tmp_path / "bomb.zip")
    inner = zipped({"mean/x.npy": bytes(70 * 2**20)})
    with pytest.raises(ValueError, match="it unpacks to"):
        Normaliser.parse(inner)


@pytest.mark.parametrize("name", ["../manifest.json", "code.py", "data", "policy.pkl"])
def test_a_bundle_holds_nothing_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"manifest.json": b"{}", name: b"x"}))
    with pytest.raises(NotABundle, match="it holds"):
        Bundle.load(tmp_path / "a.zip")


@pytest.mark.parametrize("manifest", [b"[]", b"7", b'{"sha256": 3}', b"[" * 10**5, b"\xff"])
def test_a_strange_manifest_is_no_bundle(manifest: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"manifest.json": manifest}))
    with pytest.raises(NotABundle):
        Bundle.load(tmp_path / "a.zip")


def test_a_space_of_a_bundle_is_of_the_size_of_an_observation() -> None:
    box = {"kind": "Box", "shape": [10**6, 10**6], "dtype": "float32", "low": 0.0, "high": 1.0}
    some = {"kind": "Dict", "spaces": {str(k): {**box, "shape": [10**6]} for k in range(11)}}
    for data in (box, some, {"kind": "Tuple"}):
        with pytest.raises(ValueError, match="larger than any observation|no 'Tuple' space"):
            rebuild(data)


def test_a_plan_has_a_bounded_number_of_steps() -> None:
    steps = [{"skill": "grasp", "args": {"object": "a"}}] * 501
    with pytest.raises(ValueError, match="at most 500 steps, got 501"):
        parse_plan(json.dumps({"steps": steps}))


def test_a_long_name_is_not_echoed() -> None:
    for kind in ({"skill": "x" * 900_000}, {"skill": "lift", "args": {"y" * 900_000: 1}}):
        with pytest.raises(ValueError) as caught:
            parse_plan(json.dumps({"steps": [kind]}))
        assert len(str(caught.value)) < 1100
    many = [f"thing_{i}" for i in range(3000)]
    assert len(did_you_mean("thing", "z" * 10**7, many)) < 2000
    said = did_you_mean("thing", "thin_77", many)
    assert "did you mean 'thing_77'? 10 of 3000 known: thing_77, " in said and said.count(",") == 9


# ---- texts of others


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[1Ab", "a\\x1b[1Ab"),
        ("a\u2028b\rc\fd\x0be\x85f", "a\\u2028b\\rc\\x0cd\\x0be\\x85f"),
        ("\u202etxt.exe\u200b\ufeff", "\\u202etxt.exe\\u200b\\ufeff"),
        ("\ud800", "\\ud800"),
        ("Gr\u00f6\u00dfe 3 \u00b5m \u6c34\t\u2713", "Gr\u00f6\u00dfe 3 \u00b5m \u6c34\t\u2713"),
    ],
)
def test_what_acts_or_hides_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert told(f"one\n{text}") == f"one\n    {shown}"


def test_a_file_within_its_bound_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("\ufeffhello", encoding="utf-8")
    assert foreign.read_text(tmp_path / "a") == "hello"
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(foreign.ForeignFileError, match="not text in UTF-8"):
        foreign.read_text(tmp_path / "a")
