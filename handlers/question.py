"""Asking an office (hỏi cán bộ): the question, from where, whether it was answered before; then it is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers import known_answer
from handlers.access import public
from handlers.guide_pages import FIND, place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.question_pages import (
    ASKING,
    KNOWN,
    MINE,
    PLACE,
    TEXT,
    Rows,
    asker,
    desks,
    place_of_guest,
    places,
    send_now,
)
from handlers.turn import Handler, Turn
from handlers.visit_pages import LIST, speaker
from models import known_answers, question_news, questions, units, visits
from models.messages import Button, Message
from models.questions import Asked
from models.rules import Refusal
from models.rules.questions import MOST_OPEN, is_short, means_no, means_yes, read_question
from models.tables import Unit

OFFERED = 5  # places for a name that was typed
OFFICES = ("central", "province", "district", "commune", "affiliated")


@public
async def home(turn: Turn) -> list[Message]:
    """`/hoi`: what is typed next is the question; behind buttons what was asked, and what waits for an answer."""
    _, _, asked = turn.text.strip().partition(" ") if turn.text.startswith("/") else ("", "", "")
    _anew(turn)
    if turn.incoming.kind == "text" and asked.strip():
        return await _taken(turn, asked)
    rows: list[tuple[Button, ...]] = []
    for unit in await desks(turn):
        count = await questions.count_waiting(turn.session, unit)
        values = {"unit": unit.name, "count": count}
        rows.append((Button("question.button_waiting", "question.waiting", unit.id, values=values),))
    mine = await questions.count_own(turn.session, asker(turn))
    rows += [(MINE,)] if mine else []
    values = {"office": bool(rows) and rows[0][0] is not MINE}
    return [Message("question.home", values, (*rows, (go("huongdan"), go("menu"))), "text", place=place_of(turn))]


@public
async def begin(turn: Turn) -> list[Message]:
    """From a guide or one of its steps: `arg` is "G01", "G01.kich-hoat", or nothing."""
    code, _, step = turn.press.arg.partition(".")
    guide = (await turn.guides.current(turn.session)).get(code)
    known = guide is not None and guide.has_step(step)
    _anew(turn, guide=code if guide else "", step=step if known else "")
    return [await _question(turn)]


@public
async def take(turn: Turn) -> list[Message]:
    """The question, typed; or at an answer that is offered, what tells it apart from that."""
    if turn.incoming.kind != "text":  # what stands under a picture is not kept either
        found = await refused(turn)
        return [await _question(turn, "question.private" if found else "question.only_text", kind=found)]
    if turn.talk.flow == KNOWN and turn.talk.data.get("text"):
        offers = turn.talk.data.get("offers", [])
        if means_yes(turn.text) and len(offers) == 1:
            return await known_answer.opened(turn, offers[0])
        if means_no(turn.text) or is_short(turn.text):
            return await _onward(turn, declined=means_no(turn.text))
    return await _taken(turn, turn.text)


async def _taken(turn: Turn, typed: str) -> list[Message]:
    if found := await refused(turn):
        return [await _question(turn, "question.private", kind=found)]
    try:
        text = read_question(typed, str(turn.talk.data.get("text", "")))
    except Refusal as no:
        return [await _question(turn, no.key, **no.values)]
    _ask(turn, TEXT, text=text)
    return await _onward(turn)


@public
async def take_place(turn: Turn) -> list[Message]:
    """The name of the province or commune where a guest is."""
    if turn.actor.roles:  # whoever has a unit is asked to choose among their own
        return await _onward(turn)
    if found_private := await refused(turn):
        return [_ask_place(turn, (), "question.private", kind=found_private)]
    if turn.incoming.kind != "text":
        return [_ask_place(turn, (), "question.only_text")]
    found = await units.search(turn.session, "/", turn.text, OFFICES, OFFERED)
    return [_ask_place(turn, found, "question.place_which" if found else "question.place_unknown")]


@public
async def place(turn: Turn) -> list[Message]:
    """The place is chosen: one of the speaker's units, or wherever a guest says they are; 0: they do not know."""
    if turn.talk.flow not in ASKING or not turn.talk.data.get("text"):
        return await home(turn)
    mine = await places(turn)
    unit = await units.find(turn.session, turn.press.object) if turn.press.object else await units.root(turn.session)
    theirs = unit is not None and (unit.id in [each.id for each in mine] if turn.actor.roles else unit.kind in OFFICES)
    if unit is None or not theirs or unit.closed_on is not None:
        raise Refusal("permission.not_found")
    _ask(turn, PLACE, unit=unit.id, chosen=True)
    return await _onward(turn)


@public
async def go_on(turn: Turn) -> list[Message]:
    """None of the known answers is the one that was meant."""
    return await _onward(turn, declined=True)


