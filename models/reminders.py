"""Reminders: to whom which step is due, promised once; and the one message a person gets, found at the second of
sending.

Everything here is a function of the database and of `now`, asked again at each tick: after an outage, in a second
process or with a clock that stepped back the answer is the same, and the once-keys keep it from being said twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox, snoozes
from models.days_off import OfficeCalendar
from models.heads import Address, Head, heads_of_units
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.owed_buttons import rows_of
from models.owings import Owing, line, pending, still_owed, titles
from models.programmes import Library
from models.reminder_facts import Fact, once_a_day
from models.rules.periods import ONE_DAY, local_day, moment_of
from models.rules.reminders import Step, once_key
from models.rules.snoozes import offers
from models.snoozes import snooze_row
from models.tables import Account, Obligation, Outbox, Person
from models.timings import Timing, timings
from models.zone import zone_of

KIND = outbox.OWED
CHUNK = 500  # keys a question
SHOWN = 4  # obligations that get buttons of their own; the rest is behind "what I owe"


async def due_reminders(
    session: AsyncSession,
    library: Library,
    calendar: OfficeCalendar,
    now: datetime,
    owed: Sequence[Owing] | None = None,
) -> list[Fact]:
    """Every step that is due and not promised yet. Only reads, so that nobody who writes has to wait for it.

    `owed`: what `still_owed` found at this very moment.
    """
    owed = await still_owed(session, now) if owed is None else owed
    known = await timings(session, library, calendar, owed, now)
    due = [(owing, step) for owing in owed if (step := known[owing.period_id].step(owing, now)) is not None]
    sleeping = await snoozes.lately(session, now)
    if not due and not sleeping:
        return []
    told_of = owed if sleeping else [owing for owing, _ in due]
    heads = await heads_of_units(session, now, owers_of({owing.period_id for owing in told_of}))
    facts = [
        (head, _fact(owing, step, head, known[owing.period_id], now))
        for owing, step in due
        for head in heads.get(owing.unit_id, ())
        if sleeping.get(head.person_id, now) <= now
    ]
    facts += _woken(owed, known, heads, sleeping, now)
    unsaid = await _unsaid(session, [(head, fact) for head, fact in facts if fact is not None])
    return await once_a_day(session, unsaid, now)


def _woken(
    owed: Sequence[Owing],
    known: Mapping[int, Timing],
    heads: Mapping[int, Sequence[Head]],
    sleeping: Mapping[int, datetime],
    now: datetime,
) -> list[tuple[Head, Fact | None]]:
    """What was and is owed by whoever wished to be reminded by now: a step of its own, named by that moment. What came
    near only afterwards has its own steps, and would bring a second list."""
    found: list[tuple[Head, Fact | None]] = []
    for owing in owed if sleeping else ():
        timing = known[owing.period_id]
        if timing.rest.is_quiet(now, timing.working.tz):
            continue
        for head in heads.get(owing.unit_id, ()):
            until = sleeping.get(head.person_id)
            if until is not None and owing.announced_at <= until <= now and timing.has_begun(owing, until):
                step = Step(f"S{until:%m%dT%H%M}", 0, until.time())
                fact = _fact(owing, step, head, timing, now)
                expires = timing.next(owing, now) or now + timing.stale_after
                if fact is not None:  # a wish is told of once, whatever becomes of the deadline afterwards
                    key = once_key(_turn(owing), step, owing.unit_id, fact.to.account_id)
                    found.append((head, replace(fact, key=key, expires=expires, wished=until)))
    return found


def owers_of(periods: Collection[int]) -> Select[int]:
    """The ids of all units that owe for these periods, as a question within another one: they may be tens of
    thousands."""
    return select(Obligation.unit_id).where(Obligation.period_id.in_(periods)).distinct()


def _fact(owing: Owing, step: Step, head: Head, timing: Timing, now: datetime) -> Fact | None:
    to = head.address
    if to is None:
        return None
    return Fact(_key(owing, step, to), owing, to, timing.expires(owing, step, now), timing.is_again(owing, step, now))


def _key(owing: Owing, step: Step, to: Address) -> str:
    turn = _turn(owing)
    if owing.state == "returned":  # a correction has a ladder of its own
        turn += "R"
    return once_key(turn, step, owing.unit_id, to.account_id, owing.deadline.date() if owing.is_moved else None)


def _turn(owing: Owing) -> str:
    # two duties may have a period of one name, so its number stands beside it
    return f"{owing.period_key}.{owing.period_id}"


async def _unsaid(session: AsyncSession, facts: Sequence[tuple[Head, Fact]]) -> list[tuple[Head, Fact]]:
    """Those of which nothing was promised yet, neither to this chat of the person nor to another one they used
    before."""
    keys_of: dict[str, list[str]] = {}
    for head, fact in facts:
        stem = fact.key.rpartition(":")[0]
        keys_of[fact.key] = [f"{stem}:{each.account_id}" for each in head.addresses]
    said: dict[str, str] = {}
    keys = sorted({key for many in keys_of.values() for key in many})
    for start in range(0, len(keys), CHUNK):
        statement = select(Outbox.once, Outbox.state).where(Outbox.once.in_(keys[start : start + CHUNK]))
        said |= {once: state for once, state in await session.execute(statement)}
    # a chat that refused for good has heard nothing: another chat of the same person may be tried
    return [
        (head, fact)
        for head, fact in facts
        if fact.key not in said and not any(said.get(key, "failed") != "failed" for key in keys_of[fact.key])
    ]


async def promise(session: AsyncSession, facts: Sequence[Fact], now: datetime) -> int:
    """Promise one message to each account for all that is due to it. Returns how many messages.

    Each fact gets a row of the outbox of its own, so that its once-key holds for good, whatever else was due at the
    same moment: were one key to name a whole list, the list would be another one as soon as one unit had filed, and
    the others would be reminded again. The row of the most urgent fact carries the message; the others are closed as
    they are written.
    """
    by_account: dict[int, list[Fact]] = {}
    for fact in facts:
        by_account.setdefault(fact.to.account_id, []).append(fact)
    rows = [row for many in by_account.values() for row in _rows(many, now)]
    if rows:
        await insert_once(session, Outbox, rows)
    return sum(not all(fact.told for fact in many) for many in by_account.values())


def _rows(facts: Sequence[Fact], now: datetime) -> list[dict[str, Any]]:
    first = min(facts, key=lambda fact: (fact.told, fact.owing.deadline, fact.owing.unit_path))
    owed = [fact.owing.obligation_id for fact in facts]
    rows = [reminder_row(fact.key, fact.to, owed, at=now, now=now, expires=fact.expires) for fact in facts]
    says_nothing = all(fact.told for fact in facts)
    for row in rows:
        if says_nothing or row["once"] != first.key:
            why = "told today" if says_nothing else f"joined {first.key}"
            row |= {"body": {}, "state": "cancelled", "settled_at": now, "error": why}
    return rows


def reminder_row(
    once: str, to: Address, owed: Sequence[int], *, at: datetime, now: datetime, expires: datetime, by: str = ""
) -> dict[str, Any]:
    """A row of the outbox about the obligations `owed`, whose words are found as it is sent. `by`: who nudges."""
    kept = {"account": to.account_id, "owed": list(owed), "by": by, "promised": now.isoformat()}
    return {
        "once": once,
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.REMINDER,
        "kind": KIND,
        "body": pack(Message("reminder.before")) | kept,
        "state": "ready",
        "due_at": at,
        "expires_at": expires,
        "error": "",
        "created_at": now,
        "settled_at": None,
    }


async def compose_reminder(
    session: AsyncSession,
    library: Library,
    calendar: OfficeCalendar,
    account_id: int,
    body: dict[str, Any],
    now: datetime,
) -> Message | None:
    """The one message that lists all that a person still owes; None when what it was promised for is settled, or at
    night.

    A nudge by hand (`body["by"]`: who nudges) is listed even when its deadline is far, and comes on a holiday too.
    """
    account = await session.get(Account, account_id)
    person = await session.get(Person, account.person_id) if account is not None and account.person_id else None
    if account is None or person is None or account.unreachable or person.erased_at is not None:
        return None
    if not body.get("by") and await snoozes.asleep_until(session, person.id, now) is not None:
        return None
    owed = [owing for owing in await pending(session, now, person_id=person.id) if owing.is_owed]
    if not any(_still_holds(owing, body) for owing in owed):
        return None
    known = await timings(session, library, calendar, owed, now)
    if any(_is_quiet(timing, body, now) for timing in known.values()):
        return None
    # what it was promised for stands first, then older debts, the newest of them first
    owed.sort(key=lambda owing: (owing.obligation_id not in body["owed"], -owing.deadline.timestamp()))
    tonight = moment_of(local_day(now, zone_of(session)) + ONE_DAY, time(), zone_of(session))
    listed = [  # with what begins later today, for nothing more is said today
        owing
        for owing in owed
        if owing.obligation_id in body["owed"] or known[owing.period_id].has_begun(owing, tonight)
    ]
    names = await titles(session, library, listed)
    items = [
        line(owing, names[owing.period_id]) | {"day_off": known[owing.period_id].is_due_on_day_off(owing)}
        for owing in listed
    ]
    values = {"name": person.name, "items": items[:SHOWN], "more": len(items) - SHOWN, "by": body.get("by", "")}
    values["reason"] = body.get("reason", "")
    values["overdue"] = sum(owing.standing.kind == "overdue" for owing in listed)
    values["single"] = len(listed) == 1  # what is said of the buttons must be true of those that stand below
    rows = (*rows_of(listed, names, SHOWN), _later(listed, known[listed[0].period_id], now))
    return Message(f"reminder.{_tone(listed[0], body)}", values, tuple(row for row in rows if row), place="new")


def _later(listed: Sequence[Owing], timing: Timing, now: datetime) -> tuple[Button, ...]:
    """To be reminded again this evening or tomorrow, as long as that is before the nearest deadline."""
    tz = timing.working.tz
    ahead = [owing.deadline for owing in listed if owing.deadline > now]
    return snooze_row(offers(now, min(ahead, default=None), timing.rest, tz), now, tz)


def _still_holds(owing: Owing, body: dict[str, Any]) -> bool:
    """Whether it is what was promised; a deadline that came to be since has steps of its own."""
    promised = body.get("promised")
    is_same = not promised or owing.announced_at <= datetime.fromisoformat(promised)
    return owing.obligation_id in body["owed"] and (bool(body.get("by")) or is_same)


def _is_quiet(timing: Timing, body: dict[str, Any], now: datetime) -> bool:
    return (timing.nights if body.get("by") else timing.rest).is_quiet(now, timing.working.tz)


def _tone(first: Owing, body: dict[str, Any]) -> str:
    if body.get("by"):
        return str(body.get("tone", "nudge"))  # nudged by hand; or the news of a round, or of its new deadline
    if first.state == "returned":
        return "returned"
    if first.standing.kind == "overdue":
        return "late"
    return "before" if first.standing.days else "today"
