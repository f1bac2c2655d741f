"""What a unit that ceases leaves behind, and who gets it: what is owed, roles, codes, groups, the roster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import group_members, groups, invitations, people
from models.insertion import insert_once
from models.people import Membership
from models.rules.groups import CLUSTER, leave
from models.rules.handovers import LIVE
from models.rules.periods import local_day
from models.rules.unit_changes import roles_continue
from models.scopes import Scope
from models.tables import Group, GroupUnit, HandOver, Invitation, Obligation, PeriodRow, Report, RosterEntry, Unit
from models.zone import zone_of

WHY_ROOM = 200  # characters of the reason why something is not owed


@dataclass(frozen=True, slots=True)
class Estate:
    """One unit and those that follow it, the first of them being its successor; `ends`: whether it ceases."""

    unit: Unit
    heirs: tuple[Unit, ...]
    ends: bool

    @property
    def equals(self) -> tuple[Unit, ...]:
        """The heirs of its own rank: they go on with its roles and with what it owed."""
        return tuple(heir for heir in self.heirs if roles_continue(self.unit.kind, heir.kind))


@dataclass(frozen=True, slots=True)
class Draft:
    """A report begun and never filed."""

    report_id: int
    unit_name: str
    period_key: str


@dataclass(frozen=True, slots=True)
class Bequest:
    """What a change passes on. `continuing`: people who go on in an heir, each once; `ending`: whose role just ends.

    `owed`: reports of running periods that the ceasing units owe no more; `filed`: those that they have filed and that
    go on to count beside what the heirs file; `behind`: those of periods already over that they have not filed, and
    never will; `drafts`: begun among `owed`.
    """

    continuing: tuple[str, ...] = ()
    ending: tuple[str, ...] = ()
    owed: int = 0
    filed: int = 0
    behind: int = 0
    drafts: tuple[Draft, ...] = ()
    invitations: int = 0
    groups: int = 0


async def bequest(session: AsyncSession, estates: Sequence[Estate], day: date, now: datetime) -> Bequest:
    """What `pass_on` would do; nothing is written."""
    ceasing = [each for each in estates if each.ends]
    owed = await _owed(session, ceasing, day)
    held = await _held(session, estates, now)
    going = {m.person.id: m.person.name for each in estates if each.equals for m in held.get(each.unit.id, ())}
    ends = {m.person.id: m.person.name for each in ceasing for m in held.get(each.unit.id, ())}
    return Bequest(
        continuing=tuple(going.values()),
        ending=tuple(name for person, name in ends.items() if person not in going),
        owed=len(owed),
        filed=await _count(session, ceasing, PeriodRow.ends_on >= day, Report.submitted_at.is_not(None)),
        behind=await _count(session, ceasing, PeriodRow.ends_on < day, Report.submitted_at.is_(None)),
        drafts=tuple(Draft(report, unit, key) for _, unit, key, report in owed if report is not None),
        invitations=len(await _invitations(session, ceasing, now)),
        groups=len({row.group_id for row in await _spans(session, estates, day)}),
    )


async def pass_on(
    session: AsyncSession, estates: Sequence[Estate], day: date, *, by: int | None, now: datetime
) -> Bequest:
    """Give what the units leave to those that follow them. Each heir's share is its own: nothing is taken from it."""
    done = await bequest(session, estates, day, now)
    await _owe_instead(session, estates, day, now)
    await _hand_roles(session, estates, by, now)
    await _hand_codes(session, [each for each in estates if each.ends], by, now)
    await _hand_groups(session, estates, day, by, now)
    await _hand_rosters(session, [each for each in estates if each.ends and each.equals], now)
    await session.flush()
    return done


# --- what is owed ---------------------------------------------------------------------------------------------------


