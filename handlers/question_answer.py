"""Answering a question: once, by whoever is first; the answer goes back into the chat that asked."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.question_desk import card, reached
from handlers.turn import Handler, Turn
from models import question_news, questions
from models.messages import Button, Message
from models.question_news import desk_values
from models.questions import ANSWERED, OPEN, Listed
from models.rules import Refusal
from models.rules.questions import read_answer

ANSWER = "question.answer"  # the flow: the answer is typed


@needs("question.answer")
async def begin(turn: Turn) -> list[Message]:
    listed = await reached(turn, turn.press.object)
    if listed.question.state != OPEN:
        return [await _too_late(turn, listed)]
    _ask(turn, listed)
    return [await _question(turn, listed)]


@needs("question.answer")
async def take(turn: Turn) -> list[Message]:
    """The answer, typed. When the asker added something meanwhile, that is shown before anything is sent."""
    listed = await reached(turn, int(turn.talk.data.get("question", 0)))
    if listed.question.state != OPEN:
        return [await _too_late(turn, listed)]
    # an office may well name its own telephone
    if found := await refused(turn, office=True):
        return [await _question(turn, listed, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [await _question(turn, listed, "question.only_text")]
    try:
        text = read_answer(turn.text)
    except Refusal as no:
        return [await _question(turn, listed, no.key, **no.values)]
    if turn.talk.data.get("version") != listed.question.version:
        _ask(turn, listed, draft=text)
        return [await _question(turn, listed, "question.changed_meanwhile")]
    return [await _send(turn, listed, text)]


@needs("question.answer")
async def send_draft(turn: Turn) -> list[Message]:
    """What was typed before the asker added something answers that too."""
    listed = await reached(turn, turn.press.object)
    draft = turn.talk.data.get("draft", "") if turn.talk.flow == ANSWER else ""
    if listed.question.state != OPEN:
        return [await _too_late(turn, listed)]
    if (
        not draft
        or turn.talk.data.get("question") != listed.question.id
        or turn.press.version != listed.question.version
    ):
        _ask(turn, listed, draft=draft)
        return [await _question(turn, listed, "question.changed_meanwhile" if draft else "")]
    return [await _send(turn, listed, str(draft))]


async def _send(turn: Turn, listed: Listed, text: str) -> Message:
    question = listed.question
    await questions.answer(turn.session, question, text, by=turn.person_id, now=turn.now)
    at = await question_news.tell_answer(turn.session, question, turn.now)
    turn.end()
    about = question.announcement_id or 0
    keep = Button("known_answer.button_keep", "known.begin", question.id, question.version)
    waiting = Button("question.button_waiting_back", "question.waiting", question.holder_id)
    later = at if at is not None and at > turn.now else None
    values: dict[str, Any] = {"text": question.text, "answer": text, "by": listed.by, "announcement": about}
    values |= {"later": later, "told": at is not None}
    rows = ((waiting, go("menu")),) if about else ((keep,), (waiting, go("menu")))
    return Message("question.answer_sent", values, rows, place=place_of(turn))


async def _too_late(turn: Turn, listed: Listed) -> Message:
    """Somebody else answered first, or the question was taken back."""
    turn.end()
    before = "question.answered_before" if listed.question.state == ANSWERED else "question.withdrawn_before"
    return await card(turn, listed, before)


def _ask(turn: Turn, listed: Listed, **more: Any) -> None:
    turn.ask(ANSWER, question=listed.question.id, version=listed.question.version, **more)


async def _question(turn: Turn, listed: Listed, before: str = "", **told: Any) -> Message:
    draft = str(turn.talk.data.get("draft", ""))
    values = desk_values(listed, await turn.guides.current(turn.session))
    values |= {"before": before, "told": told, "draft": draft}
    question = listed.question
    send = ((Button("question.button_send_draft", "question.send", question.id, question.version),),) if draft else ()
    back = Button("question.button_back", "question.card", question.id)
    return Message("question.ask_answer", values, (*send, (back, go("huy"))), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {ANSWER: take}
ACTIONS: dict[str, Handler] = {"question.answer": begin, "question.send": send_draft}
