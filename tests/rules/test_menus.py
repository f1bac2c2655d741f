"""Menus show what their reader can do, and no more."""

from __future__ import annotations

import pytest

from models.rules.menus import commands_of, menu_kind
from models.rules.permissions import Actor, Held


@pytest.mark.parametrize(
    "roles, kind",
    [
        (("coordinator",), "coordinator"),
        (("secretary", "coordinator"), "coordinator"),
        (("administrator",), "office"),
        (("secretary",), "office"),
        (("officer",), "office"),
        (("leader",), "head"),
        (("commander",), "head"),
        (("coordinator", "deputy"), "head"),  # who owes a report has it in the menu, whatever else they are
        (("member", "founder"), "member"),
        (("founder",), "founder"),
        ((), "stranger"),
    ],
)
def test_a_menu_follows_from_what_its_reader_answers_for(roles: tuple[str, ...], kind: str) -> None:
    held = tuple(Held(role, number, f"/{number}/") for number, role in enumerate(roles, 1))
    assert menu_kind(Actor(1, held)) == kind


def test_only_who_writes_a_report_is_offered_one() -> None:
    kinds = ("office", "coordinator", "head", "member", "founder", "stranger")
    assert [kind for kind in kinds if "baocao" in commands_of(kind)] == ["coordinator", "head"]


def test_a_head_finds_the_board_and_the_unit_too() -> None:
    assert set(commands_of("office")) <= set(commands_of("head"))
