"""A URDF may come from anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from habilis.assets.robots.loaded.urdf import speeds

LAUGHS = '<!DOCTYPE robot [<!ENTITY a "aaaa">]><robot name="r"><link name="&a;"/></robot>'


@pytest.mark.parametrize(
    ("text", "said"),
    [(LAUGHS, "entities of its own"), ("<robot", "no XML"), ("<mujoco/>", "expected a <robot>")],
)
def test_what_is_no_plain_urdf_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "arm.urdf"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        speeds(path)
