"""What comes in: stored before it is confirmed, done once, in order, and never stopped by what is broken or forged."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from bot.app import App
from bot.channels.telegram import Telegram
from bot.service import Service
from bot.web import make_web
from handlers import menu
from models.database import Database
from models.tables import Answer, Audit, Inbox, Outbox, Report, Revision, Talk, Unit
from tests.bench import world
from tests.databases import Databases
from tests.spine import Post, events, make_app, presses, running, says
from tests.standin import Person
from tests.standin.faults import Kind

FIRST = world.FIRST_CHAT
SORRY = "Hệ thống đang trục trặc"
SECRET = "a-long-random-secret"


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    """What is logged is kept, not worded: a hundred tracebacks in colour take a minute."""
    with capture_logs() as kept:
        yield kept


async def small_world(db: Database, folder: Path, leaders: int, **settings: Any) -> tuple[App, Post]:
    await world.settle(db, leaders, datetime.now(UTC))
    post = Post()
    return make_app(db, folder, post, **settings), post


async def handle(app: App, updates: list[dict[str, Any]]) -> None:
    await app.receive("telegram", events(updates))
    await app.catch_up()


async def inbox_states(db: Database) -> dict[str, int]:
    async with db.read() as session:
        rows = await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
        return {state: count for state, count in rows}


def broken(update_id: int, chat: int) -> dict[str, Any]:
    """An update that cannot be read, though its chat can."""
    update = says(update_id, chat, "x")
    update["message"]["date"] = "yesterday"
    return update


async def test_a_poison_update_holds_up_nobody(db: Database, tmp_path: Path) -> None:
    app, post = await small_world(db, tmp_path, 12)
    updates = [
        broken(number, FIRST + number % 12) if number % 9 == 4 else says(number, FIRST + number % 12, "/menu")
        for number in range(1, 901)
    ]
    bad = sum("yesterday" in json.dumps(update) for update in updates)
    for start in range(0, 900, 90):
        await handle(app, updates[start : start + 90])
    assert await inbox_states(db) == {"done": 900 - bad, "poison": bad}
    sorry = [rendered.html for _, rendered in post.sent if SORRY in rendered.html]
    assert len(sorry) == len(set(sorry)) == bad, "each poison update gets one apology with its own code"
    assert len(post.sent) == 900


async def test_a_bug_undoes_its_own_turn_and_nothing_else(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, post = await small_world(db, tmp_path, 3)

    async def explode(turn: Any) -> None:
        turn.ask("report.number", at=7)
        turn.account.name = "half done"
        await turn.session.flush()
        raise RuntimeError("a bug")

    monkeypatch.setattr(menu, "lost", explode)
    both = [says(1, FIRST, "hả?"), says(2, FIRST + 1, "/menu"), says(3, FIRST, "/menu")]
    await handle(app, both)
    texts = {chat: [r.html for a, r in post.sent if a == str(chat)] for chat in (FIRST, FIRST + 1)}
    assert "Sổ Tay Số" in texts[FIRST + 1][0]
    assert SORRY in texts[FIRST][0]
    assert "Sổ Tay Số" in texts[FIRST][1], "the chat goes on after it"
    async with db.read() as session:
        flows = set(await session.scalars(select(Talk.flow)))
        tries = dict((await session.execute(select(Inbox.event_id, Inbox.tries))).tuples().all())
    assert flows == {""}
    assert tries == {"1": 3, "2": 0, "3": 0}


def conversation(leaders: int) -> list[list[dict[str, Any]]]:
    """Each leader's updates, in order: a whole report by typing alone."""
    asked = world.the_plan().forms[0].indicators_for("team")
    lines = []
    for leader in range(leaders):
        typed = ["/baocao", "bắt đầu", *(str(100 + leader * 12 + n) for n in range(len(asked))), "gửi báo cáo"]
        lines.append([says(1 + leader + leaders * n, FIRST + leader, text) for n, text in enumerate(typed)])
    return lines


