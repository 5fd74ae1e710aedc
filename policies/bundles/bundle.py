"""A trained policy in one file: what it is, what it fits, how good it is, and how it was made.

A bundle is a zip of ``manifest.json`` (everything that can be read without torch),
``weights.pth`` (tensors only) and ``normaliser.npz``. Loading one executes nothing from it. The
shipped ones stand in ``policies/bundles`` and go by their names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import itertools
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from habilis.assets import foreign
from habilis.assets.names import did_you_mean, visible
from habilis.policies.agents.learned import Learned, Normaliser
from habilis.policies.evaluation.provenance import versions
from habilis.policies.evaluation.statistics import rate
from habilis.policies.spaces import describe, differences, rebuild, zeros

FOLDER = Path(__file__).parent
FORMAT = 1
MANIFEST, WEIGHTS, NORMALISER = "manifest.json", "weights.pth", "normaliser.npz"
MOST = 256 * foreign.MEGABYTE
"""Bytes of a bundle, packed and unpacked."""
_ENTRIES = {"task": str, "options": dict, "spaces": dict, "config": dict, "versions": dict}
"""What acting with a policy reads of its manifest."""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same content makes the same file


class NotABundle(ValueError):
    """Raised when a file is something else than a bundle."""


def shipped() -> dict[str, Path]:
    """Return the bundles that come with the package, by name, with their files."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.zip"))}


def find(name: str | Path) -> Path:
    """The file of a shipped bundle, or the file itself.

    Raises:
      FileNotFoundError: neither; names the shipped ones.
    """
    path = shipped().get(str(name), Path(name))
    if not path.is_file():
        raise FileNotFoundError(f"no policy file {name}; {did_you_mean('bundle', name, shipped())}")
    return path


