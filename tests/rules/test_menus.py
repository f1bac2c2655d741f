"""Menus show what their reader can do, and no more."""

from __future__ import annotations

import pytest

from models.rules import menus
from models.rules.menus import MENU_KINDS, commands_of, menu_kind
from models.rules.permissions import Actor, Held


@pytest.mark.parametrize(
    "roles, kind",
    [
        (("coordinator",), "coordinator"),
        (("secretary", "coordinator"), "coordinator"),
        (("administrator",), "administrator"),
        (("secretary", "administrator"), "administrator"),
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
    assert [kind for kind in MENU_KINDS if "baocao" in commands_of(kind)] == ["coordinator", "head"]


def test_everybody_to_whom_announcements_come_finds_them_in_the_menu() -> None:
    assert {kind for kind in MENU_KINDS if "thongbao" not in commands_of(kind)} == {"founder", "stranger"}


def test_a_chat_gets_its_menu_anew_once_the_commands_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {kind: menus.menu_mark(kind) for kind in MENU_KINDS}
    assert len(set(before.values())) == len(MENU_KINDS)
    assert all(len(mark) <= menus.MARK_ROOM for mark in before.values())
    monkeypatch.setattr(menus, "_COORDINATORS", ("tiendo",))
    assert [kind for kind in MENU_KINDS if menus.menu_mark(kind) != before[kind]] == ["coordinator"]


def test_a_head_finds_the_board_and_the_unit_too() -> None:
    assert set(commands_of("office")) <= set(commands_of("head"))