def disturbed(lines: list[list[dict[str, Any]]], seed: int) -> list[dict[str, Any]]:
    """All updates, the chats mixed at random and one in ten delivered again later; the order inside a chat is kept."""
    chance = random.Random(seed)
    order = [number for number, line in enumerate(lines) for _ in line]
    chance.shuffle(order)
    rest = [iter(line) for line in lines]
    mixed = [next(rest[number]) for number in order]
    for update in chance.sample(mixed, len(mixed) // 10):
        mixed.insert(chance.randint(mixed.index(update) + 1, len(mixed)), update)
    return mixed


async def everything(db: Database) -> tuple[Any, ...]:
    """The state of the world, without the numbers that depend on who came first."""
    async with db.read() as session:
        answers = await session.execute(
            select(Unit.code, Report.state, Answer.indicator, Answer.number)
            .join(Report, Report.unit_id == Unit.id)
            .join(Answer, Answer.report_id == Report.id)
        )
        revisions = await session.execute(
            select(Unit.code, Revision.number, Revision.snapshot)
            .join(Report, Report.unit_id == Unit.id)
            .join(Revision, Revision.report_id == Report.id)
        )
        deeds = await session.execute(select(Unit.code, Audit.action).join(Unit, Unit.id == Audit.unit_id))
        talks = await session.scalars(select(Talk.flow))
        owed = await session.execute(select(Outbox.address, Outbox.once))
        return (
            sorted(map(tuple, answers)),
            sorted((code, number, json.dumps(whole, sort_keys=True)) for code, number, whole in revisions),
            Counter(map(tuple, deeds)),
            Counter(talks),
            sorted(map(tuple, owed)),
        )


async def test_repeats_and_mixed_chats_change_nothing(db: Database, all_databases: Databases, tmp_path: Path) -> None:
    leaders, seed = 66, 1 + db.is_sqlite
    lines = conversation(leaders)
    async with all_databases.fresh("sqlite") as calm:
        app, _ = await small_world(calm, tmp_path / "calm", leaders)
        await handle(app, [update for line in lines for update in line])
        wanted = await everything(calm)
    app, post = await small_world(db, tmp_path / "storm", leaders)
    chance, waiting = random.Random(seed), disturbed(lines, seed)
    while waiting:
        size = chance.randint(1, 120)
        await app.receive("telegram", events(waiting[:size]))
        waiting = waiting[size:]
        if chance.random() < 0.5:
            await app.answer_waiting()
    await app.catch_up()
    assert await everything(db) == wanted
    assert len(wanted[1]) == leaders, "everybody's report was filed, else this compares nothing"
    assert Counter(address for address, _ in post.sent) == {str(FIRST + n): len(lines[0]) for n in range(leaders)}


async def test_forged_buttons_do_nothing_and_break_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    app, post = await small_world(sqlite_db, tmp_path, 2)
    typed = conversation(2)
    await handle(app, typed[0][:8] + typed[1][:3])
    real = sorted({choice.data for _, r in post.sent for row in r.rows for choice in row if choice.data})
    own = {choice.data for a, r in post.sent if a == str(FIRST) for row in r.rows for choice in row if choice.data}
    before = await everything(sqlite_db)
    chance = random.Random(7)
    forged = [_forged(chance, chance.choice(real)) for _ in range(5000)]
    updates = [presses(10_000 + n, FIRST, data) for n, data in enumerate(forged) if data not in own]
    for start in range(0, len(updates), 500):
        await handle(app, updates[start : start + 500])
    after = await everything(sqlite_db)
    assert after[:3] == before[:3]
    assert len(updates) > 4900
    assert set(await inbox_states(sqlite_db)) == {"done"}
    assert [r.html for _, r in post.sent if SORRY in r.html] == []


def _forged(chance: random.Random, data: str) -> str:
    """A button's data with something changed, as somebody who tries would change it."""
    at = chance.randrange(len(data))
    action, *rest = data.partition("~")[0].split(":")
    match chance.randrange(7):
        case 0:
            return data[:at] + chance.choice("0123456789abcXYZ:~._-é😀\x00") + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data + chance.choice(["~", ":", "0", "AAAA", "=="])
        case 3:
            return ":".join([action, str(chance.randrange(10**9)), *rest[1:]]) + "~" + data.partition("~")[2]
        case 4:
            return "".join(chance.choices("abc:~.019Zđ ", k=chance.randrange(65)))
        case 5:
            swapped = chance.choice(["report.submit", "report.skip", "go", "member.remove", "team.confirm"])
            return ":".join([swapped, *rest]) + "~" + data.partition("~")[2]
    return data.swapcase()


async def test_a_button_of_somebody_else_does_nothing(db: Database, tmp_path: Path) -> None:
    app, post = await small_world(db, tmp_path, 2)
    typed = conversation(2)
    await handle(app, typed[0][:5] + typed[1][:5])
    theirs = [c.data for a, r in post.sent if a == str(FIRST + 1) for row in r.rows for c in row if "skip" in c.data]
    before = await everything(db)
    await handle(app, [presses(10_000 + n, FIRST, data) for n, data in enumerate(theirs)])
    assert theirs
    assert (await everything(db))[:3] == before[:3]


@pytest.mark.parametrize("kind", ["404", "401", "502", "garbage", "drop", "429"])
async def test_nothing_stops_the_polling_for_ever(sqlite_db: Database, tmp_path: Path, kind: Kind) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        spine.api.faults.add(kind, "getUpdates", times=2, done=False if kind == "drop" else None, retry_after=1)
        lan = Person(spine.api, FIRST)
        lan.say("/menu")
        await lan.sees("Sổ Tay Số", timeout=10)
        lan.say("/baocao")
        await lan.sees("Báo cáo tháng", timeout=10)
        assert spine.api.faults.struck == 2
        assert not any(task.done() for task in spine.tasks)


async def test_the_webhook_takes_only_what_telegram_sends(db: Database, tmp_path: Path) -> None:
    app, _ = await small_world(db, tmp_path, 1, public_url="https://bot.example", webhook_secret=SECRET)
    app.channels = {"telegram": Telegram("1:token", "http://127.0.0.1:9", tmp_path)}
    app.turns._channels = app.channels
    transport = httpx.ASGITransport(make_web(Service(app, is_demo=False), demo=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        good = json.dumps(says(1, FIRST, "/menu")).encode()
        for secret in ("", "wrong", SECRET + "x", SECRET.upper(), "é"):
            for body in (good, *_broken_bodies(20)):
                assert await _hook(client, secret, body) == 403
        for body in _broken_bodies(300):
            assert 400 <= await _hook(client, SECRET, body) < 500, body[:80]
        assert await inbox_states(db) == {}
        assert [await _hook(client, SECRET, good) for _ in range(3)] == [200] * 3
    assert await inbox_states(db) == {"new": 1}


async def _hook(client: httpx.AsyncClient, secret: str, body: bytes) -> int:
    headers = {b"x-telegram-bot-api-secret-token": secret.encode()} if secret else {}
    answer = await client.post("/telegram/hook", content=body, headers=headers)
    return answer.status_code


def _broken_bodies(count: int) -> list[bytes]:
    chance = random.Random(count)
    fixed = [b"", b"null", b"[]", b"1", b'"x"', b"{}", b'{"update_id": null', b"[" * 100_000, b'{"a":' * 50_000]
    fixed += [b'{"update_id": 1, "message": "x"}', b"\xff\xfe", b"{" + b" " * 1_000_001 + b"}", b'{"message": {}}']
    return fixed + [chance.randbytes(chance.randrange(200)) for _ in range(count)]


async def test_two_processes_answer_each_event_once_and_in_order(
    all_databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaders = 20
    monkeypatch.setattr("bot.turns.BATCH", 3)  # too little for one of the two to take everything that waits
    async with all_databases.fresh("postgres") as db, another(db) as other:
        first, post = await small_world(db, tmp_path, leaders)
        second_post = Post()
        second = make_app(other, tmp_path, second_post)
        lines = conversation(leaders)
        stop = asyncio.Event()
        at_work = [asyncio.ensure_future(app.work(stop)) for app in (first, second)]
        for step in range(len(lines[0])):
            batch = [line[step] for line in lines]
            await asyncio.gather(
                first.receive("telegram", events(batch[:12])), second.receive("telegram", events(batch[8:]))
            )
        until = time.monotonic() + 30
        while await inbox_states(db) != {"done": sum(map(len, lines))}:
            assert time.monotonic() < until, await inbox_states(db)
            await asyncio.sleep(0.05)
        stop.set()
        for app in (first, second):
            app.wake()
        await asyncio.gather(*at_work)
        await asyncio.gather(first.catch_up(), second.catch_up())
        state = await everything(db)
        assert len(state[1]) == leaders
        assert {number for _, _, code, number in state[0]} == {100 + n for n in range(leaders * 12)}
        sent = Counter(address for address, _ in (*post.sent, *second_post.sent))
        assert sent == {str(FIRST + n): len(lines[0]) for n in range(leaders)}
        assert post.sent
        assert second_post.sent, "one of the two did nothing"


@asynccontextmanager
async def another(db: Database) -> AsyncIterator[Database]:
    """The same database, as another process opens it."""
    opened = Database(db.url)
    try:
        yield opened
    finally:
        await opened.close()
