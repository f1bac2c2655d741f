"""What the speaker asked themselves: which office has it, a line to add, taking it back, the answer."""

from __future__ import annotations

from typing import Any

from handlers.access import public, stale
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.question_pages import MINE, PAGE, asker, buttons_of, leave, own, page_number, send_now, turning
from handlers.turn import Handler, Turn
from models import question_desks, question_news, questions, units
from models.messages import Button, Message
from models.question_news import answer_values, asker_values, place_of_question
from models.questions import ANSWERED, OPEN, Listed
from models.rules import Refusal
from models.rules.questions import read_question
from models.tables import Question

MORE = "question.more"  # the flow: a line is added


@public
async def mine(turn: Turn) -> list[Message]:
    """The speaker's questions, the latest first."""
    offset = page_number(turn.press.arg)
    found = await questions.own(turn.session, asker(turn), offset, PAGE + 1)
    leave(turn)
    rows = buttons_of(found[:PAGE], "question.button_line_own", "question.own")
    pages = turning("question.mine", 0, offset, len(found) > PAGE)
    values = {"count": await questions.count_own(turn.session, asker(turn))}
    return [
        Message(
            "question.mine", values, (*rows, *pages, *send_now(turn), (go("hoi"), go("menu"))), place=place_of(turn)
        )
    ]


@public
async def show(turn: Turn) -> list[Message]:
    leave(turn)
    return [_card(turn, await own(turn, turn.press.object))]


@public
async def ask_more(turn: Turn) -> list[Message]:
    listed = await own(turn, turn.press.object)
    if _is_over(turn, listed.question):
        return [_card(turn, listed, notice="access.stale")]
    turn.ask(MORE, question=listed.question.id)
    return [_more_question(turn, listed)]


@public
async def take_more(turn: Turn) -> list[Message]:
    """A line for a question that waits; one answered meanwhile shows its answer."""
    listed = await own(turn, int(turn.talk.data.get("question", 0)))
    question = listed.question
    if question.state != OPEN:
        turn.end()
        return [_card(turn, listed, before="question.over_meanwhile")]
    if found := await refused(turn):
        return [_more_question(turn, listed, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [_more_question(turn, listed, "question.only_text")]
    try:
        text = read_question(turn.text, question.text)
    except Refusal as no:
        return [_more_question(turn, listed, no.key, **no.values)]
    await questions.add_line(turn.session, question, text, by=turn.actor.person_id, now=turn.now)
    holder = await units.find(turn.session, question.holder_id)
    desk = await question_desks.desk_of(turn.session, holder, turn.now, question.person_id) if holder else None
    await question_news.tell_desk(turn.session, question, desk.people if desk else (), "question.more_came", turn.now)
    turn.end()
    return [_card(turn, listed, before="question.more_sent")]


@public
async def withdraw(turn: Turn) -> list[Message]:
    listed = await own(turn, turn.press.object)
    if _is_over(turn, listed.question):
        return [_card(turn, listed, notice="access.stale")]
    await questions.withdraw(turn.session, listed.question, by=turn.actor.person_id, now=turn.now)
    leave(turn)
    return [_card(turn, listed, before="question.withdrawn")]


def _is_over(turn: Turn, question: Question) -> bool:
    return question.state != OPEN or stale(turn, question.version)


def _more_question(turn: Turn, listed: Listed, before: str = "", **told: Any) -> Message:
    values = {"before": before, "told": told, "text": listed.question.text}
    back = Button("question.button_back", "question.own", listed.question.id)
    return Message("question.ask_more", values, ((back, go("huy")),), "text", place=place_of(turn))


def _card(turn: Turn, listed: Listed, before: str = "", notice: str = "") -> Message:
    question = listed.question
    values = {"before": before, "state": question.state, **asker_values(listed), **answer_values(listed)}
    rows: list[tuple[Button, ...]] = []
    if question.state == OPEN:
        change = ("more", "withdraw")
        rows.append(
            tuple(
                Button(f"question.button_{each}", f"question.{each}", question.id, question.version) for each in change
            )
        )
    if question.state == ANSWERED:
        rows.append((Button("question.button_again", "question.begin", arg=place_of_question(question)),))
    return Message(
        "question.own", values, (*rows, *send_now(turn), (MINE, go("menu"))), notice=notice, place=place_of(turn)
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {MORE: take_more}
ACTIONS: dict[str, Handler] = {
    "question.mine": mine,
    "question.own": show,
    "question.more": ask_more,
    "question.withdraw": withdraw,
}
