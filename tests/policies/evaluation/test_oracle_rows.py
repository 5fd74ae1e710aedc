"""Rows of scripted solutions: of a robot on legs no reach is told, as it walks anywhere."""

from habilis.policies.evaluation.verify import oracle_row


def test_a_robot_on_legs_has_a_row_without_reach() -> None:
    row, ended = oracle_row("habilis/TraverseSofaNotNeeded-v0", "2024", "", 0.0, 1, 0)
    assert row["robot"] == "go1" and "reach" not in row
    assert row["success"] == sum(e.success for e in ended) == 1
