"""habilis policies export: write a trained policy as an ONNX file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import tyro

from habilis.scripts.shared.options import read_options
from habilis.scripts.shared.results import show


@dataclasses.dataclass(frozen=True)
class PoliciesExportOptions:
    """Write a trained policy as an ONNX file, to act where there is neither torch nor habilis.

    Normalisation and the bounds of actions are in it. It is compared with the policy on random
    observations before it is written.
    """

    policy: Annotated[str, tyro.conf.Positional]
    """Bundle: the name of a shipped one (habilis list bundles), or a file."""
    onnx: Path | None = None
    """File to be written; out/NAME.onnx if left out."""


def command(args: list[str]) -> int:
    """Entry of the command."""
    o = read_options(PoliciesExportOptions, args, prog="habilis policies export")
    from habilis.policies.bundles.bundle import Bundle

    bundle = Bundle.load_policy(o.policy)
    try:
        from habilis.policies.bundles import onnx_file
    except ImportError as error:
        raise ImportError('an ONNX file needs: pip install "habilis[rl,onnx]"') from error
    path = o.onnx or Path("out") / f"{Path(o.policy).stem}.onnx"
    found = onnx_file.save(bundle, path)
    size = path.stat().st_size / 1024
    show(f"{path}: {size:.0f} KiB; its actions differ by at most {found:.1g} from the policy's")
    return 0
