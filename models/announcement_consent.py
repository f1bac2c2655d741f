"""A second person agrees to an announcement that reaches very many or leads anywhere: never its author, and of the
very version they saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_progress, announcement_runs, announcement_sending, announcements, audit, outbox, people
from models.announcement_sending import Sending
from models.announcements import ASKED, DRAFT, REFUSED, Announced
from models.messages import Button, Message, unpack
from models.rules.announcement_progress import has_grown
from models.rules.announcement_text import plain
from models.rules.announcing import AnnouncingPolicy
from models.rules.folding import shorten
from models.rules.permissions import GRANTS
from models.rules.reminders import Quiet
from models.rules.trees import ids_of
from models.tables import Account, Announcement, Outbox, Person, Role, Unit
from models.zone import zone_of

KIND = "announced_consent"
KINDS = tuple(GRANTS["announcement.approve"])
QUIET = Quiet()
LISTENING = timedelta(hours=1)  # who wrote so lately is awake, and waits for the answer
SHOWN = 400  # characters of the text; the whole of it is behind a button


@dataclass(frozen=True, slots=True)
class Desk:
    """An office at or above the author's, with whoever there may agree and is reached by a chat."""

    unit: Unit
    names: tuple[str, ...]
    accounts: tuple[Account, ...]


async def desks(session: AsyncSession, announced: Announced, now: datetime) -> list[Desk]:
    """Who may be asked, the nearest office first; each person once, the author never."""
    author = announced.announcement.author_id
    statement = (
        select(Unit, Person)
        .join(Role, Role.unit_id == Unit.id)
        .join(Person, Person.id == Role.person_id)
        .where(Unit.id.in_(ids_of(announced.unit.path)), Role.kind.in_(KINDS), people.is_current(now))
        .where(Person.erased_at.is_(None), Person.id != author)
        .order_by(func.length(Unit.path).desc(), Role.id)
    )
    seen: set[int] = set()
    found: dict[int, tuple[Unit, list[str], list[Account]]] = {}
    for unit, person in (await session.execute(statement)).all():
        account = None if person.id in seen else await people.account_of(session, person.id)
        seen.add(person.id)
        if account is not None:
            _, names, accounts = found.setdefault(unit.id, (unit, [], []))
            names.append(person.name)
            accounts.append(account)
    return [Desk(unit, tuple(names), tuple(accounts)) for unit, names, accounts in found.values()]


async def ask(
    session: AsyncSession,
    announced: Announced,
    sending: Sending,
    offices: Sequence[Desk],
    *,
    by: int,
    send_at: datetime | None,
    now: datetime,
) -> None:
    """From now on it waits for somebody's word; these offices are asked. `send_at`: the time chosen, if one was."""
    announcement = announced.announcement
    announcement.state, announcement.asked_at, announcement.send_at = ASKED, now, send_at
    announcement.expected, announcement.reason = sending.preview.total, ""
    announcement.decided_by, announcement.decided_at = None, None
    announcement.version += 1
    _note(session, announcement, "announcement.ask", by, now, {"expected": announcement.expected})
    await session.flush()
    await _tell(session, announced, sending, offices, now)


async def ask_next(session: AsyncSession, policy: AnnouncingPolicy, now: datetime) -> int:
    """Ask whoever is to be asked by now and was not; where nobody has answered for too long, the office above too.

    What nobody can agree to, or has for days, is a draft again. Returns how many people are told.
    """
    told = 0
    waiting = await session.scalars(select(Announcement.id).where(Announcement.state == ASKED))
    for announcement_id in waiting.all():
        announced = await announcements.find(session, announcement_id)
        assert announced is not None
        announcement = announced.announcement
        offices = await desks(session, announced, now)
        if not offices or now - _since(announcement) >= policy.lasts:
            told += await _give_up(session, announced, "unanswered" if offices else "nobody", policy, now)
            continue
        due = _due(offices, announcement, policy, now, zone_of(session))
        if await _untold(session, announcement, due):
            sending = await announcement_sending.look(session, announced, policy, {}, now)
            told += await _tell(session, announced, sending, due, now)
    return told