async def _owed(
    session: AsyncSession, ceasing: Iterable[Estate], day: date
) -> Sequence[tuple[Obligation, str, str, int | None]]:
    """What the units still owe for periods that end on the day or later, with the draft of it."""
    statement = (
        select(Obligation, Unit.name, PeriodRow.key, Report.id)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Obligation.unit_id))
        .where(Obligation.unit_id.in_(_ids(ceasing)), Obligation.waived == "", Report.submitted_at.is_(None))
        .where(PeriodRow.ends_on >= day)
        .order_by(PeriodRow.due_at, Unit.path)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(statement)]


async def _count(session: AsyncSession, ceasing: Iterable[Estate], *which: ColumnElement[bool]) -> int:
    """How many of the reports that the ceasing units owe, or owed, are such."""
    statement = (
        select(Obligation.id)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Obligation.unit_id))
        .where(Obligation.unit_id.in_(_ids(ceasing)), Obligation.waived == "", *which)
    )
    return len((await session.scalars(statement)).all())


async def _owe_instead(session: AsyncSession, estates: Sequence[Estate], day: date, now: datetime) -> None:
    """From the period in which the day lies the heirs owe, and those that ceased do not.

    A period already over for which every one of them had filed needs nothing more: it is all there.
    """
    ceasing = [each for each in estates if each.ends]
    still_owed = {obligation.period_id for obligation, *_ in await _owed(session, ceasing, day)}
    for obligation, *_ in await _owed(session, ceasing, day):
        obligation.waived = _why(next(each for each in ceasing if each.unit.id == obligation.unit_id))
    statement = (
        select(PeriodRow.id, PeriodRow.ends_on, Obligation.unit_id)
        .join(Obligation, Obligation.period_id == PeriodRow.id)
        .where(Obligation.unit_id.in_(_ids(estates)), PeriodRow.ends_on >= day)
    )
    today = local_day(now, zone_of(session))
    heirs = {each.unit.id: each for each in estates}
    rows = []
    for period_id, ends_on, unit_id in (await session.execute(statement)).all():
        settled = "" if ends_on >= today or period_id in still_owed else _came_from(heirs[unit_id])
        new = [heir.id for heir in heirs[unit_id].equals if heir.kind == heirs[unit_id].unit.kind]
        rows += [{"period_id": period_id, "unit_id": heir, "waived": settled} for heir in new]
    await insert_once(session, Obligation, rows)


def _why(estate: Estate) -> str:
    """A reason that needs no words: where to look now."""
    return f"→ {', '.join(heir.name for heir in estate.heirs)}"[:WHY_ROOM] if estate.heirs else "×"


def _came_from(estate: Estate) -> str:
    return f"← {estate.unit.name}"[:WHY_ROOM] if estate.ends else ""


# --- people ---------------------------------------------------------------------------------------------------------


async def _held(session: AsyncSession, estates: Iterable[Estate], now: datetime) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = {}
    for held in await people.memberships(session, _ids(estates), None, now):
        found.setdefault(held.unit.id, []).append(held)
    return found


async def _hand_roles(session: AsyncSession, estates: Sequence[Estate], by: int | None, now: datetime) -> None:
    """Everybody goes on in every heir of the same rank as what they were; in a unit that ceases their role ends."""
    held = await _held(session, estates, now)
    for estate in estates:
        for each in held.get(estate.unit.id, ()):
            role = each.role
            scope = Scope(role.group_id, role.field)
            for heir in estate.equals:
                await people.grant(session, role.person_id, heir.id, role.kind, by=by, now=now, scope=scope)
            if estate.ends:
                await people.end_role(session, role, by=by, now=now)


async def _invitations(session: AsyncSession, ceasing: Iterable[Estate], now: datetime) -> Sequence[Invitation]:
    statement = select(Invitation).where(
        Invitation.unit_id.in_(_ids(ceasing)), Invitation.revoked_at.is_(None), Invitation.expires_at > now
    )
    return (await session.scalars(statement.order_by(Invitation.id))).all()


