"""The second person's word on an announcement: yes, or no with a reason; never the author's own."""

from __future__ import annotations

from handlers.access import needs
from handlers.announcement_doors import announcement_ways
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_consent, announcement_progress, announcement_sending, announcements
from models.announcement_messages import message_of
from models.announcements import ASKED, DRAFT, Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.reviews import read_reason

PERMISSION = "announcement.approve"
WHY = "announcement_consent.why"


async def _reach(turn: Turn, announcement_id: int) -> Announced:
    """An announcement on which the speaker has a word, held; what nobody was asked about is not there."""
    await announcements.lock(turn.session, announcement_id)
    found = await announcements.find(turn.session, announcement_id)
    turn.allow(PERMISSION, found.unit.path if found else None)
    assert found is not None
    if found.announcement.state == DRAFT:
        raise Refusal("permission.not_found")
    return found


async def _opened(turn: Turn, announcement_id: int, version: int | None) -> tuple[Announced, list[Message] | None]:
    """The announcement that waits for a word; and what to show instead, when it does not, or not for this one.

    `version`: the one that was seen; None where it is only looked at.
    """
    announced = await _reach(turn, announcement_id)
    announcement = announced.announcement
    if announcement.state != ASKED or version not in (None, announcement.version):
        return announced, [await _card(turn, announced, line("announcement_consent.answered"))]
    if announcement.author_id == turn.person_id:
        return announced, [await _card(turn, announced, line("announcement_consent.own"))]
    return announced, None


async def _card(turn: Turn, announced: Announced, *before: Line) -> Message:
    turn.end()
    reader = turn.person_id
    message = await announcement_progress.card_of(
        turn.session, announced, turn.now, announcement_ways, reader_id=reader
    )
    values = {**message.values, "before": list(before)}
    return Message(message.key, values, message.buttons, place=place_of(turn))


@needs("announcement.approve")
async def show(turn: Turn) -> list[Message]:
    """Exactly what its recipients will see, and the question again below it."""
    announced, instead = await _opened(turn, turn.press.object, None)
    if instead is not None:
        return instead
    turn.end()
    return [
        message_of(announced, is_test=True, replaces=announced.announcement.replaces_id or 0),
        await _question(turn, announced),
    ]


async def _question(turn: Turn, announced: Announced) -> Message:
    sending = await announcement_sending.look(turn.session, announced, turn.announcing, turn.rates, turn.now)
    return announcement_consent.asked_message(announced, sending)


@needs("announcement.approve")
async def approve(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    if instead is not None:
        return instead
    session, policy, was = turn.session, turn.announcing, announced.announcement.expected
    if await announcement_consent.approve(session, announced, policy, turn.person_id, turn.name, turn.now):
        return [await _card(turn, announced, line("announcement_consent.approved_now"))]
    count = announced.announcement.expected
    return [await _card(turn, announced, line("announcement_consent.grown", was=was, count=count))]


@needs("announcement.approve")
async def ask_why(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object, turn.press.version)
    return instead or [_why(turn, announced)]


@needs("announcement.approve")
async def take_why(turn: Turn) -> list[Message]:
    data = turn.talk.data
    announced, instead = await _opened(turn, int(data.get("announcement", 0)), int(data.get("version", 0)))
    if instead is not None:
        return instead
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as no:
        return [_why(turn, announced, refusal_line(no))]
    await announcement_consent.refuse(turn.session, announced, reason, turn.person_id, turn.name, turn.now)
    return [await _card(turn, announced, line("announcement_consent.refused_now"))]


def _why(turn: Turn, announced: Announced, *before: Line) -> Message:
    announcement = announced.announcement
    turn.ask(WHY, announcement=announcement.id, version=announcement.version)
    values = {"before": list(before), "number": announcement.id, "unit": announced.unit.name}
    back = Button("announcement_consent.button_back", "announcement.consent", announcement.id)
    return Message("announcement_consent.ask_why", values, ((back, go("huy")),), expects="text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WHY: take_why}
ACTIONS: dict[str, Handler] = {
    "announcement.consent": show,
    "announcement.approve": approve,
    "announcement.refuse": ask_why,
}
