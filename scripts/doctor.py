"""habilis doctor: say what is installed, what renders, what is missing, and the line that fixes it.

Nothing heavy is imported here: what could fail, or abort the process, is tried in a child.
"""

import dataclasses
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from habilis.envs.media import broken_gl, gl

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;(?P<marker>.*))?")
_EXTRA = re.compile(r"""extra\s*==\s*["'](?P<extra>[^"']+)["']""")
_OLDEST_PYTHON = (3, 11)
_PHYSICS = """
import habilis.envs.sim.cpu, mujoco
model = mujoco.MjModel.from_xml_string('<mujoco><worldbody><geom size="1"/></worldbody></mujoco>')
mujoco.mj_step(model, mujoco.MjData(model))
"""


_DEVICES = """
import json
from habilis.envs.sim.warp import devices
print(json.dumps(dict(devices())))
"""


def doctor(as_json: bool = False) -> int:
    """Prints the report.

    Args:
      as_json: Print `collect`'s dict as JSON in place of text.

    Returns:
      The exit code: 0, or 1 if something is broken that every use of habilis needs.
    """
    report = collect()
    print(json.dumps(report, indent=2) if as_json else render_text(report))
    return 0 if report["ok"] else 1


def collect() -> dict[str, Any]:
    """Returns the findings, as plain JSON types.

    Keys: ``ok`` (nothing essential is broken), ``problems`` (each with ``what``, ``fix`` and
    ``essential``), ``python``, ``habilis``, ``packages`` (version or null, core only), ``extras``,
    ``rendering``, ``simulation`` (by back end of the physics, what it runs on) and ``machine``
    (``memory_gb`` in 10^9 bytes, null where unknown).
    """
    requirements = _requirements()
    checkout = _checkout()
    extras = {name: _extra(name, wanted, checkout) for name, wanted in requirements.items() if name}
    packages = {name: _version(name) for name, _ in requirements.get("", [])}
    rendering = _rendering()
    problems = _problems(packages, rendering)
    return {
        "ok": not any(problem["essential"] for problem in problems),
        "problems": problems,
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "habilis": {
            "version": _version("habilis"),
            "installed_from": _installed_from(checkout),
            "path": str(Path(__file__).parents[1] if checkout is None else checkout),
        },
        "packages": packages,
        "extras": extras,
        "rendering": rendering,
        "simulation": _simulation(),
        "machine": _machine(),
    }


def render_text(report: dict[str, Any]) -> str:
    """Format a report, as ``collect`` made it, for a person to read."""
    habilis, machine, rendering = report["habilis"], report["machine"], report["rendering"]
    memory = "unknown" if machine["memory_gb"] is None else f"{machine['memory_gb']:.1f} GB"
    lines = [
        f"habilis {habilis['version']} from a {habilis['installed_from']}, {habilis['path']}",
        f"Python {report['python']['version']}, {report['python']['executable']}",
        f"{machine['platform']}; {machine['cores']} cores, {memory} of memory",
        "",
        "packages",
        *(f"  {name:<24} {version or 'MISSING'}" for name, version in report["packages"].items()),
        "",
        "rendering",
        *(f"  {name:<24} {verdict}" for name, verdict in rendering["backends"].items()),
        f"  {'in use':<24} {rendering['chosen'] or 'none'}",
        "",
        "physics",
        *(f"  {name:<24} {what}" for name, what in report["simulation"].items()),
        "",
        "extras",
        *(f"  {name:<24} {_extra_line(extra)}" for name, extra in report["extras"].items()),
        "",
    ]
    for problem in report["problems"]:
        kind = "BROKEN" if problem["essential"] else "note"
        lines += [f"{kind}: {problem['what']}", f"  fix: {problem['fix']}"]
    lines.append("All that is essential works." if report["ok"] else "habilis cannot run here.")
    return "\n".join(lines)


def _extra_line(extra: dict[str, Any]) -> str:
    if not extra["installed"]:
        return f"without {', '.join(extra['missing'])}; {extra['install']}"
    present = ", ".join(f"{name} {version}" for name, version in extra["packages"].items())
    absent = f" (not here: {', '.join(extra['missing'])})" if extra["missing"] else ""
    return present + absent


def _requirements() -> dict[str, list[tuple[str, bool]]]:
    """Returns (package, needed on every platform) by extra; the core is under ``""``."""
    try:
        lines = importlib.metadata.requires("habilis") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    found: dict[str, list[tuple[str, bool]]] = {}
    for line in lines:
        match = _REQUIREMENT.match(line)
        if match is None:
            continue
        marker = match["marker"] or ""
        extra = _EXTRA.search(marker)
        rest = _EXTRA.sub("", marker).replace("and", "").strip(" ()")
        found.setdefault(extra["extra"] if extra else "", []).append((match["name"], not rest))
    return found