async def _hand_codes(session: AsyncSession, ceasing: Sequence[Estate], by: int | None, now: datetime) -> None:
    """A code on a poster and a hand-over under way lead into the first heir; without one they end."""
    into = {each.unit.id: each.equals[0].id for each in ceasing if each.equals}
    for invitation in await _invitations(session, ceasing, now):
        if invitation.unit_id in into:
            invitation.unit_id = into[invitation.unit_id]
        else:
            await invitations.revoke(session, invitation, by=by, now=now)
    waiting = select(HandOver).where(HandOver.unit_id.in_(_ids(ceasing)), HandOver.state.in_(LIVE))
    for hand_over in await session.scalars(waiting):
        if hand_over.unit_id in into:
            hand_over.unit_id = into[hand_over.unit_id]
        else:
            hand_over.state, hand_over.done_at = "cancelled", now
        hand_over.version += 1


async def _hand_rosters(session: AsyncSession, ceasing: Sequence[Estate], now: datetime) -> None:
    """The list of members is copied to the first heir, whoever stands in both lists once."""
    for estate in ceasing:
        heir = estate.equals[0]
        there = list(await session.scalars(_roster(heir.id)))
        known = {_known_as(each) for each in there}
        number = max((each.number for each in there), default=0)
        for entry in await session.scalars(_roster(estate.unit.id)):
            entry.until = now
            if _known_as(entry) in known:
                continue
            number += 1
            known.add(_known_as(entry))
            session.add(_copied(entry, heir.id, number, now))
        await session.flush()


def _roster(unit_id: int) -> Select[RosterEntry]:
    current = select(RosterEntry).where(RosterEntry.unit_id == unit_id, RosterEntry.until.is_(None))
    return current.order_by(RosterEntry.number, RosterEntry.id)


def _known_as(entry: RosterEntry) -> tuple[object, ...]:
    return ("person", entry.person_id) if entry.person_id else (entry.name_folded, entry.birth_year, entry.phone)


def _copied(entry: RosterEntry, unit_id: int, number: int, now: datetime) -> RosterEntry:
    return RosterEntry(
        unit_id=unit_id, number=number, name=entry.name, name_folded=entry.name_folded, birth_year=entry.birth_year,
        phone=entry.phone, duty=entry.duty, note=entry.note, person_id=entry.person_id, since=now,
    )  # fmt: skip


# --- groups ---------------------------------------------------------------------------------------------------------


async def _spans(session: AsyncSession, estates: Iterable[Estate], day: date) -> Sequence[GroupUnit]:
    """The memberships that count on the day or later, of units that pass them on."""
    passing = [each for each in estates if each.ends or each.equals]
    statement = select(GroupUnit).where(GroupUnit.unit_id.in_(_ids(passing)), groups.not_over(day))
    return (await session.scalars(statement.order_by(GroupUnit.id))).all()


async def _hand_groups(
    session: AsyncSession, estates: Sequence[Estate], day: date, by: int | None, now: datetime
) -> None:
    """The heirs enter the groups on that day; of two clusters of one owner, that of the unit named first."""
    spans = await _spans(session, estates, day)
    for estate in estates:
        for row in (each for each in spans if each.unit_id == estate.unit.id):
            group = await session.get_one(Group, row.group_id)
            since, until = max(row.since, day), row.until
            if estate.ends:
                row.until = leave(groups.span_of(row), day).until
                await session.flush()
            for heir in estate.equals:
                if group.closed_on is None and await _is_free(session, heir, group, since):
                    await group_members.admit(session, group, [heir.id], since, until, by=by, now=now)


async def _is_free(session: AsyncSession, heir: Unit, group: Group, day: date) -> bool:
    """Whether an heir may enter: not when it already stands in a cluster of that owner, or in this very block."""
    for other in await groups.groups_of_unit(session, heir.id, day):
        if other.id == group.id or (other.unit_id == group.unit_id and other.kind == group.kind == CLUSTER):
            return False
    return True


def _ids(estates: Iterable[Estate]) -> list[int]:
    return [each.unit.id for each in estates]
