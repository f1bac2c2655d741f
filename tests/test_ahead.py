"""Reading ahead for a batch of answers: few statements, and not a different answer."""

from __future__ import annotations

import random
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import App
from models.database import Database
from models.tables import Answer, PeriodRow, Report, Role, Talk
from tests.bench import world
from tests.databases import Databases, counted
from tests.spine import Post, events, make_app, says
from tests.visits import ended_visit

FIRST = world.FIRST_CHAT
SAID = (
    "120",
    "45",
    "7",
    "/menu",
    "bỏ qua",
    "xem lại",
    "sửa 3",
    "/huy",
    "tiếp",
    "quay lại",
    "/baocao",
    "hả?",
    "lưu lại",
)


async def leaders(db: Database, folder: Path, count: int) -> tuple[App, Post]:
    await world.settle(db, count, datetime.now(UTC))
    post = Post()
    return make_app(db, folder, post), post


async def together(app: App, updates: list[dict[str, Any]]) -> None:
    await app.receive("telegram", events(updates))
    await app.catch_up()


async def test_forty_answers_at_once_ask_hardly_more_than_four(db: Database, tmp_path: Path) -> None:
    app, _ = await leaders(db, tmp_path, 44)
    chats = range(FIRST, FIRST + 44)
    for step, text in enumerate(("/baocao", "bắt đầu")):
        await together(app, [says(1 + step * 44 + n, chat, text) for n, chat in enumerate(chats)])
    with counted(db) as few:
        await together(app, [says(101 + n, FIRST + n, "120") for n in range(4)])
    with counted(db) as many:
        await together(app, [says(201 + n, FIRST + 4 + n, "120") for n in range(40)])
    assert len(many) <= len(few) + 40 + 3 * 40 * (not db.is_sqlite), "a trail for each; PostgreSQL takes each chat"
    async with db.read() as session:
        assert len((await session.scalars(select(Answer.number))).all()) == 44


async def test_what_visits_come_to_is_asked_once_for_forty_and_is_each_teams_own(db: Database, tmp_path: Path) -> None:
    app, post = await leaders(db, tmp_path, 44)
    chats = range(FIRST, FIRST + 44)
    for step, text in enumerate(("/baocao", "bắt đầu", "120")):
        await together(app, [says(1 + step * 44 + n, chat, text) for n, chat in enumerate(chats)])
    async with db.write() as session:
        period = (await session.scalars(select(PeriodRow).join(Report, Report.period_id == PeriodRow.id))).first()
        assert period is not None
        noon = datetime.combine(period.ends_on, time(5), UTC)
        teams = await session.scalars(select(Role.unit_id).where(Role.kind == "leader").order_by(Role.id))
        session.add_all(ended_visit(unit, "G02", noon, turns=200 + n) for n, unit in enumerate(teams))
    with counted(db) as few:
        await together(app, [says(301 + n, FIRST + n, "120") for n in range(4)])
    with counted(db) as many:
        await together(app, [says(401 + n, FIRST + 4 + n, "120") for n in range(40)])
    assert len(many) <= len(few) + 40 + 3 * 40 * (not db.is_sqlite), "a trail for each; PostgreSQL takes each chat"
    assert all(f"<b>{200 + n} lượt</b>" in _heard(post, chat)[-1] for n, chat in enumerate(chats))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_batch_of_anything_comes_to_what_each_alone_comes_to(
    all_databases: Databases, tmp_path: Path, kind: str, seed: int
) -> None:
    chance = random.Random(seed)
    said = [says(101 + n, FIRST + chance.randrange(5), chance.choice(SAID)) for n in range(60)]
    found = []
    for name, size in {"together": 20, "alone": 1}.items():
        async with all_databases.fresh(kind) as db:
            app, post = await leaders(db, tmp_path / name, 5)
            async with db.write() as session:  # two of the five lead the same team
                first, second = list(await session.scalars(select(Role.unit_id).order_by(Role.id).limit(2)))
                await session.execute(update(Role).where(Role.unit_id == second).values(unit_id=first))
            for start in range(0, len(said), size):
                await together(app, said[start : start + size])
            found.append((await _state(db), {chat: _heard(post, chat) for chat in range(FIRST, FIRST + 5)}))
    assert found[0] == found[1]


def _heard(post: Post, chat: int) -> list[str]:
    return [rendered.html for address, rendered in post.sent if address == str(chat)]


async def _state(db: Database) -> tuple[Any, ...]:
    async with db.read() as session:
        answers = (await session.execute(select(Answer.report_id, Answer.indicator, Answer.number))).all()
        reports = (await session.execute(select(Report.unit_id, Report.version).order_by(Report.unit_id))).all()
        talks = (await session.execute(select(Talk.flow).order_by(Talk.account_id))).all()
    return sorted(map(tuple, answers)), [tuple(row) for row in reports], [tuple(row) for row in talks]
