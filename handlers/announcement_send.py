"""Sending an announcement off: how many it reaches, now or when, the number typed by hand, undoing it for a minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.access import needs, stale
from handlers.announcement_progress import card, reached, watch
from handlers.announcement_send_pages import (
    AT_NIGHT,
    DUTY,
    NUMBER,
    SURE,
    WHEN,
    ask,
    lack_of,
    look,
    number_page,
    page,
    sure_page,
    time_page,
)
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_consent, announcement_runs
from models.announcement_consent import Desk
from models.announcement_sending import Sending
from models.announcements import DRAFT, Announced
from models.messages import Message
from models.outbox import NIGHT
from models.rules import Refusal
from models.rules.announcement_times import is_number, on_button, read_send_time, settle
from models.rules.periods import local_day


@needs("announcement.send")
async def begin(turn: Turn) -> list[Message]:
    """The button of the draft: what sending it would mean, and when it shall be."""
    announced = await reached(turn, turn.press.object)
    announcement = announced.announcement
    if announcement.state != DRAFT or stale(turn, announcement.version):
        return [await card(turn, announced, line("access.stale"))]
    return [await page(turn, announced, await look(turn, announced))]


@needs("announcement.send")
async def send_now(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    if instead is not None:
        return instead
    announcement = announced.announcement
    urgent = announcement.kind == DUTY and (announcement.is_urgent or turn.press.arg == AT_NIGHT)
    if not urgent and NIGHT.is_quiet(turn.now, turn.zone):  # it has become night since the button was drawn
        return [await page(turn, announced, await look(turn, announced), line("announcement_send.night_now"))]
    return await _chosen(turn, announced, None, urgent)


@needs("announcement.send")
async def ask_later(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    return instead or [time_page(turn, announced)]


@needs("announcement.send")
async def take_at(turn: Turn) -> list[Message]:
    """A moment offered on a button, in minutes."""
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    if instead is not None:
        return instead
    moment = on_button(turn.press.arg, turn.now)
    if moment is None:
        return [time_page(turn, announced, line("announcement_send.over"))]
    return await _chosen(turn, announced, moment, _is_urgent(announced))


@needs("announcement.send")
async def take_when(turn: Turn) -> list[Message]:
    """A moment typed, on the page or where it is asked."""
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    try:
        moment = read_send_time(turn.text if turn.incoming.kind == "text" else "", turn.now, turn.zone)
    except Refusal as no:
        return [time_page(turn, announced, refusal_line(no))]
    return await _chosen(turn, announced, moment, _is_urgent(announced))


def _is_urgent(announced: Announced) -> bool:
    """News is never sent at night."""
    return announced.announcement.is_urgent and announced.announcement.kind == DUTY


async def _chosen(turn: Turn, announced: Announced, moment: datetime | None, urgent: bool) -> list[Message]:
    """The time is known: the number is typed, a time read is looked at once more, and what is for now and few goes."""
    time = settle(moment or turn.now, urgent, turn.zone, NIGHT)
    sending = await look(turn, announced, time.at)
    ask(turn, SURE, announced, sending, moment=time.at if moment else None, urgent=urgent, moved=time.moved)
    if moment:
        turn.talk.data["holiday"] = await _holiday(turn, time.at)
    if turn.announcing.must_type_number(sending.preview.total):
        turn.talk.flow = NUMBER
        return [number_page(turn, announced, sending)]
    return [sure_page(turn, announced, sending)] if moment else await _go(turn, announced)


async def _holiday(turn: Turn, moment: datetime) -> str | None:
    """The name of the public holiday on which it lies, perhaps empty; None: on none."""
    working = await turn.calendar.working_time(turn.session, moment)
    mark = working.marks.get(local_day(moment, turn.zone))
    return mark.name if mark is not None and mark.is_off else None


@needs("announcement.send")
async def take_number(turn: Turn) -> list[Message]:
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    count = int(turn.talk.data["count"])
    if not is_number(turn.text if turn.incoming.kind == "text" else "", count):
        wrong = line("announcement_send.wrong_number", count=count)
        return [number_page(turn, announced, await look(turn, announced), wrong)]
    return await _go(turn, announced)


@needs("announcement.send")
async def take_nothing(turn: Turn) -> list[Message]:
    """Typed where a button is awaited: another time, else the same page again."""
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    try:
        moment = read_send_time(turn.text if turn.incoming.kind == "text" else "", turn.now, turn.zone)
    except Refusal:
        return [sure_page(turn, announced, await look(turn, announced), line("announcement_send.choose_below"))]
    return await _chosen(turn, announced, moment, bool(turn.talk.data["urgent"]))


@needs("announcement.send")
async def go_on(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    if instead is not None:
        return instead
    if turn.talk.flow != SURE:  # the number was not typed
        return [await page(turn, announced, await look(turn, announced), line("access.stale"))]
    return await _go(turn, announced)


async def _go(turn: Turn, announced: Announced) -> list[Message]:
    """Everything was said; what was agreed to must still be what would happen."""
    data = turn.talk.data
    at = datetime.fromisoformat(data["moment"]) if data.get("moment") else None
    sending = await look(turn, announced, at)
    if sending.preview.total != int(data["count"]) or lack_of(announced, sending):
        changed = line("announcement_send.changed", was=int(data["count"]), count=sending.preview.total)
        return [await page(turn, announced, sending, changed)]
    if at is not None and at <= turn.now:
        return [time_page(turn, announced, line("announcement_send.past", moment=at))]
    offices = await announcement_consent.desks(turn.session, announced, turn.now) if sending.asks_second else []
    if sending.asks_second and not offices:
        return [await page(turn, announced, sending, _nobody(turn, announced, sending))]
    announced.announcement.is_urgent = bool(data["urgent"])
    if offices:
        return [await _ask_second(turn, announced, sending, offices, at)]
    return [await _off(turn, announced, sending, at)]


def _nobody(turn: Turn, announced: Announced, sending: Sending) -> Line:
    """A second person would have to agree, and there is none."""
    if sending.full_day is not None and not sending.needs_consent:
        return line("announcement_send.limit", most=turn.announcing.daily_limit, day=sending.full_day)
    return line("announcement_consent.nobody", unit=announced.unit.name)


async def _off(turn: Turn, announced: Announced, sending: Sending, at: datetime | None) -> Message:
    soonest = turn.now + turn.announcing.undo
    send_at, total = max(at or soonest, soonest), sending.preview.total
    await announcement_runs.plan(turn.session, announced.announcement, expected=total, send_at=send_at, now=turn.now)
    watch(turn, announced, is_soon=at is None)
    said = line("announcement_send.sent_off", seconds=turn.announcing.undo_seconds if at is None else None)
    return await card(turn, announced, said)


async def _ask_second(
    turn: Turn, announced: Announced, sending: Sending, offices: Sequence[Desk], at: datetime | None
) -> Message:
    nearest = offices[0]
    await announcement_consent.ask(
        turn.session, announced, sending, [nearest], by=turn.person_id, send_at=at, now=turn.now
    )
    minutes = turn.announcing.ask_next_minutes if len(offices) > 1 else None
    said = line("announcement_consent.asking", names=list(nearest.names), unit=nearest.unit.name, minutes=minutes)
    return await card(turn, announced, said)


# --- where the talk stands ------------------------------------------------------------------------------------------


async def _opened(turn: Turn, announcement_id: int, version: int) -> tuple[Announced, list[Message] | None]:
    """The draft, held; and what to show instead, when it or the talk has changed since."""
    announced = await reached(turn, announcement_id, lock=True)
    announcement, data = announced.announcement, turn.talk.data
    if announcement.state != DRAFT or version not in (0, announcement.version):
        return announced, [await card(turn, announced, line("access.stale"))]
    if (data.get("announcement"), data.get("version")) != (announcement.id, announcement.version):
        return announced, [await page(turn, announced, await look(turn, announced))]
    return announced, None


async def _talked_of(turn: Turn) -> tuple[Announced, list[Message] | None]:
    return await _opened(turn, int(turn.talk.data.get("announcement", 0)), int(turn.talk.data.get("version", 0)))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WHEN: take_when, NUMBER: take_number, SURE: take_nothing}
ACTIONS: dict[str, Handler] = {
    "announcement.send": begin,
    "announcement.now": send_now,
    "announcement.later": ask_later,
    "announcement.at": take_at,
    "announcement.go": go_on,
}
