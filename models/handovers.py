"""Handing a unit over: asked, accepted, carried out on its day; what belongs to the unit follows by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, outbox, people, transfers, units
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.handovers import LIVE, handed_role, is_due
from models.rules.periods import local_day
from models.rules.permissions import MEMBER, TEAM_WRITERS
from models.rules.reminders import Quiet
from models.tables import HandOver, Invitation, Person, Unit
from models.transfers import Transfer
from models.zone import zone_of

ANSWERS = ("accept", "decline")


async def arrange(
    session: AsyncSession,
    unit: Unit,
    giver: Person,
    *,
    to_person: int | None,
    invitation: Invitation | None,
    on_day: date,
    stays: bool,
    by: int,
    now: datetime,
) -> Transfer:
    """Hand the role of `giver` over: to a person, who is to accept it, or to whoever takes the code of `invitation`.

    Raises Refusal handover.already when this giver is handing over already, handover.not_head when the role is no
    longer theirs.
    """
    await people.lock_heads(session, unit, now)
    role = handed_role(unit.kind)
    if await people.held_role(session, giver.id, unit.id, role, now) is None:
        raise Refusal("handover.not_head", name=giver.name, role=role, unit=unit.name)
    mine = [each.row for each in await transfers.live_of(session, unit.id) if each.giver.id == giver.id]
    if any(row.state != "open" for row in mine):
        raise Refusal("handover.already", unit=unit.name)
    row = mine[0] if mine else HandOver(unit_id=unit.id, role=role, from_person=giver.id, created_at=now, version=0)
    row.to_person, row.invitation_id = to_person, invitation.id if invitation else None
    row.on_day, row.stays, row.created_by = on_day, stays, by
    session.add(row)
    await _move(session, row, "asked", by, now)
    found = await transfers.find(session, row.id)
    assert found is not None
    if found.receiver is not None:
        answers = tuple(Button(f"handover.button_{each}", f"handover.{each}", row.id, row.version) for each in ANSWERS)
        await _tell(session, found, found.receiver.id, "handover.asked_you", now, (answers,))
    return found


async def give_up(session: AsyncSession, unit: Unit, giver: Person, now: datetime) -> tuple[Transfer, int]:
    """Note that somebody no longer answers for a unit and knows no successor; whoever stands above is told.

    Returns the row, and how many were told. Said twice, it is told once. Raises Refusal as `arrange` does.
    """
    await people.lock_heads(session, unit, now)
    mine = [each for each in await transfers.live_of(session, unit.id) if each.giver.id == giver.id]
    if mine:
        if mine[0].row.state != "open":
            raise Refusal("handover.already", unit=unit.name)
        return mine[0], len(await _above(session, unit, now))
    role, today = handed_role(unit.kind), local_day(now, zone_of(session))
    row = HandOver(unit_id=unit.id, role=role, from_person=giver.id, on_day=today, stays=False, version=0)
    row.created_by, row.created_at = giver.id, now
    session.add(row)
    await _move(session, row, "open", giver.id, now)
    found = Transfer(row, unit, giver, None)
    above = await _above(session, unit, now)
    to_unit = ((Button("handover.button_name", "handover.begin", unit.id, arg=str(giver.id)),),)
    for person in above:
        await _tell(session, found, person.id, "handover.given_up", now, to_unit)
    return found, len(above)


async def renew_code(session: AsyncSession, found: Transfer, invitation: Invitation, by: int, now: datetime) -> None:
    """A fresh code in the place of one that was lost or has run out."""
    await _revoke_code(session, found.row, now)
    found.row.invitation_id = invitation.id
    await _move(session, found.row, "asked", by, now)


async def accept(session: AsyncSession, found: Transfer, now: datetime) -> bool:
    """The receiver says yes. Returns whether the unit is theirs at once; else it will be on the day."""
    assert found.receiver is not None
    await _move(session, found.row, "planned", found.receiver.id, now)
    if is_due(found.row.on_day, local_day(now, zone_of(session))):
        return await _carry_out(session, found, now, but=found.receiver.id)
    await _tell(session, found, found.giver.id, "handover.accepted", now)
    await _tell_creator(session, found, "handover.accepted", now)
    return False


async def take(session: AsyncSession, found: Transfer, person: Person, now: datetime) -> Transfer:
    """The code of a hand-over was taken: its bearer is the receiver, and taking it is accepting it."""
    found.row.to_person = person.id
    taken = Transfer(found.row, found.unit, found.giver, person)
    await accept(session, taken, now)
    return taken


async def decline(session: AsyncSession, found: Transfer, now: datetime) -> None:
    """The receiver says no: everything stays as it is, and the giver hears of it."""
    await _move(session, found.row, "declined", found.row.to_person, now)
    again = ((Button("handover.button_again", "handover.begin", found.unit.id),),)
    await _tell(session, found, found.giver.id, "handover.declined", now, again)
    await _tell_creator(session, found, "handover.declined", now)


async def cancel(session: AsyncSession, found: Transfer, *, by: int | None, now: datetime) -> None:
    """Nothing is handed over after all; the receiver, who may have been told, hears of it."""
    await _revoke_code(session, found.row, now)
    await _move(session, found.row, "cancelled", by, now)
    for person in (found.giver, found.receiver):
        if person is not None and person.id != by:
            await _tell(session, found, person.id, "handover.called_off", now)


async def forget(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Somebody is erased: nothing can be handed to them any more, nor does their unit wait for their word."""
    concerned = or_(
        HandOver.to_person == person_id, and_(HandOver.from_person == person_id, HandOver.state.in_(("open", "asked")))
    )
    rows = await session.execute(transfers.asked(concerned, HandOver.state.in_(LIVE)))
    for row in rows.all():
        await cancel(session, Transfer(*row), by=person_id, now=now)


