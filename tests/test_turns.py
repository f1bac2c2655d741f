"""Events that share a commit: each happens whole or not at all, as if it had been answered alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from bot import recovery
from bot.app import App
from handlers import menu
from models.database import Database
from models.rules import Refusal
from models.tables import Account, Answer, Audit, Inbox, Report, Role, Talk
from tests.bench import world
from tests.databases import Databases
from tests.spine import Post, events, make_app, says

FIRST = world.FIRST_CHAT
SORRY = "Hệ thống đang trục trặc"
Updates = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    with capture_logs() as kept:
        yield kept


async def leaders(db: Database, folder: Path, count: int) -> tuple[App, Post]:
    await world.settle(db, count, datetime.now(UTC))
    post = Post()
    return make_app(db, folder, post), post


async def together(app: App, updates: Updates) -> None:
    await app.receive("telegram", events(updates))
    await app.catch_up()


def begun(*chats: int) -> Updates:
    texts = [(chat, text) for text in ("/baocao", "bắt đầu") for chat in chats]
    return [says(number, chat, text) for number, (chat, text) in enumerate(texts, start=1)]


async def answers(db: Database) -> list[tuple[int, str, str, int | None]]:
    """Every answer with the chat of whoever gave it and the version of its report."""
    statement = (
        select(Answer, Account.address, Report.version)
        .join(Report, Report.id == Answer.report_id)
        .join(Account, Account.person_id == Answer.person_id)
        .order_by(Answer.report_id, Answer.indicator)
    )
    async with db.read() as session:
        rows = (await session.execute(statement)).all()
    return [(row.report_id, f"{row.indicator}={row.number}", address, version) for row, address, version in rows]


async def spoil(turn: Any) -> None:
    """What a turn does before it ends badly."""
    turn.ask("report.number", at=7)
    turn.account.name = "half done"
    await turn.session.flush()


async def test_a_refused_event_keeps_nothing_of_its_own_and_all_of_the_others(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, post = await leaders(db, tmp_path, 3)

    async def refuse(turn: Any) -> None:
        await spoil(turn)
        raise Refusal("trouble.file_lost")

    await together(app, begun(FIRST, FIRST + 1))
    monkeypatch.setattr(menu, "lost", refuse)
    batch = [says(11, FIRST, "120"), says(12, FIRST + 2, "hả?"), says(13, FIRST + 1, "77")]
    await together(app, batch)
    assert [(text, chat) for _, text, chat, _ in await answers(db)] == [
        (f"{_first_code()}=120", str(FIRST)),
        (f"{_first_code()}=77", str(FIRST + 1)),
    ]
    async with db.read() as session:
        talk = await session.scalar(select(Talk).join(Account).where(Account.address == str(FIRST + 2)))
        names = set(await session.scalars(select(Account.name)))
        tries = list(await session.scalars(select(Inbox.tries)))
    assert talk is not None
    assert (talk.flow, talk.data) == ("", {})
    assert "half done" not in names
    assert set(tries) == {0}, "a refusal is no failure"
    assert [chat for chat, _ in post.sent[-3:]].count(str(FIRST + 2)) == 1


async def test_a_poisoned_event_is_set_aside_and_the_rest_of_its_batch_is_done(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, post = await leaders(db, tmp_path, 3)

    async def explode(turn: Any) -> None:
        await spoil(turn)
        raise RuntimeError("a bug")

    await together(app, begun(FIRST, FIRST + 1))
    monkeypatch.setattr(menu, "lost", explode)
    batch = [says(11, FIRST, "120"), says(12, FIRST + 2, "hả?"), says(13, FIRST + 2, "/menu"), says(14, FIRST + 1, "7")]
    await together(app, batch)
    assert [text for _, text, _, _ in await answers(db)] == [f"{_first_code()}=120", f"{_first_code()}=7"]
    async with db.read() as session:
        states = dict((await session.execute(select(Inbox.event_id, Inbox.state))).all())
        tries = await session.scalar(select(Inbox.tries).where(Inbox.event_id == "12"))
        notes = await session.scalar(select(func.count()).select_from(Audit).where(Audit.action == "report.answer"))
    assert states == {"12": "poison"} | {str(number): "done" for number in (1, 2, 3, 4, 11, 13, 14)}
    assert (tries, notes) == (3, 2)
    texts = [rendered.html for chat, rendered in post.sent if chat == str(FIRST + 2)]
    assert SORRY in texts[0]
    assert "Sổ Tay Số" in texts[1], "the chat goes on after it"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_two_who_answer_the_same_report_at_once_see_each_other(
    all_databases: Databases, tmp_path: Path, kind: str
) -> None:
    said = [says(11, FIRST, "120"), says(12, FIRST + 1, "77"), says(13, FIRST, "30"), says(14, FIRST + 1, "tiếp")]
    found = []
    for name, batches in {"together": [said], "alone": [[one] for one in said]}.items():
        async with all_databases.fresh(kind) as db:
            app, post = await leaders(db, tmp_path / name, 2)
            async with db.write() as session:  # both lead the same team
                unit = await session.scalar(select(Role.unit_id).order_by(Role.id).limit(1))
                await session.execute(update(Role).values(unit_id=unit))
            await together(app, begun(FIRST, FIRST + 1))
            for batch in batches:
                await together(app, batch)
            shown = {chat: [r.html for a, r in post.sent if a == str(chat)] for chat in (FIRST, FIRST + 1)}
            found.append((await answers(db), shown))
    assert found[0] == found[1]
    assert (_first_code() + "=120", str(FIRST)) in [(text, chat) for _, text, chat, _ in found[0][0]]


async def test_leftovers_are_answered_in_small_groups_and_one_by_one_after_a_crash(
    db: Database, tmp_path: Path
) -> None:
    app, post = await leaders(db, tmp_path, 15)
    await app.receive("telegram", events([says(1 + n, FIRST + n, "/menu") for n in range(15)]))
    groups = await recovery.suspects(db)
    assert [len(group) for group in groups] == [10, 5]
    await recovery.count_tries(db, groups[0], datetime.now(UTC))
    assert [len(group) for group in await recovery.suspects(db)] == [*([1] * 10), 5]
    await app.recover()
    await app.catch_up()
    assert len(post.sent) == 15
    assert await recovery.suspects(db) == []


async def test_the_order_of_a_chat_holds_among_leftovers(db: Database, tmp_path: Path) -> None:
    app, post = await leaders(db, tmp_path, 1)
    typed = ["/baocao", "bắt đầu", *(str(100 + n) for n in range(10)), "/menu"]
    await app.receive("telegram", events([says(1 + n, FIRST, text) for n, text in enumerate(typed)]))
    await app.recover()
    await app.catch_up()
    codes = [each.code for each in world.the_plan().forms[0].indicators_for("team")]
    assert {text for _, text, _, _ in await answers(db)} == {f"{codes[n]}={100 + n}" for n in range(10)}
    assert "Sổ Tay Số" in post.sent[-1][1].html


def _first_code() -> str:
    return world.the_plan().forms[0].indicators_for("team")[0].code