def _since(announcement: Announcement) -> datetime:
    """From when on an answer is awaited that can no longer come in time."""
    assert announcement.asked_at is not None
    return max(announcement.asked_at, announcement.send_at or announcement.asked_at)


async def _untold(session: AsyncSession, announcement: Announcement, offices: Sequence[Desk]) -> bool:
    asked = {_once(announcement, account) for office in offices for account in office.accounts}
    return bool(asked - set(await session.scalars(select(Outbox.once).where(Outbox.once.in_(asked)))))


async def _give_up(
    session: AsyncSession, announced: Announced, why: str, policy: AnnouncingPolicy, now: datetime
) -> bool:
    announcement = announced.announcement
    await take_back(session, announcement, None, now)
    values = {"number": announcement.id, "days": policy.lasts_days}
    message = Message(f"announcement_held.{why}", values, ((_card_button(announcement),),))
    account, _ = await _answer(session, announced, message, now)
    return account is not None


def _due(
    offices: Sequence[Desk], announcement: Announcement, policy: AnnouncingPolicy, now: datetime, tz: Any
) -> Sequence[Desk]:
    """The offices asked by now; nobody is expected to answer at night."""
    assert announcement.asked_at is not None
    waited = now - QUIET.quiet_until(announcement.asked_at, tz)
    return offices[: 1 + max(waited // timedelta(minutes=policy.ask_next_minutes), 0)]


async def _tell(
    session: AsyncSession, announced: Announced, sending: Sending, offices: Sequence[Desk], now: datetime
) -> int:
    announcement, told = announced.announcement, 0
    at = now if announcement.is_urgent else QUIET.quiet_until(now, zone_of(session))
    message = asked_message(announced, sending)
    extra = {"announcement": announcement.id, "version": announcement.version}
    for account in (each for office in offices for each in office.accounts):
        once = _once(announcement, account)
        told += await outbox.promise(
            session, message, account=account, once=once, kind=KIND, lane=outbox.ALERT, at=at, now=now, extra=extra
        )
    return told


def _once(announcement: Announcement, account: Account) -> str:
    return f"announcement:{announcement.id}:{announcement.version}:consent:{account.person_id}"


async def compose(session: AsyncSession, body: dict[str, Any]) -> Message | None:
    """The question, unless somebody answered it or the author took it back meanwhile."""
    announcement = await session.get(Announcement, int(body["announcement"]))
    if announcement is None or announcement.state != ASKED or announcement.version != body["version"]:
        return None
    return unpack(body)


def asked_message(announced: Announced, sending: Sending) -> Message:
    """What the second person gets: how many, who for example, what, and the two answers."""
    announcement = announced.announcement
    values = {
        "number": announcement.id,
        "unit": announced.unit.name,
        "author": announced.author,
        "text": shorten(plain(announcement.text), SHOWN),
        "files": [each["name"] for each in announcement.files],
        "strange": list(sending.strange),
        "full_day": sending.full_day,
        "send_at": announcement.send_at,
        "comes_again": announcement.occurs_at is not None,
        **counted(sending),
    }
    decide = (
        Button("announcement_consent.button_yes", "announcement.approve", announcement.id, announcement.version),
        Button("announcement_consent.button_no", "announcement.refuse", announcement.id, announcement.version),
    )
    whole = Button("announcement_consent.button_whole", "announcement.consent", announcement.id)
    return Message("announcement_consent.asked", values, (decide, (whole,)), place="new")


def counted(sending: Sending) -> dict[str, Any]:
    """The numbers of a preview, for wording."""
    preview = sending.preview
    return {
        "count": preview.total,
        "by_channel": dict(preview.by_channel),
        "unreachable": preview.unreachable,
        "muted": preview.muted,
        "chats": preview.chats,
        "teams": preview.teams,
        "names": list(preview.names),
        "seconds": int(preview.duration.total_seconds()),
    }


# --- the answer -----------------------------------------------------------------------------------------------------


async def approve(
    session: AsyncSession, announced: Announced, policy: AnnouncingPolicy, by: int, name: str, now: datetime
) -> datetime | None:
    """Somebody agreed: it goes out at the time chosen, not before it can still be undone. Returns when.

    None: it would reach clearly more than the question said, so they are asked anew.
    """
    announcement = announced.announcement
    sending = await announcement_sending.look(session, announced, policy, {}, now)
    if has_grown(announcement.expected, sending.preview.total):
        await _ask_anew(session, announced, sending, by, now)
        return None
    soonest = max(announcement.send_at or now, now + policy.undo)
    send_at = soonest if announcement.is_urgent else QUIET.quiet_until(soonest, zone_of(session))
    announcement.decided_by, announcement.decided_at = by, now
    _note(session, announcement, "announcement.approve", by, now)
    await announcement_runs.plan(session, announcement, expected=announcement.expected, send_at=send_at, now=now)
    undo = Button("announcement_progress.button_undo", "announcement.undo", announcement.id, announcement.version)
    values = {"number": announcement.id, "by": name, "send_at": send_at}
    message = Message("announcement_consent.approved", values, ((undo, _card_button(announcement)),))
    account, once = await _answer(session, announced, message, now)
    if account is not None:
        announcement_progress.watch(announcement, account.id, now, once=once)
    return send_at


async def _ask_anew(session: AsyncSession, announced: Announced, sending: Sending, by: int, now: datetime) -> None:
    """Whoever just answered and the nearest office get another question, of another version."""
    announcement, offices = announced.announcement, await desks(session, announced, now)
    answering = [each for each in offices[1:] if by in (account.person_id for account in each.accounts)]
    await ask(session, announced, sending, offices[:1] + answering, by=by, send_at=announcement.send_at, now=now)


async def refuse(session: AsyncSession, announced: Announced, reason: str, by: int, name: str, now: datetime) -> None:
    """Somebody said no; its author learns why, and may mend it."""
    announcement = announced.announcement
    announcement.state, announcement.reason = REFUSED, reason
    announcement.decided_by, announcement.decided_at = by, now
    announcement.version += 1
    _note(session, announcement, "announcement.refuse", by, now, {"reason": reason})
    values = {"number": announcement.id, "by": name, "reason": reason}
    again = Button("announcement_consent.button_mend", "announcement.mend", announcement.id, announcement.version)
    message = Message("announcement_consent.refused", values, ((again, _card_button(announcement)),))
    await _answer(session, announced, message, now)


async def take_back(session: AsyncSession, announcement: Announcement, by: int | None, now: datetime) -> None:
    """A draft again, that nobody has agreed to."""
    announcement.state, announcement.send_at, announcement.asked_at = DRAFT, None, None
    announcement.decided_by, announcement.decided_at = None, None
    announcement.version += 1
    _note(session, announcement, "announcement.take_back", by, now)
    await session.flush()


async def _answer(
    session: AsyncSession, announced: Announced, message: Message, now: datetime
) -> tuple[Account | None, str]:
    """Owe the author the answer; whoever wrote lately gets it at once, others not at night."""
    announcement = announced.announcement
    account = await people.account_of(session, announcement.author_id) if announcement.author_id else None
    once = f"announcement:{announcement.id}:{announcement.version}:answer"
    if account is not None:
        listens = announcement.is_urgent or now - account.seen_at < LISTENING
        at, kind = (now, "alert") if listens else (QUIET.quiet_until(now, zone_of(session)), outbox.NEWS)
        await outbox.promise(session, message, account=account, once=once, kind=kind, lane=outbox.ALERT, at=at, now=now)
    return account, once


def _card_button(announcement: Announcement) -> Button:
    return Button("announcement_consent.button_card", "announcement.show", announcement.id)


def _note(
    session: AsyncSession,
    announcement: Announcement,
    action: str,
    by: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    thing, unit_id = f"announcement:{announcement.id}", announcement.unit_id
    audit.note(session, at=now, person_id=by, action=action, object=thing, unit_id=unit_id, detail=detail)
