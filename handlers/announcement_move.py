"""Another time for an announcement that was planned and has not begun."""

from __future__ import annotations

from datetime import datetime

from handlers.access import needs
from handlers.announcement_progress import card, reached, watch
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_limits, announcement_sending
from models.announcements import PLANNED, Announced
from models.messages import Button, Message
from models.outbox import NIGHT
from models.rules import Refusal
from models.rules.announcement_times import as_button, offers, on_button, read_send_time, settle
from models.rules.periods import local_day

TIME = "announcement_move.time"


async def _opened(turn: Turn, announcement_id: int, version: int) -> tuple[Announced, list[Message] | None]:
    """The planned one, held; and its card instead, when it has begun or changed, or was agreed to as it stands."""
    announced = await reached(turn, announcement_id, lock=True)
    announcement = announced.announcement
    if announcement.state != PLANNED or version not in (0, announcement.version):
        return announced, [await card(turn, announced, line("access.stale"))]
    if announcement.decided_by is not None:
        return announced, [await card(turn, announced, line("announcement_move.agreed"))]
    return announced, None


@needs("announcement.send")
async def ask(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    return instead or [_page(turn, announced)]


@needs("announcement.send")
async def take_at(turn: Turn) -> list[Message]:
    """A moment offered on a button, in minutes."""
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    if instead is not None:
        return instead
    moment = on_button(turn.press.arg, turn.now)
    if moment is None:
        return [_page(turn, announced, line("announcement_send.over"))]
    return [await _moved(turn, announced, moment)]


@needs("announcement.send")
async def take_time(turn: Turn) -> list[Message]:
    data = turn.talk.data
    announced, instead = await _opened(turn, int(data.get("announcement", 0)), int(data.get("version", 0)))
    if instead is not None:
        return instead
    try:
        moment = read_send_time(turn.text if turn.incoming.kind == "text" else "", turn.now, turn.zone)
    except Refusal as no:
        return [_page(turn, announced, refusal_line(no))]
    return [await _moved(turn, announced, moment)]


async def _moved(turn: Turn, announced: Announced, moment: datetime) -> Message:
    announcement = announced.announcement
    time = settle(max(moment, turn.now + turn.announcing.undo), announcement.is_urgent, turn.zone, NIGHT)
    if await _is_full(turn, announced, time.at):
        return _page(turn, announced, line("announcement_move.full", most=turn.announcing.daily_limit, day=time.at))
    await announcement_sending.move(turn.session, announcement, time.at, turn.person_id, turn.now)
    watch(turn, announced, is_soon=False)
    return await card(turn, announced, line("announcement_move.moved", moved=time.moved, at=time.at))


async def _is_full(turn: Turn, announced: Announced, at: datetime) -> bool:
    """Whether its author has no announcement left on the new day; on its own day it is counted already."""
    announcement = announced.announcement
    if announcement.send_at is None:
        return False
    if local_day(at, turn.zone) == local_day(announcement.send_at, turn.zone):
        return False
    return await announcement_limits.is_full(turn.session, announcement, turn.announcing, at)


def _page(turn: Turn, announced: Announced, *before: Line) -> Message:
    announcement = announced.announcement
    turn.ask(TIME, announcement=announcement.id, version=announcement.version)
    rows = tuple((_at(announced, each),) for each in offers(turn.now, turn.zone))
    back = Button("announcement_move.button_back", "announcement.show", announcement.id)
    values = {"number": announcement.id, "before": list(before), "send_at": announcement.send_at}
    shown = (*rows, (back, go("huy")))
    return Message("announcement_move.ask", values, shown, expects="text", place=place_of(turn))


def _at(announced: Announced, moment: datetime) -> Button:
    announcement, minutes = announced.announcement, as_button(moment)
    label = "announcement_send.button_at"
    return Button(label, "announcement.move_to", announcement.id, announcement.version, minutes, {"at": moment})


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {TIME: take_time}
ACTIONS: dict[str, Handler] = {"announcement.move": ask, "announcement.move_to": take_at}
