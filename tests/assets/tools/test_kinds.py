"""Kinds of tools are what their folder holds."""

import math
import pkgutil

import pytest

from habilis.assets.pick.stand import slot
from habilis.assets.tools import TOOLS, families, make_tool
from habilis.assets.tools.registry import SUITE, forces_of


def test_every_file_of_the_folder_is_a_kind_of_tool() -> None:
    assert {file.name for file in pkgutil.iter_modules(families.__path__)} == set(TOOLS)


def test_what_was_trained_on_several_tools_keeps_its_rows_when_a_tool_joins() -> None:
    assert SUITE == ("tweezers", "tongs", "scissors", "pliers", "clothespin", "syringe")
    assert tuple(TOOLS)[: len(SUITE)] == SUITE and "hemostat" not in SUITE


def test_what_was_not_measured_of_a_tool_is_said() -> None:
    with pytest.raises(ValueError, match="forces of hemostat were not measured; those of tweezers"):
        forces_of("hemostat")


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_the_jaws_of_a_hemostat_meet_when_it_is_closed(size: str) -> None:
    tool = make_tool("hemostat", size)
    assert tool.gap(tool.joint.closed) < 0.0005 and 0.010 < tool.max_gap < 0.025
    assert {patch.role for patch in tool.patches if patch.bore} == {"thumb", "index", "middle"}


@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_the_blades_of_snips_pass_each_other_and_hang_on_a_stand(size: str) -> None:
    tool = make_tool("snips", size)
    edges = {p.half: p.part for p in tool.parts if p.part.name.endswith("_edge")}
    base, moving = edges["base"], edges["moving"]
    assert base.pos[1] + base.size[1] / 2 > 0 > moving.pos[1] - moving.size[1] / 2
    assert base.pos[2] - base.size[2] / 2 == 0 == moving.pos[2] + moving.size[2] / 2
    assert tool.sharpness == 2e-5 and make_tool("tweezers").sharpness == math.inf
    assert slot(tool).pivot > tool.edge[1][0]
