"""What is late goes up: one list for each person who answers for it above, owed once, made at the second of sending."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import late_answers, outbox
from models.days_off import OfficeCalendar
from models.heads import Address, Head, heads_of_units, secretaries
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.owings import Owing, line, pending, titles
from models.programmes import Library
from models.rules.escalations import ABOVE, Rise
from models.rules.periods import local_day
from models.rules.permissions import COORDINATOR
from models.rules.trees import ids_of
from models.tables import Account, Outbox, Person, Unit
from models.timings import Timing, timings
from models.zone import zone_of

KIND = "escalation"
KEYS_BEGIN = "escalate:"
SHOWN = 5  # names in the message; the rest is behind a button

Group = tuple[str, date]  # the step, and the day on which what it speaks of was due


@dataclass(slots=True)
class Told:
    """Somebody above, with what they are to hear of: by step and due day, what is late."""

    head: Head
    unit_id: int  # the office for which they hear it
    groups: dict[Group, list[Owing]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LateList:
    """A list that is due to a person: `keys` are the facts that must not be told twice."""

    keys: tuple[str, ...]
    to: Address
    body: dict[str, Any]
    expires: datetime


def is_late(owing: Owing) -> bool:
    return owing.is_owed and owing.standing.kind == "overdue"


async def due_lists(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, owed: Sequence[Owing], now: datetime
) -> list[LateList]:
    """Every list that is due and not promised yet. Only reads. `owed`: all that is still owed."""
    late = [owing for owing in owed if is_late(owing)]
    if not late:
        return []
    known = await timings(session, library, calendar, late, now)
    risen = [(owing, rise) for owing in late for rise in known[owing.period_id].due_rises(owing, now)]
    tz = zone_of(session)  # a team that came to be after its deadline has had no time yet
    risen = [(owing, rise) for owing, rise in risen if rise.moment(owing.deadline, tz) > owing.announced_at]
    told = await _told(session, risen, now)
    stale_after = max((each.stale_after for each in known.values()), default=timedelta())
    said = await _said(session, told)
    lists = [_list(each, said, now + stale_after) for each in told.values()]
    return [each for each in lists if each is not None]


async def _said(session: AsyncSession, told: Mapping[int, Told]) -> set[str]:
    """Which of these were promised; what somebody heard under another number before two were made one counts too."""
    if not told:
        return set()
    merged = select(Person.id, Person.merged_into).where(Person.merged_into.in_(told))
    known_as = [(person_id, person_id) for person_id in told]
    known_as += [(gone, into) for gone, into in await session.execute(merged) if into is not None]
    keys = {
        _key_for(person_id, group): _key(told[into], group)
        for person_id, into in known_as
        for group in told[into].groups
    }
    return {keys[once] for once in await session.scalars(select(Outbox.once).where(Outbox.once.in_(keys)))}


async def _told(session: AsyncSession, risen: Sequence[tuple[Owing, Rise]], now: datetime) -> dict[int, Told]:
    """By person, what they are to hear of."""
    above = {unit_id for owing, _ in risen for unit_id in ids_of(owing.unit_path)[:-1]}
    if not above:
        return {}
    found_kinds = await session.execute(select(Unit.id, Unit.kind).where(Unit.id.in_(above)))
    kinds = {unit_id: kind for unit_id, kind in found_kinds}
    offices = await heads_of_units(session, now, list(above))
    officers = {unit_id: [each for each in heads if each.kind == COORDINATOR] for unit_id, heads in offices.items()}
    watchers = await secretaries(session, list(above), now)
    found: dict[int, Told] = {}
    tz = zone_of(session)
    for owing, rise in risen:
        group = (rise.name, local_day(owing.deadline, tz))
        for unit_id, head in _hearers(owing, rise, kinds, officers, watchers):
            told = found.setdefault(head.person_id, Told(head, unit_id))
            many = told.groups.setdefault(group, [])
            if owing not in many:
                many.append(owing)
    return found


def _hearers(
    owing: Owing,
    rise: Rise,
    kinds: Mapping[int, str],
    officers: Mapping[int, Sequence[Head]],
    watchers: Mapping[int, Sequence[Head]],
) -> Iterator[tuple[int, Head]]:
    """Whoever a step goes to: the nearest office above with anybody in it and its secretaries; or those of a kind."""
    above = ids_of(owing.unit_path)[-2::-1]
    meant = above if rise.to == ABOVE else [unit_id for unit_id in above if kinds.get(unit_id) == rise.to]
    for people in (officers, watchers) if rise.to == ABOVE else (officers,):
        nearest = next((unit_id for unit_id in meant if people.get(unit_id)), None)
        if nearest is not None:
            yield from ((nearest, head) for head in people[nearest])


def _key(told: Told, group: Group) -> str:
    return _key_for(told.head.person_id, group)


def _key_for(person_id: int, group: Group) -> str:
    name, day = group
    return f"{KEYS_BEGIN}{name}:{day.isoformat()}:person:{person_id}"


def _list(told: Told, said: set[str], expires: datetime) -> LateList | None:
    """What is new to somebody whom a chat reaches."""
    groups = sorted(group for group in told.groups if _key(told, group) not in said)
    to = told.head.address
    if to is None or not groups:
        return None
    named = [[name, day.isoformat()] for name, day in groups]
    body = {"person": told.head.person_id, "unit": told.unit_id, "groups": named, "account": to.account_id}
    return LateList(tuple(_key(told, group) for group in groups), to, body, expires)


async def promise(session: AsyncSession, lists: Sequence[LateList], now: datetime) -> int:
    """Promise one message a person. Returns how many."""
    rows = []
    for each in lists:
        for place, key in enumerate(each.keys):
            row = _row(key, each, now)
            if place:  # the facts beside the first one are told in its message
                row |= {"body": {}, "state": "cancelled", "settled_at": now, "error": f"joined {each.keys[0]}"}
            rows.append(row)
    if rows:
        await insert_once(session, Outbox, rows)
    return len(lists)


def _row(key: str, found: LateList, now: datetime) -> dict[str, Any]:
    return {
        "once": key,
        "channel": found.to.channel,
        "address": found.to.address,
        "lane": outbox.REMINDER,
        "kind": KIND,
        "body": pack(Message("escalation.late")) | found.body,
        "state": "ready",
        "due_at": now,
        "expires_at": found.expires,
        "error": "",
        "created_at": now,
        "settled_at": None,
    }


# --- at the second of sending ---------------------------------------------------------------------------------------


async def compose(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, body: dict[str, Any], now: datetime
) -> Message | None:
    """The list as it is now: whoever has filed meanwhile stands in it no more. None: nobody is late, or it is night."""
    account = await session.get(Account, body["account"])
    person = await session.get(Person, body["person"])
    if person is not None and person.merged_into is not None:
        person = await session.get(Person, person.merged_into)
    unit = await session.get(Unit, body["unit"])
    if account is None or account.unreachable or person is None or unit is None or account.person_id != person.id:
        return None
    late = await late_of(session, unit.path, now)
    known = await timings(session, library, calendar, late, now)
    if any(each.rest.is_quiet(now, each.working.tz) for each in known.values()):
        return None
    wanted = {(name, date.fromisoformat(day)) for name, day in body["groups"]}
    told = await _told(session, _risen(session, late, known, wanted), now)
    mine = told.get(person.id)
    if mine is None:
        return None
    listed = {owing.obligation_id: owing for _, many in sorted(mine.groups.items()) for owing in many}
    owings = list(listed.values())  # two steps may bring the same report to one person
    rows = await described(session, library, owings[:SHOWN], now)
    values = {"name": person.name, "rows": rows, "count": len(owings), "more": max(len(owings) - SHOWN, 0)}
    see = Button("escalation.button_list", "escalation.list", unit.id, values={"count": len(owings)})
    return Message(
        "escalation.late", values, ((see,), (Button("escalation.button_board", "go", arg="tiendo"),)), place="new"
    )


def _risen(
    session: AsyncSession, late: Sequence[Owing], known: Mapping[int, Timing], wanted: set[Group]
) -> list[tuple[Owing, Rise]]:
    """What the promised steps speak of, as it is now."""
    tz = zone_of(session)
    return [
        (owing, rise)
        for owing in late
        for rise in known[owing.period_id].rises
        if (rise.name, local_day(owing.deadline, tz)) in wanted
    ]


async def late_of(session: AsyncSession, path: str, now: datetime) -> list[Owing]:
    """What is late below an office, the longest first."""
    found = [
        *await pending(session, now, path=path),
        *await pending(session, now, path=path, returned=True),
    ]
    late = {each.obligation_id: each for each in found if is_late(each) and each.unit_path != path}
    return sorted(late.values(), key=lambda each: (each.deadline, each.unit_path))


async def described(
    session: AsyncSession, library: Library, owings: Sequence[Owing], now: datetime
) -> list[dict[str, Any]]:
    """Lines of the list: what is late, who answers for it and what they said last."""
    names = await titles(session, library, owings)
    answers = await late_answers.of(session, owings, now)
    return [line(owing, names[owing.period_id]) | answers[owing.obligation_id] for owing in owings]
