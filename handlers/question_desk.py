"""An office's desk: the questions that wait, the oldest first; those answered; a question moved to another office."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.question_pages import PAGE, buttons_of, page_number, turning
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import question_desks, question_news, questions, units
from models.messages import Button, Message
from models.question_desks import Desk
from models.question_news import answer_values, desk_values
from models.questions import ANSWERED, OPEN, Listed
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.known_answers import holds_words
from models.rules.permissions import may
from models.tables import Unit

SEARCH, PASS = "question.search", "question.pass"  # the flows: answered questions are looked for; an office is named
FOUND = 5  # offices that fit a name
WHOLE = "all."  # before the page in a button: the units below as well


async def reached(turn: Turn, question_id: int) -> Listed:
    """A question that the speaker may answer: of an office of theirs, or of one below. Nobody answers their own."""
    found = await questions.find(turn.session, question_id, lock=True)
    unit = await units.find(turn.session, found.question.holder_id) if found else None
    turn.allow("question.answer", unit.path if unit else None)
    assert found is not None
    if found.question.person_id == turn.actor.person_id:
        raise Refusal("permission.not_found")
    return found


@needs("question.answer")
async def waiting(turn: Turn) -> list[Message]:
    """What waits at this office; the second page of it are the offices below: `arg` is "0", "6" or "all.0"."""
    unit = await reach(turn, "question.answer", turn.press.object)
    whole = turn.press.arg.startswith(WHOLE)
    offset = page_number(turn.press.arg.removeprefix(WHOLE))
    found = await questions.waiting(turn.session, unit, whole=whole, offset=offset, limit=PAGE + 1)
    here = await questions.count_waiting(turn.session, unit)
    everywhere = await questions.count_waiting(turn.session, unit, whole=True)
    turn.end()
    lines = buttons_of(found[:PAGE], "question.button_line", "question.card")
    pages = turning("question.waiting", unit.id, offset, len(found) > PAGE, WHOLE if whole else "")
    ways = [Button("question.button_answered", "question.answered_list", unit.id)]
    if everywhere > here and not whole:
        more = {"count": everywhere - here}
        ways.append(Button("question.button_below", "question.waiting", unit.id, arg=f"{WHOLE}0", values=more))
    values = {"unit": unit.name, "count": everywhere if whole else here, "whole": whole}
    rows = (*lines, *pages, tuple(ways), (go("hoi"), go("menu")))
    return [Message("question.waiting", values, rows, place=place_of(turn))]


@needs("question.answer")
async def answered(turn: Turn) -> list[Message]:
    """What was answered here and below; what is typed next is looked for in it."""
    unit = await reach(turn, "question.answer", turn.press.object)
    turn.ask(SEARCH, unit=unit.id)
    return [await _answered_page(turn, unit, "", page_number(turn.press.arg))]


@needs("question.answer")
async def search(turn: Turn) -> list[Message]:
    unit = await reach(turn, "question.answer", int(turn.talk.data.get("unit", 0)))
    wanted = turn.text if turn.incoming.kind == "text" else ""
    return [await _answered_page(turn, unit, wanted, 0)]


async def _answered_page(turn: Turn, unit: Unit, wanted: str, offset: int) -> Message:
    everything = await questions.count_answered(turn.session, unit)
    if wanted:
        looked = await questions.answered(turn.session, unit)
        found = [each for each in looked if holds_words(f"{each.question.text} {each.question.answer}", wanted)]
        count, last = len(found), 0  # what was looked for is not carried by a button: only the whole list has pages
    else:
        found = await questions.answered(turn.session, unit, offset, PAGE)
        count = last = everything
    pages = turning("question.answered_list", unit.id, offset, last > offset + PAGE)
    lines = buttons_of(found[:PAGE], "question.button_line", "question.card")
    values = {"unit": unit.name, "count": count, "wanted": shorten(wanted.strip(), 60)}
    values["searched"] = questions.SEARCHED if everything > questions.SEARCHED else 0
    back = Button("question.button_waiting_back", "question.waiting", unit.id)
    return Message("question.answered_list", values, (*lines, *pages, (back, go("menu"))), "text", place=place_of(turn))


@needs("question.answer")
async def show(turn: Turn) -> list[Message]:
    listed = await reached(turn, turn.press.object)
    turn.end()
    return [await card(turn, listed)]


@needs("question.answer")
async def up(turn: Turn) -> list[Message]:
    """To the next office above."""
    listed = await reached(turn, turn.press.object)
    above = await question_desks.desks_above(turn.session, listed.question, turn.now)
    if listed.question.state != OPEN or stale(turn, listed.question.version) or not above:
        return [await card(turn, listed, notice="access.stale")]
    return [await _move(turn, listed, above[0])]


@needs("question.answer")
async def ask_office(turn: Turn) -> list[Message]:
    """Which office is to have it: those above by a button, any other of one's own by its name."""
    listed = await reached(turn, turn.press.object)
    if listed.question.state != OPEN or stale(turn, listed.question.version):
        return [await card(turn, listed, notice="access.stale")]
    turn.ask(PASS, question=listed.question.id)
    return [await _which_office(turn, listed, [])]