async def _onward(turn: Turn, *, declined: bool = False) -> list[Message]:
    """The next thing that is missing: the text, the place, a look at known answers; else the question is sent."""
    data = turn.talk.data
    if turn.talk.flow not in ASKING or not data.get("text"):  # an old button: what was typed then is gone
        _anew(turn)
        return [await _question(turn)]
    unit = await _place(turn)
    if unit is None:
        return [await _choose_place(turn)]
    _ask(turn, TEXT, unit=unit.id)
    asked = Asked(str(data["text"]), unit, str(data.get("guide", "")), str(data.get("step", "")))
    likely = await known_answers.likely(turn.session, asked.text, asked.guide, [unit.path])
    if likely and not declined:
        _ask(turn, KNOWN, offers=[each.id for each in likely])
        offers = [
            (Button("question.button_offer", "known.show", each.id, values={"number": at, "several": len(likely) > 1}),)
            for at, each in enumerate(likely, 1)
        ]
        values = {"text": asked.text, "offers": [each.text for each in likely]}
        rows = (*offers, (Button("question.button_go_on", "question.go_on"),), (go("menu"),))
        return [Message("question.offer", values, rows, place=place_of(turn))]
    return [await _send(turn, asked)]


async def _send(turn: Turn, asked: Asked) -> Message:
    same = await questions.same_open(turn.session, asker(turn), asked)
    if same is not None:
        turn.end()
        rows = ((Button("question.button_own", "question.own", same.id), go("menu")),)
        return Message("question.sent_before", {}, rows, place=place_of(turn))
    if await questions.count_own(turn.session, asker(turn), still_open=True) >= MOST_OPEN:
        again = send_now(turn)
        return Message("question.too_many", {"most": MOST_OPEN}, (*again, (MINE, go("menu"))), place=place_of(turn))
    working = await turn.calendar.working_time(turn.session, turn.now)
    question, desk = await questions.ask(turn.session, asker(turn), asked, working, turn.now)
    told = await question_news.tell_desk(turn.session, question, desk.people, "question.arrived", turn.now)
    turn.end()
    unended = await visits.count_unended(turn.session, speaker(turn))
    values = {"text": question.text, "holder": desk.unit.name, "until": question.moves_at, "told": told}
    change = (
        Button("question.button_more", "question.more", question.id, question.version),
        Button("question.button_withdraw", "question.withdraw", question.id, question.version),
    )
    waiting: Rows = ((LIST,),) if unended else ()
    sent: Rows = (change, *waiting, (go("huongdan"), go("menu")))
    return Message("question.sent", values, sent, place=place_of(turn))


async def _place(turn: Turn) -> Unit | None:
    """From where it is asked; None when that has to be asked first."""
    if not turn.actor.roles:
        return await place_of_guest(turn)
    mine = await places(turn)
    chosen = [unit for unit in mine if turn.talk.data.get("chosen") and unit.id == turn.talk.data.get("unit")]
    return chosen[0] if chosen else mine[0] if len(mine) == 1 else None


async def _choose_place(turn: Turn) -> Message:
    """A guest types where they are; whoever has several units says from which."""
    if not turn.actor.roles:
        return _ask_place(turn, ())
    _ask(turn, PLACE)
    rows = tuple(_place_button(unit) for unit in await places(turn))
    return Message("question.ask_own_place", {}, (*rows, (go("huy"),)), place=place_of(turn))


def _ask_place(turn: Turn, found: Sequence[Unit], before: str = "", **told: Any) -> Message:
    _ask(turn, PLACE)
    rows: Rows = (*(_place_button(unit) for unit in found), (Button("question.button_anywhere", "question.place"),))
    values = {"before": before, "told": told}
    return Message("question.ask_place", values, (*rows, (go("huy"),)), "text", place=place_of(turn))


def _place_button(unit: Unit) -> tuple[Button, ...]:
    return (Button("question.button_place", "question.place", unit.id, values={"unit": unit.name}),)


async def _question(turn: Turn, before: str = "", **told: Any) -> Message:
    """What is asked of the asker. `before`: a text about what was wrong, with the values `told`."""
    guide = (await turn.guides.current(turn.session)).get(str(turn.talk.data.get("guide", "")))
    step = str(turn.talk.data.get("step", ""))
    values = {
        "before": before,
        "told": told,
        "guide": guide.short_title if guide else "",
        "step": guide.step(step).title if guide and guide.has_step(step) else "",
        "text": turn.talk.data.get("text", ""),
    }
    return Message("question.ask", values, ((go("huy"), go("menu")),), "text", place=place_of(turn))


def _anew(turn: Turn, **more: Any) -> None:
    """A new question; where the poster hung that brought a guest here is not forgotten."""
    unit = turn.talk.data.get("unit") if turn.talk.flow in (FIND, *ASKING) and not turn.actor.roles else None
    turn.ask(TEXT, **({"unit": unit} if unit else {}), **more)


def _ask(turn: Turn, flow: str, **more: Any) -> None:
    """Go on with what is known of the question so far."""
    known = turn.talk.data if turn.talk.flow in ASKING else {}
    turn.ask(flow, **{key: known[key] for key in ("guide", "step", "text", "unit", "chosen") if key in known} | more)


COMMANDS: dict[str, Handler] = {"hoi": home, "hoicanbo": home, "hoidap": home}
FLOWS: dict[str, Handler] = {TEXT: take, PLACE: take_place, KNOWN: take}
ACTIONS: dict[str, Handler] = {
    "question.begin": begin,
    "question.place": place,
    "question.go_on": go_on,
}
