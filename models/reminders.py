"""Reminders: to whom which step is due, promised once; and the one message a person gets, found at the second of
sending.

Everything here is a function of the database and of `now`, asked again at each tick: after an outage, in a second
process or with a clock that stepped back the answer is the same, and the once-keys keep it from being said twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox
from models.heads import Address, Head, heads_of_units
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.owings import Owing, line, pending, titles
from models.programmes import Library
from models.rules.reminders import Ladder, Quiet, Step, due_step, next_reminder, once_key
from models.tables import Account, Obligation, Outbox, Person
from models.zone import zone_of

KIND = "reminder"
NIGHTFALL = timedelta(minutes=2)  # what still waits this short a time before the night waits for the morning
CHUNK = 500  # keys a question
SHOWN = 4  # obligations that get buttons of their own; the rest is behind "what I owe"


@dataclass(frozen=True, slots=True)
class Timing:
    """How a programme reminds: its ladder, its night, and after how long a missed step is let go."""

    ladder: Ladder
    quiet: Quiet
    stale_after: timedelta
    tz: tzinfo

    def step(self, owing: Owing, now: datetime) -> Step | None:
        return due_step(self.ladder, owing.deadline, now, self.quiet, self.tz, owing.announced_at, self.stale_after)

    def next(self, owing: Owing, now: datetime) -> datetime | None:
        """When the next reminder of it goes out, if it is still owed then."""
        return next_reminder(self.ladder, owing.deadline, now, self.quiet, self.tz, owing.announced_at)

    def has_begun(self, owing: Owing, now: datetime) -> bool:
        """Whether the deadline is near enough to be spoken of: its first step has passed."""
        return not self.ladder or self.ladder[0].moment(owing.deadline, self.tz) <= now

    def expires(self, owing: Owing, step: Step, now: datetime) -> datetime:
        """Until when a step may still be said: the next one says it better."""
        last = max(step.moment(owing.deadline, self.tz) + self.stale_after, now + timedelta(minutes=1))
        return self.next(owing, now) or last


@dataclass(frozen=True, slots=True)
class Fact:
    """That a step about one obligation is due to one account: what must not be said twice."""

    key: str
    owing: Owing
    to: Address
    expires: datetime


async def timings(session: AsyncSession, library: Library, owings: Sequence[Owing]) -> dict[int, Timing]:
    """How each period is reminded of, by period id: as the version of its programme in force says, else its own
    version."""
    current = {programme.code: programme for _, programme in await library.current(session)}
    found: dict[int, Timing] = {}
    known: dict[str, Timing] = {}
    for owing in owings:
        if owing.period_id in found:
            continue
        code = owing.duty.partition("/")[0]
        if code not in known:
            programme = current.get(code) or await library.get(session, owing.programme_id)
            known[code] = Timing(
                programme.steps(), programme.quiet, timedelta(days=programme.stale_after_days), zone_of(session)
            )
        found[owing.period_id] = known[code]
    return found


async def due_reminders(session: AsyncSession, library: Library, now: datetime) -> list[Fact]:
    """Every step that is due and not promised yet. Only reads, so that nobody who writes has to wait for it."""
    found = [*await pending(session, now), *await pending(session, now, returned=True)]
    owed = [owing for owing in {each.obligation_id: each for each in found}.values() if owing.is_owed]
    known = await timings(session, library, owed)
    due = [(owing, step) for owing in owed if (step := known[owing.period_id].step(owing, now)) is not None]
    if not due:
        return []
    heads = await heads_of_units(session, now, owers_of({owing.period_id for owing, _ in due}))
    facts = [
        (head, _fact(owing, step, head, known[owing.period_id].expires(owing, step, now)))
        for owing, step in due
        for head in heads.get(owing.unit_id, ())
    ]
    return await _unsaid(session, [(head, fact) for head, fact in facts if fact is not None])


def owers_of(periods: Collection[int]) -> Select[int]:
    """The ids of all units that owe for these periods, as a question within another one: they may be tens of
    thousands."""
    return select(Obligation.unit_id).where(Obligation.period_id.in_(periods)).distinct()


def _fact(owing: Owing, step: Step, head: Head, expires: datetime) -> Fact | None:
    to = head.address
    return None if to is None else Fact(_key(owing, step, to), owing, to, expires)


def _key(owing: Owing, step: Step, to: Address) -> str:
    # two duties may have a period of one name, so its number stands beside it
    turn = f"{owing.period_key}.{owing.period_id}"
    if owing.state == "returned":  # a correction has a ladder of its own
        turn += "R"
    return once_key(turn, step, owing.unit_id, to.account_id, owing.deadline.date() if owing.is_moved else None)


async def _unsaid(session: AsyncSession, facts: Sequence[tuple[Head, Fact]]) -> list[Fact]:
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
        fact
        for _, fact in facts
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
    return len(by_account)


async def promise_reminders(session: AsyncSession, library: Library, now: datetime) -> int:
    """Look who is to be reminded, and promise it. Returns how many messages; the same moment again promises none."""
    return await promise(session, await due_reminders(session, library, now), now)


def _rows(facts: Sequence[Fact], now: datetime) -> list[dict[str, Any]]:
    first = min(facts, key=lambda fact: (fact.owing.deadline, fact.owing.unit_path))
    owed = [fact.owing.obligation_id for fact in facts]
    rows = [reminder_row(fact.key, fact.to, owed, at=now, now=now, expires=fact.expires) for fact in facts]
    for row in rows:
        if row["once"] != first.key:
            row |= {"body": {}, "state": "cancelled", "settled_at": now, "error": f"joined {first.key}"}
    return rows


def reminder_row(
    once: str, to: Address, owed: Sequence[int], *, at: datetime, now: datetime, expires: datetime, by: str = ""
) -> dict[str, Any]:
    """A row of the outbox about the obligations `owed`; its words are found at the second of sending. `by`: who
    nudges."""
    return {
        "once": once,
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.REMINDER,
        "kind": KIND,
        "body": pack(Message("reminder.before")) | {"account": to.account_id, "owed": list(owed), "by": by},
        "state": "ready",
        "due_at": at,
        "expires_at": expires,
        "error": "",
        "created_at": now,
        "settled_at": None,
    }


async def rest_at_night(session: AsyncSession, library: Library, now: datetime) -> int:
    """What was promised by day and still waits when the night begins waits for the morning, and is looked at again
    then."""
    moved = 0
    quiets = {programme.quiet for _, programme in await library.current(session)}
    for quiet in quiets:
        morning = quiet.quiet_until(now + NIGHTFALL, zone_of(session))
        if morning <= now + NIGHTFALL:
            continue
        waiting = (Outbox.kind == KIND, Outbox.state == "ready", Outbox.due_at < morning)
        result = await session.execute(update(Outbox).where(*waiting).values(due_at=morning).returning(Outbox.id))
        moved += len(result.all())
    return moved


async def compose_reminder(
    session: AsyncSession, library: Library, account_id: int, body: dict[str, Any], now: datetime
) -> Message | None:
    """The one message that lists all that a person still owes; None when what it was promised for is settled, or at
    night.

    A nudge by hand (`body["by"]`: who nudges) is listed even when its deadline is far.
    """
    account = await session.get(Account, account_id)
    person = await session.get(Person, account.person_id) if account is not None and account.person_id else None
    if account is None or person is None or account.unreachable or person.erased_at is not None:
        return None
    owed = [owing for owing in await pending(session, now, person_id=person.id) if owing.is_owed]
    if not any(owing.obligation_id in body["owed"] for owing in owed):
        return None
    known = await timings(session, library, owed)
    if any(timing.quiet.is_quiet(now, zone_of(session)) for timing in known.values()):
        return None
    # what it was promised for stands first, then older debts, the newest of them first
    owed.sort(key=lambda owing: (owing.obligation_id not in body["owed"], -owing.deadline.timestamp()))
    listed = [
        owing for owing in owed if owing.obligation_id in body["owed"] or known[owing.period_id].has_begun(owing, now)
    ]
    names = await titles(session, library, listed)
    items = [line(owing, names[owing.period_id]) for owing in listed]
    values = {"name": person.name, "items": items[:SHOWN], "more": len(items) - SHOWN, "by": body.get("by", "")}
    values["single"] = len(listed) == 1  # what is said of the buttons must be true of those that stand below
    return Message(f"reminder.{_tone(listed[0], body)}", values, _buttons(listed), place="new")


def _tone(first: Owing, body: dict[str, Any]) -> str:
    if body.get("by"):
        return str(body.get("tone", "nudge"))  # nudged by hand; or the news of a round, or of its new deadline
    if first.state == "returned":
        return "returned"
    if first.standing.kind == "overdue":
        return "late"
    return "before" if first.standing.days else "today"


def _buttons(listed: Sequence[Owing]) -> tuple[tuple[Button, ...], ...]:
    """What to do with a single report; of several, which one to begin with."""
    if len(listed) == 1:
        return single_rows(listed[0])
    rows = tuple((report_button(owing, "reminder.button_report_of"),) for owing in listed[:SHOWN])
    units = {owing.unit_id for owing in listed}
    away = resign_button(units.pop() if len(units) == 1 else 0)
    return (*rows, (Button("reminder.button_all", "go", arg="lich"), away))


def single_rows(owing: Owing) -> tuple[tuple[Button, ...], ...]:
    """What may be done about one report that is owed: do it, say that there is nothing, ask for more time, or
    say that one is no longer in charge."""
    first = (report_button(owing), nothing_button(owing)) if owing.state == "missing" else (report_button(owing),)
    away = resign_button(owing.unit_id)
    return (first, (away,) if owing.state == "returned" else (extension_button(owing), away))


def report_button(owing: Owing, label: str = "reminder.button_report") -> Button:
    """Opens the report of that unit and period, begun or not."""
    values = {"key": owing.period_key, "unit": owing.unit_name}
    return Button(label, "report.open", owing.period_id, arg=str(owing.unit_id), values=values)


def nothing_button(owing: Owing) -> Button:
    """Asks for the reason why there is nothing to report."""
    return Button("reminder.button_nothing", "lich.nothing", owing.period_id, arg=str(owing.unit_id))


def extension_button(owing: Owing) -> Button:
    """Asks for more time."""
    return Button("reminder.button_extension", "extension.ask", owing.period_id, arg=str(owing.unit_id))


def resign_button(unit_id: int) -> Button:
    """Says that one is no longer in charge of a unit; 0: it is asked of which."""
    return Button("handover.button_resign", "handover.resign", unit_id)
