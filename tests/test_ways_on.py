"""No dead ends: an unknown button shows what is being asked, an error has a way on, one failed look stops nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import service
from bot.app import App
from bot.service import Service
from models.database import Database
from models.tables import Talk
from tests.bench import world
from tests.spine import Post, events, make_app, presses, says

LEADER = world.FIRST_CHAT


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    with capture_logs() as kept:
        yield kept


async def leader(db: Database, folder: Path) -> tuple[App, Post]:
    await world.settle(db, 1, datetime.now(UTC))
    post = Post()
    return make_app(db, folder, post), post


async def happens(app: App, update: dict[str, Any]) -> None:
    await app.receive("telegram", events([update]))
    await app.catch_up()


async def test_an_unknown_button_shows_the_question_that_is_open(db: Database, tmp_path: Path) -> None:
    app, post = await leader(db, tmp_path)
    for number, text in enumerate(("/baocao", "bắt đầu", "7"), start=1):
        await happens(app, says(number, LEADER, text))
    asked = post.sent[-1][1]
    await happens(app, presses(4, LEADER, "not one of ours"))
    shown = post.sent[-1][1]
    labels = [[choice.label for choice in row] for row in asked.rows]
    assert (shown.html, [[choice.label for choice in row] for row in shown.rows]) == (asked.html, labels)
    assert shown.notice.startswith("Nút này đã cũ")
    await happens(app, says(5, LEADER, "9"))
    assert "9" in post.sent[-1][1].html
    async with db.read() as session:
        assert (await session.scalars(select(Talk.flow).where(Talk.flow != ""))).one().startswith("report")


async def test_an_unknown_button_shows_the_menu_where_nothing_is_asked(db: Database, tmp_path: Path) -> None:
    app, post = await leader(db, tmp_path)
    await happens(app, presses(1, LEADER, "not one of ours"))
    assert "Anh/chị chọn việc cần làm" in post.sent[-1][1].html


async def test_an_error_of_ours_has_a_way_on(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, post = await leader(sqlite_db, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("handlers.router.COMMANDS", {"lich": _broken})
        await happens(app, says(1, LEADER, "/lich"))
    sorry = post.sent[-1][1]
    assert "trục trặc" in sorry.html
    (way,) = [choice for row in sorry.rows for choice in row]
    await happens(app, presses(2, LEADER, way.data))
    assert "Anh/chị chọn việc cần làm" in post.sent[-1][1].html
    assert not post.sent[-1][1].notice


async def _broken(turn: object) -> list[Any]:
    raise ZeroDivisionError


async def test_looks_that_fail_are_said_and_tried_again_ever_later_and_stop_nobody(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logs: Sequence[Any]
) -> None:
    app, _ = await leader(sqlite_db, tmp_path)
    monkeypatch.setattr(service, "LOOK_AFTER", 0.001)
    monkeypatch.setattr(service, "LOOK_AFTER_AT_MOST", 0.004)
    running, looks = Service(app, is_demo=False), 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks > 4:
            running.stop.set()
        else:
            raise ZeroDivisionError

    monkeypatch.setattr(app, "look_after", look)
    await running._look_after()
    failed = [entry for entry in logs if entry["event"] == "look after failed"]
    assert [entry["wait"] for entry in failed] == [0.002, 0.004, 0.004, 0.004]
    assert all(entry["exc_info"] for entry in failed)