@dataclasses.dataclass(frozen=True)
class Bundle:
    """A policy with all that belongs to it.

    Attributes:
      manifest: see ``docs/evaluation.md``.
      files: name to content of the other members.
    """

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @classmethod
    def load(cls, name: str | Path) -> Bundle:
        """Read a bundle by the name of a shipped one or by its file.

        Raises:
          FileNotFoundError: there is none.
          NotABundle: the file is no bundle.
          ValueError: it is of another format, or its content is not what was hashed.
        """
        path = find(name)
        try:
            data = foreign.read_bytes(path, MOST)
            files = foreign.unzip(data, str(path), MOST, _is_member)
            manifest = foreign.parse(files.pop(MANIFEST), MANIFEST)
        except (foreign.ForeignFileError, KeyError) as error:
            raise NotABundle(f"{path} is no bundle: {error}") from error
        if not isinstance(manifest, dict) or not isinstance(manifest.get("sha256"), str):
            raise NotABundle(f"{path} is no bundle: its manifest holds no sha256")
        if manifest.get("format") != FORMAT:
            raise ValueError(f"{path} has format {manifest.get('format')!r}, this reads {FORMAT}")
        bundle = cls(manifest, files)
        if bundle.hash() != manifest["sha256"]:
            raise ValueError(
                f"{path} was changed after it was written: sha256 is {bundle.hash()[:12]}...,"
                f" its manifest says {manifest['sha256'][:12]}..."
            )
        return bundle

    @classmethod
    def load_policy(cls, name: str | Path) -> Bundle:
        """Read the bundle of a policy, as ``load`` does, make the policy, and have it act once.

        What is wrong with one shows here, before anything is built for it to act in.

        Raises:
          ImportError: torch or Stable-Baselines3 is missing; the message names the extra.
          NotABundle: besides, it holds something else than a policy.
          ValueError: besides, its policy cannot act; the message names the file and says why.
        """
        bundle, path = cls.load(name), find(name)
        if held := bundle.manifest.get("kind"):
            raise NotABundle(f"{path} holds {visible(str(held))[:40]}, want a policy")
        for key, kinds in _ENTRIES.items():
            if not isinstance(bundle.manifest.get(key), kinds):
                found = type(bundle.manifest.get(key)).__name__
                raise NotABundle(f"{path} holds no policy: {key} of its manifest is {found}")
        with foreign.understood(path, "no policy that can act"):
            seen = zeros(rebuild(bundle.manifest["spaces"]["observation"]))
            if not np.isfinite(bundle.agent().act(seen)).all():
                raise ValueError("its actions are no numbers")
        return bundle

    def save(self, path: Path) -> None:
        """Write the bundle's file, whole or not at all; its folder is made if need be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            text = json.dumps({**self.manifest, "sha256": self.hash()}, indent=1)
            for name, data in ((MANIFEST, text.encode()), *sorted(self.files.items())):
                member = zipfile.ZipInfo(name, _EPOCH)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, data)
        part.replace(path)

    def hash(self) -> str:
        """Return the SHA-256 of the manifest and all members."""
        data = {k: v for k, v in self.manifest.items() if k != "sha256"}
        total = hashlib.sha256(json.dumps(data, sort_keys=True).encode())
        for name, content in sorted(self.files.items()):
            total.update(name.encode() + hashlib.sha256(content).digest())
        return total.hexdigest()

    def differences(self, env: VectorEnv[Any, Any, Any], same_task: bool = True) -> list[str]:
        """All that keeps the policy from acting in an environment, a line each.

        Args:
          env: to act in.
          same_task: whether another task than trained on counts, even if it looks the same.
        """
        trained, given = self.manifest["spaces"], signature(env)
        lines = []
        task = task_of(env)
        if same_task and task and task != self.manifest["task"]:
            lines.append(f"task: trained on {self.manifest['task']}, given {task}")
        for name in ("observation", "action"):
            lines += differences(name, trained[name], given[name])
        old, new = trained.get("terms", {}), given.get("terms", {})
        for group in old.keys() & new.keys():
            lines += _terms(group, old[group], new[group])
        return lines

    def check(self, env: VectorEnv[Any, Any, Any], same_task: bool = True) -> None:
        """Check that the policy fits an environment.

        Raises:
          ValueError: it does not; the message lists all ``differences``.
        """
        if lines := self.differences(env, same_task):
            raise ValueError("the bundle does not fit:\n  " + "\n  ".join(lines))

    def check_task(self, task: str) -> None:
        """Check that the policy was trained on a task, before an environment of it is built.

        Raises:
          ValueError: it was trained on another one.
        """
        if task != (own := self.manifest["task"]):
            raise ValueError(f"the bundle does not fit:\n  task: trained on {own}, given {task}")

    def other_versions(self) -> list[str]:
        """Return a line for each package that has changed since training: scores may differ."""
        now = versions()
        return [
            f"{name}: trained with {then}, now {now.get(name) or 'missing'}"
            for name, then in self.manifest["versions"].items()
            if then != now.get(name)
        ]

    def agent(self) -> Learned:
        """Return the policy with its normalisation as an agent, on the CPU.

        Raises:
          ImportError: torch or Stable-Baselines3 is missing; the message names the extra.
        """
        return Learned(self.policy(), Normaliser.parse(self.files[NORMALISER]))

    def policy(self) -> Any:
        """Return the Stable-Baselines3 policy; it has a value function only if its weights do."""
        try:
            import torch

            from habilis.policies.learn.build import make_policy
        except ImportError as error:
            raise ImportError('a trained policy needs: pip install "habilis[rl]"') from error
        spaces = {k: rebuild(self.manifest["spaces"][k]) for k in ("observation", "action")}
        hidden = [int(w) for w in self.manifest["config"]["network"]["hidden"]]
        room = 4 * sum(a * b for a, b in itertools.pairwise(hidden))
        if room > len(self.files.get(WEIGHTS, b"")):
            raise ValueError(f"the network of {hidden[:8]} is larger than the weights given")
        policy = make_policy(self.manifest["config"], spaces["observation"], spaces["action"])
        given = torch.load(self.tensors(WEIGHTS), map_location="cpu", weights_only=True)
        if strange := [k for k, v in given.items() if not torch.isfinite(v).all()]:
            raise ValueError(f"weights hold what is no number: {strange[:4]}")
        left = policy.load_state_dict(given, strict=False)
        wanting = [k for k in left.missing_keys if not k.startswith("critic")]
        if wanting or left.unexpected_keys:
            raise ValueError(f"weights do not fit: {[*wanting, *left.unexpected_keys][:4]}")
        return policy

    def tensors(self, member: str) -> io.BytesIO:
        """A member with tensors, to be handed to ``torch.load`` with ``weights_only``.

        Raises:
          ValueError: it is missing, or would unpack to more than a bundle may hold.
        """
        if member not in self.files:
            raise ValueError(f"the bundle has no {member}")
        foreign.check_zip(self.files[member], member, MOST)
        return io.BytesIO(self.files[member])

    def line(self) -> str:
        """Return task, score and cost in a line, for a list."""
        m, score = self.manifest, self.manifest["score"]
        rated = rate(score["success"], score["episodes"]) if score else "not evaluated"
        whole, minutes = m["run"]["steps"], m["run"]["seconds"] / 60
        made = f"best at {m['steps']:,} of {whole:,} steps, {minutes:.1f} min on {m['machine']}"
        return visible(f"{m['task']}: success {rated}; {made}; {m['command']}")


def _is_member(name: str) -> bool:
    return name in (MANIFEST, NORMALISER) or (name.endswith(".pth") and "/" not in name)


def signature(env: VectorEnv[Any, Any, Any]) -> dict[str, Any]:
    """Return the spaces of one episode and, where known, the width of each observation term."""
    found = {
        "observation": describe(env.single_observation_space),
        "action": describe(env.single_action_space),
    }
    core: Any = getattr(env, "core", None)
    terms = core.terms() if hasattr(core, "terms") else {}
    return found | ({"terms": terms} if terms else {})


def task_of(env: VectorEnv[Any, Any, Any]) -> str:
    """Return the id of an environment, or '' if it has none."""
    return env.spec.id if env.spec is not None else getattr(getattr(env, "task", None), "id", "")


def _terms(group: str, old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    lines = [f"observation term {group}/{k} is missing" for k in old if k not in new]
    lines += [f"observation term {group}/{k} was not trained on" for k in new if k not in old]
    lines += [
        f"observation term {group}/{k} had {old[k]} numbers, has {new[k]}"
        for k in old
        if k in new and old[k] != new[k]
    ]
    shared = [[k for k in side if k in old and k in new] for side in (old, new)]
    if shared[0] != shared[1]:
        lines.append(f"observation terms of {group} stand in another order")
    return lines
