"""One line turns a kind of message off or on; what is due cannot be named."""

from __future__ import annotations

import pytest

from models.rules.mutes import KINDS, NEWS, WEEKLY, kinds_for, read_call
from models.rules.permissions import Actor, Held


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tắt tin tức", (NEWS, False)),
        ("BAT TIN TUC.", (NEWS, True)),
        ("Tắt bản tin tuần", (WEEKLY, False)),
        ("bật  bản tin", (WEEKLY, True)),
        ("tắt tin", ("", False)),
    ],
)
def test_the_kind_and_whether_it_is_wanted_are_read(typed: str, meant: tuple[str, bool]) -> None:
    assert read_call(typed) == meant


@pytest.mark.parametrize("typed", ["tắt nhắc hạn", "tắt", "tin tức", "tắt tin tức giúp anh Minh nhé", "tắt máy tính"])
def test_any_other_line_is_left_alone(typed: str) -> None:
    assert read_call(typed) is None


def test_the_weekly_note_is_offered_to_those_alone_to_whom_it_comes() -> None:
    assert kinds_for(Actor(1, (Held("coordinator", 2, "/1/2/"),))) == KINDS
    leader = Actor(1, (Held("leader", 3, "/1/2/3/"),))
    assert (kinds_for(leader), kinds_for(leader, (WEEKLY,))) == ((NEWS,), KINDS)