# --- to carry out -----------------------------------------------------------------------------------------------------


async def carry_out(session: AsyncSession, now: datetime) -> int:
    """Do what is planned for today or was before: the timetable's part. Returns how many hand-overs were settled."""
    today = local_day(now, zone_of(session))
    due = transfers.asked(HandOver.state == "planned", HandOver.on_day <= today)
    rows = await session.execute(due.with_for_update(of=HandOver, skip_locked=True))
    found = [Transfer(*row) for row in rows]
    for each in found:
        await _carry_out(session, each, now, at=Quiet().quiet_until(now, zone_of(session)))
    return len(found)


async def _carry_out(
    session: AsyncSession, found: Transfer, now: datetime, at: datetime | None = None, but: int = 0
) -> bool:
    """End the one role and begin the other; `but` knows already and is not told. False when it came to nothing."""
    row, unit, receiver = found.row, found.unit, found.receiver
    assert receiver is not None
    heads = await people.lock_heads(session, unit, now)
    old = await people.held_role(session, found.giver.id, unit.id, row.role, now)
    if unit.closed_on is not None or receiver.erased_at is not None or (old is None and heads):
        await cancel(session, found, by=None, now=at or now)
        return False
    if old is not None:
        await people.end_role(session, old, by=row.created_by, now=now)
    if row.stays and unit.kind == "team" and found.giver.erased_at is None:
        await people.grant(session, found.giver.id, unit.id, MEMBER, by=row.created_by, now=now)
    await _end_lesser(session, receiver.id, unit, row.created_by, now)
    await people.grant(session, receiver.id, unit.id, row.role, by=row.created_by, now=now)
    await _move(session, row, "done", row.created_by, now)
    row.done_at = now
    above = [person.id for person in await _above(session, unit, now)]
    for person_id in dict.fromkeys((found.giver.id, receiver.id, *above)):
        if person_id != but:
            words = "handover.done_you" if person_id == receiver.id else "handover.done"
            await _tell(session, found, person_id, words, at or now)
    return True


async def _end_lesser(session: AsyncSession, person_id: int, unit: Unit, by: int | None, now: datetime) -> None:
    """Whoever leads a team is no longer listed as its deputy or member too."""
    if unit.kind != "team":
        return
    held = await people.memberships(session, [unit.id], (*TEAM_WRITERS, MEMBER), now)
    for each in held:
        if each.person.id == person_id:
            await people.end_role(session, each.role, by=by, now=now)


async def _move(session: AsyncSession, row: HandOver, state: str, by: int | None, now: datetime) -> None:
    row.state, row.version = state, row.version + 1
    await session.flush()
    detail = {"state": state, "from": row.from_person, "to": row.to_person, "day": row.on_day.isoformat()}
    audit.note(
        session, at=now, person_id=by, action="unit.hand_over", object=f"handover:{row.id}", unit_id=row.unit_id,
        detail=detail,
    )  # fmt: skip


async def _revoke_code(session: AsyncSession, row: HandOver, now: datetime) -> None:
    invitation = await session.get(Invitation, row.invitation_id) if row.invitation_id else None
    if invitation is not None and invitation.revoked_at is None:
        invitation.revoked_at = now


async def _above(session: AsyncSession, unit: Unit, now: datetime) -> Sequence[Person]:
    """Whoever answers for the nearest unit above that has somebody."""
    parent = await units.find(session, unit.parent_id or 0)
    return [] if parent is None else await people.heads_above(session, parent, now, but=0)


async def _tell_creator(session: AsyncSession, found: Transfer, key: str, now: datetime) -> None:
    """An office that arranged it for others hears what came of it."""
    if found.row.created_by not in (None, found.giver.id, found.row.to_person):
        await _tell(session, found, found.row.created_by or 0, key, now)


async def _tell(
    session: AsyncSession,
    found: Transfer,
    person_id: int,
    key: str,
    at: datetime,
    buttons: tuple[tuple[Button, ...], ...] = (),
) -> None:
    account = await people.account_of(session, person_id)
    if account is None:
        return
    row = found.row
    once = f"handover:{row.id}:{row.version}:{key.partition('.')[2]}:{account.id}"
    ways = buttons or ((Button("menu.button_donvi", "go", arg="donvi"), Button("menu.button_menu", "go", arg="menu")),)
    message = Message(key, found.facts, ways, place="new")
    await outbox.promise(session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=at)