def _extra(name: str, wanted: list[tuple[str, bool]], checkout: Path | None) -> dict[str, Any]:
    versions = {package: _version(package) for package, _ in wanted}
    source = f'-e ".[{name}]"' if checkout else f'"habilis[{name}]"'
    return {
        "installed": all(versions[package] for package, everywhere in wanted if everywhere),
        "packages": {package: version for package, version in versions.items() if version},
        "missing": [package for package, version in versions.items() if not version],
        "install": f"pip install {source}",
    }


def _simulation() -> dict[str, str]:
    """Returns what each back end of the physics, as ``--sim`` names them, runs on."""
    found = {"cpu": f"{_machine()['cores']} cores"}
    try:
        child = _child(_DEVICES, dict(os.environ))
        devices: dict[str, str] = json.loads(child.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired) as error:
        return found | dict.fromkeys(("gpu", "warp-cpu"), str(error))
    except (IndexError, ValueError):
        why = (child.stderr.strip().splitlines() or [f"exit code {child.returncode}"])[-1]
        return found | dict.fromkeys(("gpu", "warp-cpu"), why)
    gpus = [f"{name} {what}" for name, what in devices.items() if name != "cpu"]
    return found | {"gpu": ", ".join(gpus) or "no CUDA device", "warp-cpu": "ok, for tests"}


def _rendering() -> dict[str, Any]:
    backends = gl.probe(refresh=True)
    return {
        "MUJOCO_GL": os.environ.get("MUJOCO_GL"),
        "backends": backends,
        "chosen": _in_use(backends),
    }


def _in_use(backends: dict[str, str]) -> str | None:
    """Returns what `gl.ensure` would settle on: a back end set by the user is not overruled."""
    asked = broken_gl.asked()
    if asked in backends:
        return asked if backends[asked] == gl.OK else None
    return None if asked in broken_gl.DISABLED or broken_gl.is_wrong() else gl.choose_backend()


def _problems(packages: dict[str, str | None], rendering: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def note(what: str, fix: str, *, essential: bool) -> None:
        found.append({"what": what, "fix": fix, "essential": essential})

    if sys.version_info < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        note(f"Python {platform.python_version()} is too old", f"use {oldest}+", essential=True)
    if not packages:
        note("habilis is not installed", "pip install -e .", essential=True)
    if missing := [name for name, version in packages.items() if version is None]:
        fix = f"pip install {' '.join(missing)}"
        note(f"core packages are missing: {', '.join(missing)}", fix, essential=True)
    elif reason := _physics_failure(dict(os.environ)):
        without_gl = {name: value for name, value in os.environ.items() if name != "MUJOCO_GL"}
        broken = _physics_failure(without_gl)
        reinstall = "pip install --force-reinstall habilis mujoco numpy"
        fix = reinstall if broken else f"unset MUJOCO_GL (it is {rendering['MUJOCO_GL']!r})"
        note(f"physics does not run: {reason}", fix, essential=True)
    if broken_gl.is_wrong():
        fix = f"unset MUJOCO_GL (it is {rendering['MUJOCO_GL']!r})"
        note("what MUJOCO_GL names is no back end: no command starts", fix, essential=True)
    elif rendering["chosen"] is None:
        note(
            "nothing can render here: films and camera images are off, states and physics work",
            _rendering_fix(rendering["backends"]),
            essential=False,
        )
    return found


def _rendering_fix(backends: dict[str, str]) -> str:
    """Returns the line that brings rendering back: a bad setting goes before a missing library."""
    works = [name for name, verdict in backends.items() if verdict == gl.OK]
    if works:
        return f"unset MUJOCO_GL (it is {os.environ.get('MUJOCO_GL')!r}; {', '.join(works)} works)"
    return f"as root: {gl.APT_LINE}"


def _physics_failure(environment: dict[str, str]) -> str | None:
    """Returns why one step of physics fails in a fresh process, or None."""
    try:
        child = _child(_PHYSICS, environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if child.returncode == 0:
        return None
    lines = child.stderr.strip().splitlines()
    return lines[-1] if lines else f"exit code {child.returncode}"


def _child(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _checkout() -> Path | None:
    """Returns the checkout's root for an editable install, else None."""
    root = Path(__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").is_file() else None


def _installed_from(checkout: Path | None) -> str:
    return "wheel" if checkout is None else "checkout"


def _machine() -> dict[str, Any]:
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "platform": platform.platform(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "memory_gb": _memory_gb(),
    }


def _memory_gb() -> float | None:
    """Returns the memory this process may use, the container's limit counted."""
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii"))
    except (OSError, ValueError):
        limit = total
    return round(min(total, limit) / 1e9, 1)


@dataclasses.dataclass(frozen=True)
class DoctorOptions:
    """Say what is installed, what renders, what is missing, and the line that fixes it."""

    json: bool = False
    """Print the findings as JSON."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    from habilis.scripts.shared.options import read_options

    return doctor(read_options(DoctorOptions, args, prog="habilis doctor").json)
