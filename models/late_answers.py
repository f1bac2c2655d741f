"""What whoever owes said last of it: more time asked for, reminded again later, no longer in charge, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.heads import Head, heads_of_units
from models.owings import Owing
from models.tables import Extension, HandOver, Person, RosterEntry, Snooze

SINCE_DUE = 14  # days before the deadline: what was said earlier was not about this


async def of(session: AsyncSession, owings: Sequence[Owing], now: datetime) -> dict[int, dict[str, Any]]:
    """By obligation: `head` (the name to call, or ""), `reachable`, `phone` (of who is not, if they gave one), and
    `said` with `until`: resigned, asked, refused, granted, snoozed, draft, or nothing."""
    units = list({owing.unit_id for owing in owings})
    heads = await heads_of_units(session, now, units)
    extensions = await _extensions(session, [owing.obligation_id for owing in owings])
    resigned = await _resigned(session, units)
    people = [head.person_id for many in heads.values() for head in many]
    snoozes = {row.person_id: row for row in await session.scalars(select(Snooze).where(Snooze.person_id.in_(people)))}
    phones = await _phones(session, units)
    found = {}
    for owing in owings:
        mine = heads.get(owing.unit_id, [])
        said = _said(owing, mine, extensions.get(owing.obligation_id), snoozes)
        gone = resigned.get(owing.unit_id)
        if gone is not None and not mine:
            said = {"said": "resigned", "until": None}
        found[owing.obligation_id] = _person(owing, mine, gone, phones) | said
    return found


def _person(
    owing: Owing, heads: Sequence[Head], gone: str | None, phones: Mapping[tuple[int, int], str]
) -> dict[str, Any]:
    """Whom to call: the first who can be reached, else the first, with their phone."""
    best = next((head for head in heads if head.address is not None), next(iter(heads), None))
    if best is None:
        return {"head": gone or "", "reachable": False, "phone": ""}
    is_reached = best.address is not None
    return {
        "head": best.name,
        "reachable": is_reached,
        "phone": "" if is_reached else phones.get((owing.unit_id, best.person_id), ""),
    }


def _said(
    owing: Owing, heads: Sequence[Head], extension: Extension | None, snoozes: Mapping[int, Snooze]
) -> dict[str, Any]:
    """The latest word, by the moment it was said."""
    words: list[tuple[datetime, str, datetime | None]] = []
    if extension is not None:
        until = extension.until if extension.state == "granted" else extension.wanted_until
        words.append((extension.asked_at, extension.state, until))
    for head in heads:
        snooze = snoozes.get(head.person_id)
        if snooze is not None and (owing.deadline - snooze.at).days < SINCE_DUE:
            words.append((snooze.at, "snoozed", snooze.until))
    if words:
        _, said, until = max(words, key=lambda word: word[0])
        return {"said": said, "until": until}
    return {"said": "draft" if owing.state == "draft" else "nothing", "until": None}


async def _extensions(session: AsyncSession, obligations: Sequence[int]) -> dict[int, Extension]:
    """The last request about each obligation that was not taken back."""
    wanted = select(Extension).where(Extension.obligation_id.in_(obligations), Extension.state != "withdrawn")
    return {row.obligation_id: row for row in await session.scalars(wanted.order_by(Extension.id))}


async def _resigned(session: AsyncSession, units: Sequence[int]) -> dict[int, str]:
    """By unit, who said that they are no longer in charge."""
    wanted = (
        select(HandOver.unit_id, Person.name)
        .join(Person, Person.id == HandOver.from_person)
        .where(HandOver.unit_id.in_(units), HandOver.state == "open")
        .order_by(HandOver.id)
    )
    return {unit_id: name for unit_id, name in await session.execute(wanted)}


async def _phones(session: AsyncSession, units: Sequence[int]) -> dict[tuple[int, int], str]:
    """By unit and person, the phone that the team's list has of them."""
    wanted = select(RosterEntry.unit_id, RosterEntry.person_id, RosterEntry.phone).where(
        RosterEntry.unit_id.in_(units), RosterEntry.until.is_(None), RosterEntry.phone != ""
    )
    rows = await session.execute(wanted)
    return {(unit_id, person_id): phone for unit_id, person_id, phone in rows if person_id is not None}
