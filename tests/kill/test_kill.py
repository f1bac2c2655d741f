"""`kill -9` again and again while leaders file their reports: nothing acknowledged is lost, nothing happens twice.

KILLS and REPORTS set the size: 40 and 100 with every commit, `make kill` runs 200 and 500.
"""

from __future__ import annotations

import asyncio
import bisect
import math
import os
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Select, func, select

from models.database import Database
from models.rules.numbers import format_number
from models.rules.reports import report_code
from models.tables import Account, Answer, Audit, Evidence, Inbox, Outbox, PeriodRow, Report, Revision, Role
from tests.bench import world
from tests.kill.killing import POINTS, Bot, environment, plan, starting
from tests.kill.leaders import NOTE, Leader, Leaders
from tests.standin import BotApi

KILLS = int(os.environ.get("KILLS", "40"))
REPORTS = int(os.environ.get("REPORTS", "100"))
SEED = int(os.environ.get("SEED", "1"))
ROUNDS = max(1, KILLS // 40)  # kills at each named point
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
ALL_FILED_WITHIN = 60.0  # seconds after the last kill


@dataclass
class Aftermath:
    """What is left when everything is over: the bot has stopped, the database is read."""

    api: BotApi
    bot: Bot
    leaders: Leaders
    db: Database
    folder: Path
    status: int | None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def after(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aftermath]:
    """The whole story, told once; each test asks it one question."""
    folder = tmp_path_factory.mktemp("kill")
    file = folder / "bot.db"
    await world.make(file, REPORTS, datetime.now(UTC))
    async with BotApi() as api, starting(api, folder, environment(api, file)) as bot:
        chats = range(world.FIRST_CHAT, world.FIRST_CHAT + REPORTS)
        questions = len(world.the_plan().forms[0].indicators_for("team"))
        leaders = Leaders(api, chats, questions, lambda: bot.awake, SEED)
        await _file_and_kill(bot, leaders)
        db = Database(f"sqlite+aiosqlite:///{file}")
        await _until_quiet(db)
        status = await bot.stop()
        yield Aftermath(api, bot, leaders, db, folder, status)
        await db.close()


async def _file_and_kill(bot: Bot, leaders: Leaders) -> None:
    """Leaders begin one after the other while the kills go on, so that there is always somebody in the middle."""
    kills = plan(KILLS, ROUNDS, SEED)
    filing: list[asyncio.Task[None]] = []
    for number, kill in enumerate(kills):
        begun = math.ceil(REPORTS * (number + 1) / len(kills))
        filing += [asyncio.ensure_future(leader.file()) for leader in leaders.all[len(filing) : begun]]
        await bot.live_and_die(kill)
        assert not any(task.done() and task.exception() for task in filing)
    await bot.start()
    _, waiting = await asyncio.wait(filing, timeout=ALL_FILED_WITHIN)
    for task in waiting:
        task.cancel()


async def _until_quiet(db: Database) -> None:
    """Until nothing is left to be sent."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        async with db.read() as session:
            owed = await session.scalar(
                select(func.count()).select_from(Outbox).where(Outbox.state.in_(("ready", "sending")))
            )
        if not owed:
            return
        await asyncio.sleep(0.1)


pytestmark = [
    pytest.mark.kill,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120 + 18 * KILLS),  # the story is told in the first test; a busy machine takes minutes for it
]


async def test_the_bot_is_killed_at_every_named_point(after: Aftermath) -> None:
    assert len(after.bot.deaths) == KILLS + ROUNDS * len(POINTS)
    assert not after.bot.missed
    assert Counter(after.bot.reached) == dict.fromkeys(POINTS, ROUNDS)


async def test_everyone_is_answered_without_having_to_ask_again(after: Aftermath) -> None:
    unanswered = [leader.person.picture() for leader in after.leaders.all if not leader.code]
    assert not unanswered, f"{len(unanswered)} of {REPORTS}, the first:\n{unanswered[0]}"
    assert [page for leader in after.leaders.all for page in leader.resent] == []
    assert [sorry for leader in after.leaders.all for sorry in leader.apologies] == []


async def test_nobody_is_shown_a_page_older_than_their_answer(after: Aftermath) -> None:
    assert [page for leader in after.leaders.all for page in leader.backwards] == []


async def test_every_report_is_filed_once_with_the_numbers_typed(after: Aftermath) -> None:
    async with after.db.read() as session:
        for leader in after.leaders.all:
            (report,) = (await session.scalars(_reports_of(leader))).all()
            rows = (await session.scalars(select(Answer).where(Answer.report_id == report.id))).all()
            assert report.state == "submitted"
            assert {row.indicator: row.number for row in rows} == _typed(leader)


async def test_no_effect_happens_twice(after: Aftermath) -> None:
    async with after.db.read() as session:
        for leader in after.leaders.all:
            (report,) = (await session.scalars(_reports_of(leader))).all()
            (revision,) = (await session.scalars(select(Revision).where(Revision.report_id == report.id))).all()
            deeds = Counter(await session.scalars(select(Audit.action).where(Audit.object == f"report:{report.id}")))
            photos = (await session.scalars(select(Evidence).where(Evidence.report_id == report.id))).all()
            kept = {code: str(number or "") for code, number in _typed(leader).items()}
            assert (revision.number, revision.snapshot["answers"]) == (1, kept)
            assert deeds["report.begin"] == deeds["report.submit"] == 1
            assert deeds["report.answer"] == len(leader.numbers)
            assert len(photos) == leader.photo


async def test_nothing_the_bot_acknowledged_is_lost(after: Aftermath) -> None:
    labels = [each.short_label for each in world.the_plan().forms[0].indicators_for("team")]
    async with after.db.read() as session:
        for leader in after.leaders.all:
            typed = dict(zip(labels, leader.numbers, strict=True))
            assert leader.acknowledged, "nothing was ever echoed"
            for label, amount in leader.acknowledged:
                assert amount == format_number(typed[label] or 0)
            (report,) = (await session.scalars(_reports_of(leader))).all()
            key = await session.scalar(select(PeriodRow.key).where(PeriodRow.id == report.period_id))
            assert leader.code == report_code(str(key), report.id)


async def test_no_text_comes_twice_to_a_chat(after: Aftermath) -> None:
    assert after.api.record.repeated() == {}


async def test_a_kill_costs_a_chat_at_most_one_note(after: Aftermath) -> None:
    notes = [call for call in after.api.record.sent() if call.text.startswith(NOTE)]
    lives = Counter((call.chat, bisect.bisect(after.bot.deaths, call.at)) for call in notes)
    assert notes, "no kill left a reply unclear: the test has lost its teeth"
    assert [life for life, count in lives.items() if count > 1] == []


async def test_nothing_is_left_half_done(after: Aftermath) -> None:
    assert after.status == 0
    async with after.db.read() as session:
        events = dict((await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))).all())
        owed = set(await session.scalars(select(Outbox.state).distinct()))
    assert set(events) == {"done"}
    assert owed <= {"sent", "superseded", "cancelled"}


async def test_telegram_finds_nothing_wrong_with_our_calls(after: Aftermath) -> None:
    assert after.api.violations == []
    assert after.api.unplanned == []


async def test_no_secret_stands_in_the_logs(after: Aftermath) -> None:
    log = (after.folder / "log.txt").read_text(encoding="utf-8")
    codes = CODE.findall((after.folder / "out.txt").read_text(encoding="utf-8"))
    assert codes, "each start prints a code for the first administrator"
    for secret in (after.api.token, after.api.token.partition(":")[2], *codes):
        assert secret not in log
    assert '"level": "error"' not in log


def _reports_of(leader: Leader) -> Select[Report]:
    unit = (
        select(Role.unit_id)
        .join(Account, Account.person_id == Role.person_id)
        .where(Account.address == str(leader.chat))
        .scalar_subquery()
    )
    return select(Report).where(Report.unit_id == unit)


def _typed(leader: Leader) -> dict[str, int | None]:
    asked = world.the_plan().forms[0].indicators_for("team")
    return {each.code: number for each, number in zip(asked, leader.numbers, strict=True)}
