"""The screens on the way of an announcement out: the preview in numbers, the time, the number to be typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.announcement_pages import back, card
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line
from handlers.turn import Turn
from models import announcement_consent, announcement_sending
from models.announcement_sending import Sending
from models.announcements import Announced
from models.messages import Button, Message
from models.outbox import NIGHT
from models.rules.announcement_times import as_button, offers

WHEN, NUMBER, SURE = "announcement_send.when", "announcement_send.number", "announcement_send.sure"
DUTY, AT_NIGHT = "duty", "night"


async def page(turn: Turn, announced: Announced, sending: Sending, *before: Line) -> Message:
    """The preview in numbers; a draft that cannot go out yet says what it lacks."""
    lack = lack_of(announced, sending)
    if lack is not None:
        return await card(turn, announced, *before, lack)
    ask(turn, WHEN, announced, sending)
    later = _act(announced, "button_later", "announcement.later")
    rows = ((*_now(turn, announced), later), (back(announced), go("huy")))
    values = _values(turn, announced, sending, *before)
    return Message("announcement_send.page", values, rows, expects="text", place=place_of(turn))


def lack_of(announced: Announced, sending: Sending) -> Line | None:
    """What keeps the draft from going out; None: nothing."""
    if sending.rival:
        old = announced.announcement.replaces_id
        return line("announcement_replace.rival", number=old, other=sending.rival)
    if not announced.announcement.text.strip():
        return line("announcement_send.no_text")
    if not sending.preview.total:
        return line("announcement_send.nobody")
    if not sum(sending.preview.by_channel.values()):
        return line("announcement_send.nobody_reached", count=sending.preview.total)
    return None


def _now(turn: Turn, announced: Announced) -> tuple[Button, ...]:
    """At night what is not urgent waits for the morning; only a duty may be urgent."""
    announcement = announced.announcement
    if announcement.is_urgent or not NIGHT.is_quiet(turn.now, turn.zone):
        return (_act(announced, "button_now", "announcement.now"),)
    morning = NIGHT.quiet_until(turn.now, turn.zone)
    wait = _at(announced, "button_morning", morning)
    if announcement.kind != DUTY:
        return (wait,)
    return (wait, _act(announced, "button_night", "announcement.now", AT_NIGHT))


def time_page(turn: Turn, announced: Announced, *before: Line) -> Message:
    """When it shall be, chosen or typed."""
    turn.talk.flow = WHEN
    offered = tuple((_at(announced, "button_at", each),) for each in offers(turn.now, turn.zone))
    values, rows = _about(announced, *before), (*offered, _other_time(announced))
    return Message("announcement_send.ask_time", values, rows, expects="text", place=place_of(turn))


def number_page(turn: Turn, announced: Announced, sending: Sending, *before: Line) -> Message:
    """To very many: the very number is typed, so that nobody sends to more than they believe."""
    values = _values(turn, announced, sending, *before) | {"time": _time(turn)}
    return Message(
        "announcement_send.ask_number", values, (_other_time(announced),), expects="number", place=place_of(turn)
    )


def sure_page(turn: Turn, announced: Announced, sending: Sending, *before: Line) -> Message:
    """A time that was read is looked at once more."""
    values = _values(turn, announced, sending, *before) | {"time": _time(turn)}
    sure = _act(announced, "button_sure", "announcement.go")
    return Message("announcement_send.sure", values, ((sure,), _other_time(announced)), place=place_of(turn))


def _other_time(announced: Announced) -> tuple[Button, ...]:
    return (Button("announcement_send.button_back", "announcement.send", announced.announcement.id), go("huy"))


def ask(turn: Turn, flow: str, announced: Announced, sending: Sending, **more: Any) -> None:
    """From now on the talk is about sending this version of the draft to as many as were shown."""
    moment, count = more.pop("moment", None), sending.preview.total
    about = {"announcement": announced.announcement.id, "version": announced.announcement.version, "count": count}
    turn.ask(flow, **about, moment=moment.isoformat() if moment else "", **more)


async def look(turn: Turn, announced: Announced, at: datetime | None = None) -> Sending:
    """What sending it off at that moment, else now, would mean."""
    return await announcement_sending.look(turn.session, announced, turn.announcing, turn.rates, turn.now, at)


def _time(turn: Turn) -> dict[str, Any]:
    data = turn.talk.data
    moment = data.get("moment")
    about = {"moved": bool(data.get("moved")), "holiday": data.get("holiday")}
    return {"at": datetime.fromisoformat(moment) if moment else None, **about}


def _values(turn: Turn, announced: Announced, sending: Sending, *before: Line) -> dict[str, Any]:
    announcement = announced.announcement
    return {
        **_about(announced, *before),
        **announcement_consent.counted(sending),
        "kind": announcement.kind,
        "replaces": announcement.replaces_id,
        "apart": sending.apart,
        "asks_proof": announcement.asks_proof,
        "needs_consent": sending.needs_consent,
        "full_day": sending.full_day,
        "most": turn.announcing.daily_limit,
        "strange": list(sending.strange),
        "must_type": turn.announcing.must_type_number(sending.preview.total),
        "night_until": None
        if announcement.is_urgent or not NIGHT.is_quiet(turn.now, turn.zone)
        else NIGHT.quiet_until(turn.now, turn.zone),
        "ends_at": turn.now + turn.announcing.undo + sending.preview.duration,
    }


def _about(announced: Announced, *before: Line) -> dict[str, Any]:
    return {"number": announced.announcement.id, "unit": announced.unit.name, "before": list(before)}


def _act(announced: Announced, label: str, action: str, arg: str = "") -> Button:
    announcement = announced.announcement
    return Button(f"announcement_send.{label}", action, announcement.id, announcement.version, arg)


def _at(announced: Announced, label: str, moment: datetime) -> Button:
    announcement, values = announced.announcement, {"at": moment}
    label, arg = f"announcement_send.{label}", as_button(moment)
    return Button(label, "announcement.at", announcement.id, announcement.version, arg, values)
