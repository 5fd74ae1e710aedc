"""The package as others get it: built, installed in an empty environment, run outside the checkout.

Everything is built from a copy, so that the checkout stays clean and no leftover gets in.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from habilis.envs.media import gl

ROOT = Path(__file__).parents[1]
LAYERS = ("assets", "envs", "llm_planner", "policies", "scripts")
DATA = (".html", ".json", ".png", ".txt", ".yaml", ".zip")
EPISODE = """
import gymnasium, habilis
env = gymnasium.make("habilis/ReachMilk-v0")
env.reset(seed=0)
for _ in range(20):
    env.step(env.action_space.sample())
print(habilis.__file__)
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Runs `command` with nothing of this environment on Python's path; returns its output."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def uv() -> str:
    """The project's uv: beside the interpreter, else on the path."""
    found = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    found = found or shutil.which("uv")
    assert found, "uv is missing: pip install -e '.[dev]'"
    return found


def environment_with(folder: Path, *requirement: str | Path) -> Path:
    """Makes a virtual environment in `folder` holding `requirement`; returns its programs."""
    run(uv(), "venv", "--quiet", "--python", sys.executable, folder, cwd=ROOT)
    bin_ = folder / ("Scripts" if os.name == "nt" else "bin")
    command = (uv(), "pip", "install", "--quiet", "--python", bin_ / "python")
    constraints = ROOT / "constraints.txt"
    run(*command, "--constraint", constraints, *requirement, cwd=folder)
    return bin_


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a fresh clone holds, as far as the build can see."""
    copy = tmp_path_factory.mktemp("clone") / "habilis"
    copy.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "*.egg-info")
    for name in (*LAYERS, "src"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(uv(), "build", "--quiet", "--wheel", "--out-dir", out, cwd=checkout)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel, its requirements and nothing else."""
    return environment_with(tmp_path_factory.mktemp("empty") / "venv", wheel)


def expected_files(checkout: Path) -> set[str]:
    return {
        f"habilis/{path.relative_to(checkout).as_posix()}"
        for layer in LAYERS
        for path in (checkout / layer).rglob("*")
        if path.suffix in (".py", *DATA)
    } | {"habilis/__init__.py", "habilis/__main__.py", "habilis/py.typed"}


@pytest.mark.slow
def test_wheel_holds_every_module_and_data_file_under_one_name(wheel: Path, checkout: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    package = {name for name in names if ".dist-info/" not in name}
    assert package == expected_files(checkout)
    assert {name.split("/")[0] for name in package} == {"habilis"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_wheel_made_from_the_source_archive_is_the_same(
    wheel: Path, checkout: Path, tmp_path: Path
) -> None:
    run(uv(), "build", "--quiet", "--out-dir", tmp_path, cwd=checkout)  # sdist, and a wheel from it
    (again,) = tmp_path.glob("*.whl")
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_doctor_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    report = json.loads(run(installed / "habilis", "doctor", "--json", cwd=tmp_path))
    assert report["ok"]
    assert report["habilis"]["installed_from"] == "wheel"
    assert not report["extras"]["rl"]["installed"]


@pytest.mark.slow
def test_an_episode_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    where = Path(run(installed / "python", "-c", EPISODE, cwd=tmp_path).strip().splitlines()[-1])
    assert where.is_relative_to(installed.parent)


@pytest.mark.slow
def test_editable_install_sees_new_files_and_no_top_level_folder(
    checkout: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "my clone"  # the space is meant
    shutil.copytree(checkout, copy, symlinks=True)
    programs = environment_with(tmp_path / "venv", "--editable", copy)
    (copy / "envs" / "added_later.py").write_text("VALUE = 7\n", encoding="utf-8")
    code = (
        "import sys, habilis.envs, habilis.envs.added_later as a; "
        "assert 'envs' not in sys.modules; print(a.VALUE)"
    )
    assert run(programs / "python", "-c", code, cwd=copy).strip() == "7"


def test_constraints_pin_every_requirement_and_name_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {line.split("==")[0] for line in text.splitlines() if "==" in line.split(";")[0]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    names = {re.split(r"[\[<>=;, ]", line)[0].lower() for line in wanted} - {project["name"]}
    assert names <= pinned
    assert not re.search(r"://|^\s*-|\+cpu| @ ", text, flags=re.MULTILINE)


def test_oldest_tools_of_the_tests_are_those_that_test_lowest_runs() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    (tools,) = re.findall(r"^SMOKE_TOOLS := (.*)$", text, flags=re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(tools.split()) <= set(project["optional-dependencies"]["dev"])


def test_makefile_installs_the_rendering_libraries_that_the_error_names() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.findall(r"^GL_(?:PACKAGES|FALLBACK) := (.*)$", text, flags=re.MULTILINE)
    assert " ".join(listed).split() == list(gl.APT_PACKAGES)


def test_version_is_written_once_the_same() -> None:
    import habilis

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["version"] == habilis.__version__
    assert f"## [{habilis.__version__}]" in changelog
