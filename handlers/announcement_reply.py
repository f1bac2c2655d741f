"""Answering an announcement: what is typed lies at the desk of the office that sent it, the author told first."""

from __future__ import annotations

from handlers.access import public
from handlers.announcement_aside import beside
from handlers.announcement_proof import is_one_meant, over, own, typed_one
from handlers.announcement_proof import typed as confirm_in_words
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.question_pages import MINE, asker
from handlers.turn import Handler, Turn
from models import announcement_proof, announcement_replies, questions
from models.messages import Button, Message
from models.received_announcements import Received
from models.rules import Refusal
from models.rules.announcement_words import confirmed_number, is_assent, read_reply, replied_number
from models.rules.questions import MOST_OPEN

REPLY = "announcement.reply"  # the flow: the reply is typed
LATEST = 5  # announcements offered to whoever does not say which one they answer


@public
async def begin(turn: Turn) -> list[Message]:
    """The button below the announcement."""
    received = await own(turn, turn.press.object)
    if not received.holds:
        return [await over(turn, received)]
    turn.ask(REPLY, recipient=received.recipient.id)
    return [_question(turn, received)]


@public
async def typed(turn: Turn) -> list[Message]:
    """ "trả lời thông báo", alone or with its number."""
    person_id, number = turn.actor.person_id, replied_number(turn.text) or 0
    got = await announcement_proof.latest_of(turn.session, person_id, LATEST) if person_id is not None else []
    if number and person_id is not None:
        meant = await announcement_proof.own_of(turn.session, number, person_id)
        got = [meant] if meant is not None else got
    if not got:
        return [beside(turn, Message("announcement_reply.nothing", {}, ((go("hoi"), go("menu")),)))]
    if len(got) == 1 and not got[0].holds:
        return [await over(turn, got[0])]
    if len(got) == 1:
        turn.ask(REPLY, recipient=got[0].recipient.id)
        return [_question(turn, got[0])]
    values = [(each.recipient.id, {"number": each.number}) for each in got]
    rows = tuple((Button("announcement_reply.button_which", "announcement.reply", row, values=v),) for row, v in values)
    return [beside(turn, Message("announcement_reply.which", {}, (*rows, (go("menu"),))))]


@public
async def take(turn: Turn) -> list[Message]:
    """The reply, typed."""
    received = await own(turn, int(turn.talk.data.get("recipient", 0)))
    return [await _taken(turn, received)]


@public
async def take_quoting(turn: Turn) -> list[Message]:
    """Typed as the channel's own answer to the announcement's message; what else was being asked goes on after it."""
    received = await own(turn, await _quoted(turn))
    return [await _taken(turn, received)]


def called(word: str, expects: str) -> Handler | None:
    """Who is called by "đã nắm" or "trả lời thông báo", typed where neither a sentence nor a number is awaited; the
    bare "đã nắm" is no number either."""
    if expects == "text" or (expects == "number" and any(each.isdigit() for each in word)):
        return None
    if confirmed_number(word) is not None:
        return confirm_in_words
    return typed if replied_number(word) is not None else None


async def meant(turn: Turn) -> Handler | None:
    """Who takes a text that means an announcement by where it was typed; None: it means none."""
    incoming = turn.incoming
    if incoming.kind != "text" or incoming.text.startswith("/") or turn.actor.person_id is None:
        return None
    if not turn.talk.flow and (incoming.text.strip() == "1" or is_assent(incoming.text)) and await is_one_meant(turn):
        return typed_one
    if not incoming.reply_ref or not (recipient_id := await _quoted(turn)):
        return None
    mine = await announcement_proof.own(turn.session, recipient_id, turn.actor.person_id)
    return take_quoting if mine is not None else None


async def _quoted(turn: Turn) -> int:
    incoming = turn.incoming
    return await announcement_proof.answered_message(
        turn.session, incoming.channel, incoming.address, incoming.reply_ref
    )


async def _taken(turn: Turn, received: Received) -> Message:
    if found := await refused(turn):
        return _again(turn, received, Refusal("question.private", kind=found))
    if turn.incoming.kind != "text":
        return _again(turn, received, Refusal("question.only_text"))
    try:
        text = read_reply(turn.text)
    except Refusal as no:
        return _again(turn, received, no)
    asked = await announcement_replies.asked_by(turn.session, received, text)
    if await questions.same_open(turn.session, asker(turn), asked) is not None:
        return _left(turn, Message("question.sent_before", {}, ((MINE, go("menu")),), place=place_of(turn)))
    if await questions.count_own(turn.session, asker(turn), still_open=True) >= MOST_OPEN:
        return _again(turn, received, Refusal("announcement_reply.too_many", most=MOST_OPEN))
    working = await turn.calendar.working_time(turn.session, turn.now)
    sent = await announcement_replies.reply(turn.session, asker(turn), received, asked, working, turn.now)
    values = {"number": received.number, "text": text, "office": sent.office.name, "told": sent.told}
    question = Button("question.button_own", "question.own", sent.question.id)
    return _left(turn, Message("announcement_reply.sent", values, ((question, go("menu")),), place=place_of(turn)))


def _left(turn: Turn, message: Message) -> Message:
    """Over is what was asked here; whatever else was being asked goes on."""
    if turn.talk.flow == REPLY:
        turn.end()
    return beside(turn, message)


def _again(turn: Turn, received: Received, no: Refusal) -> Message:
    """What was wrong, and the question once more; said beside whatever else was being asked."""
    if turn.talk.flow not in ("", REPLY):
        told = {"before": no.key, "told": no.values}
        return beside(turn, Message("announcement_reply.refused", told, ((go("menu"),),), place="new"))
    turn.ask(REPLY, recipient=received.recipient.id)
    return _question(turn, received, no)


def _question(turn: Turn, received: Received, no: Refusal | None = None) -> Message:
    values = {
        "before": no.key if no else "",
        "told": no.values if no else {},
        "number": received.number,
        "unit": received.announced.unit.name,
    }
    return Message("announcement_reply.ask", values, ((go("huy"), go("menu")),), "text", place="new")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {REPLY: take}
ACTIONS: dict[str, Handler] = {"announcement.reply": begin}