@needs("question.answer")
async def take_office(turn: Turn) -> list[Message]:
    listed = await reached(turn, int(turn.talk.data.get("question", 0)))
    if listed.question.state != OPEN:
        turn.end()
        return [await card(turn, listed, notice="access.stale")]
    typed = turn.text if turn.incoming.kind == "text" else ""
    named = await units.search(turn.session, "/", typed, None, FOUND * 4)
    mine = [unit for unit in named if may(turn.actor, "question.answer", unit.path) and unit.kind != "team"]
    found = [unit for unit in mine if unit.id != listed.question.holder_id][:FOUND]
    return [await _which_office(turn, listed, found, "" if found else "question.office_unknown")]


@needs("question.answer")
async def pass_on(turn: Turn) -> list[Message]:
    """To the office of the button: one above, or one of the speaker's own."""
    listed = await reached(turn, turn.press.object)
    question = listed.question
    if question.state != OPEN or stale(turn, question.version):
        return [await card(turn, listed, notice="access.stale")]
    above = await question_desks.desks_above(turn.session, question, turn.now)
    desk = next((each for each in above if each.unit.id == int(turn.press.arg)), None)
    if desk is None:
        unit = await units.find(turn.session, int(turn.press.arg))
        if unit is None or not may(turn.actor, "question.answer", unit.path):
            raise Refusal("permission.not_found")
        desk = await question_desks.desk_of(turn.session, unit, turn.now, question.person_id)
    if desk is None:
        return [await _which_office(turn, listed, [], "question.office_empty")]
    return [await _move(turn, listed, desk)]


async def _move(turn: Turn, listed: Listed, desk: Desk) -> Message:
    question = listed.question
    working = await turn.calendar.working_time(turn.session, turn.now)
    await questions.move(turn.session, question, desk, working, by=turn.person_id, now=turn.now)
    others = [each for each in desk.people if each != turn.person_id]
    told = await question_news.tell_desk(turn.session, question, others, "question.passed", turn.now)
    await question_news.tell_moved(turn.session, question, turn.now, by_clock=False)
    turn.end()
    values = {"holder": desk.unit.name, "told": told, "until": question.moves_at}
    return Message("question.passed_now", values, ((go("hoi"), go("menu")),), place=place_of(turn))


async def _which_office(turn: Turn, listed: Listed, found: list[Unit], before: str = "") -> Message:
    question = listed.question
    above = await question_desks.desks_above(turn.session, question, turn.now) if not found else []
    offers = [*(each.unit for each in above), *found]
    rows = [
        (
            Button(
                "question.button_place",
                "question.pass_to",
                question.id,
                question.version,
                str(unit.id),
                {"unit": unit.name},
            ),
        )
        for unit in offers
    ]
    values = {"before": before, "holder": listed.holder}
    back = Button("question.button_back", "question.card", question.id)
    return Message("question.ask_office", values, (*rows, (back, go("menu"))), "text", place=place_of(turn))


async def card(turn: Turn, listed: Listed, before: str = "", notice: str = "") -> Message:
    """A question as an office sees it, with what may be done about it now."""
    question = listed.question
    book = await turn.guides.current(turn.session)
    values = {"before": before, "state": question.state, **answer_values(listed), **desk_values(listed, book)}
    values |= {"answered_at": question.answered_at, "answerer": listed.answerer}
    rows = await _ways(turn, listed)
    back = Button("question.button_waiting_back", "question.waiting", question.holder_id)
    return Message("question.card", values, (*rows, (back, go("menu"))), notice=notice, place=place_of(turn))


async def _ways(turn: Turn, listed: Listed) -> list[tuple[Button, ...]]:
    question = listed.question
    number, version = question.id, question.version
    if question.state == ANSWERED and question.announcement_id is not None:
        return []  # what answers one announcement is no answer for others
    if question.state == ANSWERED:
        return [(Button("known_answer.button_keep", "known.begin", number, version),)]
    if question.state != OPEN:
        return []
    ways = [Button("question.button_answer", "question.answer", number, version)]
    above = await question_desks.desks_above(turn.session, question, turn.now)
    if above:
        named = {"unit": above[0].unit.name}
        ways.append(Button("question.button_up", "question.up", number, version, values=named))
    ways.append(Button("question.button_pass", "question.pass", number, version))
    if question.guide:
        ways.append(Button("question.button_guide", "guide.show", arg=question.guide))
    return [(each,) for each in ways]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {SEARCH: search, PASS: take_office}
ACTIONS: dict[str, Handler] = {
    "question.waiting": waiting,
    "question.answered_list": answered,
    "question.card": show,
    "question.up": up,
    "question.pass": ask_office,
    "question.pass_to": pass_on,
}
