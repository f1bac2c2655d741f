"""What a person may see of what we know about them (Law 91/2025/QH15, Art. 4): every row of ours, as facts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import chats, group_chats, guide_work, known_answers, mutes, own_announcements, questions, visits
from models.rules.reports import report_code
from models.tables import (
    Answer,
    Evidence,
    Extension,
    HandOver,
    Invitation,
    LinkCode,
    ListEntry,
    Obligation,
    PeriodRow,
    Person,
    Remark,
    Report,
    Review,
    Revision,
    Role,
    RosterEntry,
    SectionRequest,
    Snooze,
    Team,
    Unit,
)

Fact = dict[str, Any]  # one thing known about a person; `kind` says which

_SHARES: tuple[tuple[str, type[Answer] | type[ListEntry] | type[Remark] | type[Evidence] | type[Revision]], ...] = (
    ("answers", Answer),
    ("remarks", Remark),
    ("lines", ListEntry),
    ("photos", Evidence),
    ("sent", Revision),
)


async def facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """Every row of ours that is about this person, as facts in the order to read them: who, where, what they did."""
    person = await session.get_one(Person, person_id)
    accounts = [
        {"kind": "account", "channel": each.channel, "name": each.name, "seen_at": each.seen_at}
        for each in await chats.of_person(session, person_id)
    ]
    return [
        {"kind": "person", "number": person.id, "name": person.name, "at": person.created_at},
        *accounts,
        *await _merged_facts(session, person_id),
        *await _role_facts(session, person_id),
        *await _team_facts(session, person_id),
        *await _roster_facts(session, person_id),
        *await _report_facts(session, person_id),
        *await _review_facts(session, person_id),
        *await _extension_facts(session, person_id),
        *await _section_facts(session, person_id),
        *await _invitation_facts(session, person_id),
        *await _hand_over_facts(session, person_id),
        *await _visit_facts(session, person_id),
        *await _question_facts(session, person_id),
        *await guide_work.facts(session, person_id),
        *await group_chats.facts(session, person_id),
        *await own_announcements.facts(session, person_id),
        *await _snooze_facts(session, person_id),
        *await _mute_facts(session, person_id),
    ]


async def _merged_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """Whom somebody was known as before their accounts were made one, and the codes for that."""
    merged = await session.scalars(select(Person).where(Person.merged_into == person_id).order_by(Person.id))
    codes = await session.scalars(select(LinkCode).where(LinkCode.person_id == person_id).order_by(LinkCode.id))
    return [
        *({"kind": "merged", "number": each.id, "name": each.name} for each in merged),
        *({"kind": "link", "at": each.created_at, "used": each.used_at is not None} for each in codes),
    ]


async def _role_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    statement = select(Role, Unit.name).join(Unit, Unit.id == Role.unit_id).where(Role.person_id == person_id)
    return [
        {"kind": "role", "role": role.kind, "unit": unit, "since": role.since, "until": role.until}
        for role, unit in await session.execute(statement.order_by(Role.id))
    ]


async def _team_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    mine = or_(Team.registered_by == person_id, Team.decided_by == person_id)
    statement = select(Team, Unit.name).join(Unit, Unit.id == Team.unit_id).where(mine).order_by(Team.unit_id)
    facts = []
    for team, unit in await session.execute(statement):
        if team.registered_by == person_id:
            facts.append({"kind": "team", "deed": "registered", "unit": unit, "at": team.registered_at})
        if team.decided_by == person_id:
            facts.append({"kind": "team", "deed": team.state, "unit": unit, "at": team.decided_at})
    return facts


async def _roster_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """The lines of lists of members that are known to be about this person."""
    statement = (
        select(RosterEntry, Unit.name)
        .join(Unit, Unit.id == RosterEntry.unit_id)
        .where(RosterEntry.person_id == person_id)
        .order_by(RosterEntry.id)
    )
    return [
        {
            "kind": "roster", "unit": unit, "name": entry.name, "duty": entry.duty, "year": entry.birth_year,
            "phone": entry.phone, "note": entry.note, "since": entry.since, "until": entry.until,
        }
        for entry, unit in await session.execute(statement)
    ]  # fmt: skip


async def _review_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    statement = (
        select(Review, PeriodRow.key, Unit.name)
        .join(Report, Report.id == Review.report_id)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Review.person_id == person_id)
        .order_by(Review.id)
    )
    found = [(each, report_code(key, each.report_id), unit) for each, key, unit in await session.execute(statement)]
    return [
        {"kind": "review", "deed": each.kind, "code": code, "unit": unit, "at": each.at} for each, code, unit in found
    ]


async def _extension_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """The requests for more time that somebody made, and those they answered."""
    statement = (
        select(Extension, Unit.name)
        .join(Obligation, Obligation.id == Extension.obligation_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(or_(Extension.asked_by == person_id, Extension.decided_by == person_id))
        .order_by(Extension.id)
    )
    return [
        {"kind": "extension", "asked": each.asked_by == person_id, "unit": unit, "at": each.asked_at}
        for each, unit in await session.execute(statement)
    ]


async def _section_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """The sections of reports that somebody asked of others, with their own words, and those they were asked for.

    Only units they were ever in are looked at: nobody is asked for another one's.
    """
    was_in = Report.unit_id.in_(select(Role.unit_id).where(Role.person_id == person_id))
    mine = or_(SectionRequest.asked_by == person_id, SectionRequest.person_id == person_id)
    statement = (
        select(SectionRequest, Unit.name)
        .join(Report, Report.id == SectionRequest.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(was_in, mine)
        .order_by(SectionRequest.id)
    )
    facts = []
    for each, unit in await session.execute(statement):
        asked = each.asked_by == person_id
        note = each.note if asked else ""
        facts.append({"kind": "section", "asked": asked, "unit": unit, "note": note, "at": each.asked_at})
    return facts


async def _report_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """What somebody wrote in reports. Only units they were ever in are looked at: nobody writes for another one."""
    was_in = Report.unit_id.in_(select(Role.unit_id).where(Role.person_id == person_id))
    shares: dict[str, dict[int, int]] = {}
    for name, table in _SHARES:
        counted = (
            select(table.report_id, func.count())
            .join(Report, Report.id == table.report_id)
            .where(was_in, table.person_id == person_id)
            .group_by(table.report_id)
        )
        if table is Revision:
            counted = counted.where(Revision.number > 0)  # number 0 is a correction not sent yet
        shares[name] = {report_id: number for report_id, number in await session.execute(counted)}
    touched = set().union(*shares.values())
    statement = (
        select(Report, PeriodRow.key, Unit.name)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(was_in, or_(Report.id.in_(touched), Report.created_by == person_id, Report.submitted_by == person_id))
        .order_by(PeriodRow.starts_on.desc(), Report.id)
    )
    return [
        {
            "kind": "report",
            "code": report_code(key, report.id),
            "unit": unit,
            "begun": report.created_by == person_id,
            "submitted_at": report.submitted_at if report.submitted_by == person_id else None,
            **{name: counts.get(report.id, 0) for name, counts in shares.items()},
        }
        for report, key, unit in await session.execute(statement)
    ]


async def _invitation_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    statement = (
        select(Invitation, Unit.name)
        .join(Unit, Unit.id == Invitation.unit_id)
        .where(Invitation.created_by == person_id)
        .order_by(Invitation.id)
    )
    return [
        {"kind": "invitation", "role": invitation.role, "unit": unit, "at": invitation.created_at}
        for invitation, unit in await session.execute(statement)
    ]


async def _hand_over_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    mine = or_(HandOver.from_person == person_id, HandOver.to_person == person_id)
    statement = select(HandOver, Unit.name).join(Unit, Unit.id == HandOver.unit_id).where(mine).order_by(HandOver.id)
    return [
        {
            "kind": "handover",
            "gave": row.from_person == person_id,
            "role": row.role,
            "unit": unit,
            "day": row.on_day,
            "state": row.state,
        }
        for row, unit in await session.execute(statement)
    ]


async def _visit_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """How many visits somebody made, for each unit; which citizen it was is known nowhere."""
    return [
        {"kind": "visit", "unit": unit or "", "count": count, "first": first, "last": last}
        for unit, count, first, last in await visits.counts_of(session, person_id)
    ]


async def _question_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """What somebody asked of an office, in their words; what they answered, and which answers they gave to all."""
    found = await questions.of_person(session, person_id)
    asked = [each.question for each in found if each.question.person_id == person_id]
    answered = [each.question for each in found if each.question.answered_by == person_id]
    kept = await known_answers.of_person(session, person_id)
    return [
        *({"kind": "question", "deed": "asked", "text": each.text, "at": each.asked_at} for each in asked),
        *({"kind": "question", "deed": "answered", "text": each.answer, "at": each.answered_at} for each in answered),
        *({"kind": "question", "deed": "kept", "text": each.text, "at": each.at} for each in kept),
    ]


async def _snooze_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """Until when somebody last wished to be left in peace."""
    until = await session.scalar(select(Snooze.until).where(Snooze.person_id == person_id))
    return [] if until is None else [{"kind": "snooze", "until": until}]


async def _mute_facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """Which kinds of message somebody turned off."""
    off = await mutes.kinds_of(session, person_id)
    return [{"kind": "mute", "what": kind, "at": at} for kind, at in off.items()]
