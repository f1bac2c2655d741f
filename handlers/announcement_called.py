"""Coming to announcements in one's own words: "soạn thông báo", "thông báo số 6", "ai chưa xác nhận số 6"."""

from __future__ import annotations

from handlers import (
    announcement,
    announcement_chase,
    announcement_draft,
    announcement_progress,
    announcement_received,
    announcement_schedule,
    announcement_template,
)
from handlers.access import public
from handlers.announcement_pages import SPEAK
from handlers.announcement_proof import over
from handlers.menu import go
from handlers.turn import Handler, Press, Turn
from models import announcement_proof, announcements
from models.announcements import DRAFT
from models.messages import Message
from models.received_announcements import NOT_OUT
from models.rules.announcement_calls import Place, read_call
from models.rules.permissions import may

_OF_AN_OFFICE: dict[Place, tuple[str, Handler]] = {
    "write": ("announcement.begin", announcement_draft.begin),
    "templates": ("announcement_template.list", announcement_template.show_list),
    "schedule": ("announcement_schedule.list", announcement_schedule.show),
}


def called(turn: Turn) -> Handler | None:
    """Who answers the line; nobody for citizens, to whom the same words may be the name of a service."""
    if turn.incoming.kind != "text" or not turn.actor.roles or read_call(turn.text) is None:
        return None
    return lead


@public
async def lead(turn: Turn) -> list[Message]:
    call = read_call(turn.text)
    assert call is not None
    if call.number:
        return await _numbered(turn, call.place, call.number)
    if call.place == "received":
        return [await announcement_received.page(turn, 0)]
    offices = await announcement.offices(turn) if call.place in _OF_AN_OFFICE else []
    if len(offices) != 1:
        return await announcement.show(turn)
    action, handler = _OF_AN_OFFICE[call.place]
    turn.press = Press(action, offices[0].id, arg="0")
    return await handler(turn)


async def _numbered(turn: Turn, place: Place, number: int) -> list[Message]:
    """The card for an office that may speak there, else what came to the speaker under this number."""
    announced = await announcements.find(turn.session, number)
    if announced is not None and may(turn.actor, SPEAK, announced.unit.path):
        row = announced.announcement
        if row.state != DRAFT or row.author_id == turn.actor.person_id:
            turn.press = Press("announcement.show", number)
            shows_who = place == "unconfirmed" and row.asks_proof and row.started_at is not None
            return await (announcement_chase.show if shows_who else announcement_progress.show)(turn)
    received = await announcement_proof.own_of(turn.session, number, turn.person_id)
    if received is None or received.recipient.state in NOT_OUT:
        return [Message("announcement_called.nothing", {"number": number}, ((go("thongbao"), go("menu")),))]
    if not received.holds:
        return [await over(turn, received)]
    turn.press = Press("announcement.read", received.recipient.id)
    return await announcement_received.read(turn)
