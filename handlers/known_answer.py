"""Answers worth giving again (câu hỏi thường gặp): read before anything is asked, kept and removed by an office."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, public, stale
from handlers.guide_pages import back_to_card, guide_of, place_of
from handlers.menu import go
from handlers.menu import stale as gone
from handlers.private_words import refused
from handlers.question_desk import card, reached
from handlers.question_pages import KNOWN, PAGE, TEXT, page_number, paths_here, turning
from handlers.turn import Handler, Turn
from models import known_answers
from models.known_answers import Known
from models.messages import Button, Message
from models.questions import ANSWERED
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.permissions import may
from models.rules.questions import read_answer, read_question
from models.rules.trees import ids_of

KEEP, WORDS = "known.keep", "known.words"  # the flows: it is looked over before it is kept; its words are typed anew
PARTS = ("text", "answer")


@public
async def of_guide(turn: Turn) -> list[Message]:
    """What was asked before about a guide: `arg` is "G01" or "G01.6", from which on."""
    code, _, page = turn.press.arg.partition(".")
    guide = await guide_of(turn, code)
    if guide is None:
        return await gone(turn)
    offset = page_number(page)
    found = await known_answers.of_guide(turn.session, guide.code, await paths_here(turn))
    lines = [
        (Button("known_answer.button_line", "known.show", each.id, values={"text": shorten(each.text, 60)}),)
        for each in found[offset : offset + PAGE]
    ]
    pages = turning("known.list", 0, offset, len(found) > offset + PAGE, f"{guide.code}.")
    ask = Button("question.button_ask", "question.begin", arg=guide.code)
    values = {"guide": guide.short_title, "count": len(found)}
    rows = (*lines, *pages, (ask,), (back_to_card(guide), go("menu")))
    return [Message("known_answer.list", values, rows, place=place_of(turn))]


@public
async def show(turn: Turn) -> list[Message]:
    return await opened(turn, turn.press.object)


async def opened(turn: Turn, known_id: int) -> list[Message]:
    """The answer itself. What was being asked is not forgotten: it may still be asked."""
    known = await known_answers.find(turn.session, known_id)
    ids = {unit_id for path in await paths_here(turn) for unit_id in ids_of(path)}
    if known is None or not (known.unit.id in ids or may(turn.actor, "question.answer", known.unit.path)):
        raise Refusal("permission.not_found")
    kept = turn.talk.data if turn.talk.flow in (TEXT, KNOWN) else {}
    turn.ask(KNOWN, **{**kept, "guide": kept.get("guide") or known.row.guide, "shown": known.row.id})
    return [_screen(turn, known)]


@public
async def helped(turn: Turn) -> list[Message]:
    """It was enough: that counts once, and nothing is asked any more."""
    shown = turn.talk.data.get("shown") if turn.talk.flow == KNOWN else None
    if shown == turn.press.object:
        await known_answers.found_helpful(turn.session, turn.press.object)
    turn.end()
    return [Message("known_answer.thanks", {}, ((go("huongdan"), go("menu")),), place=place_of(turn))]


@needs("question.answer")
async def remove(turn: Turn) -> list[Message]:
    known = await known_answers.find(turn.session, turn.press.object)
    turn.allow("question.answer", known.unit.path if known else None)
    assert known is not None
    turn.end()
    if not stale(turn, known.row.version):
        await known_answers.remove(turn.session, known.row, by=turn.person_id, now=turn.now)
    return [Message("known_answer.removed", {"text": known.row.text}, ((go("hoi"), go("menu")),), place=place_of(turn))]


def _screen(turn: Turn, known: Known) -> Message:
    row = known.row
    still = "question.button_still" if turn.talk.data.get("text") else "question.button_ask"
    ask = (
        Button(still, "question.go_on")
        if turn.talk.data.get("text")
        else Button(still, "question.begin", arg=row.guide)
    )
    rows: list[tuple[Button, ...]] = [(Button("known_answer.button_helped", "known.helped", row.id), ask)]
    if may(turn.actor, "question.answer", known.unit.path):
        rows.append((Button("known_answer.button_remove", "known.remove", row.id, row.version),))
    values = {"text": row.text, "answer": row.answer, "unit": known.unit.name, "at": row.at, "helped": row.helped}
    return Message("known_answer.show", values, (*rows, (go("menu"),)), place=place_of(turn))


# --- keeping one ----------------------------------------------------------------------------------------------------


@needs("question.answer")
async def begin(turn: Turn) -> list[Message]:
    """The question and its answer as everybody would read them, to be looked over first."""
    listed = await reached(turn, turn.press.object)
    question = listed.question
    if question.state != ANSWERED or question.announcement_id is not None:
        return [await card(turn, listed, notice="access.stale")]
    there = await known_answers.from_question(turn.session, question.id)
    if there is not None:
        return [await card(turn, listed, before="known_answer.there")]
    turn.ask(KEEP, question=question.id, text=question.text, answer=question.answer)
    return [_review(turn)]


@needs("question.answer")
async def edit(turn: Turn) -> list[Message]:
    """Ask for the words of the question or of the answer anew: `arg` is "text" or "answer"."""
    await reached(turn, turn.press.object)
    if turn.talk.data.get("question") != turn.press.object or turn.press.arg not in PARTS:
        return await gone(turn)
    turn.ask(WORDS, **{**turn.talk.data, "part": turn.press.arg})
    return [_words_question(turn)]


@needs("question.answer")
async def take_words(turn: Turn) -> list[Message]:
    await reached(turn, int(turn.talk.data.get("question", 0)))
    part = str(turn.talk.data.get("part", "text"))
    if found := await refused(turn, office=part == "answer"):
        return [_words_question(turn, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [_words_question(turn, "question.only_text")]
    try:
        words = read_answer(turn.text) if part == "answer" else read_question(turn.text)
    except Refusal as no:
        return [_words_question(turn, no.key, **no.values)]
    turn.ask(KEEP, **{**turn.talk.data, part: words})
    return [_review(turn)]


@needs("question.answer")
async def at_review(turn: Turn) -> list[Message]:
    """Words at the page to look over are no button: it is shown again."""
    await reached(turn, int(turn.talk.data.get("question", 0)))
    return [_review(turn, "known_answer.choose")]


@needs("question.answer")
async def keep(turn: Turn) -> list[Message]:
    listed = await reached(turn, turn.press.object)
    data = turn.talk.data
    if turn.talk.flow != KEEP or data.get("question") != listed.question.id:
        return [await card(turn, listed, notice="access.stale")]
    kept = await known_answers.keep(
        turn.session, listed.question, str(data["text"]), str(data["answer"]), by=turn.person_id, now=turn.now
    )
    turn.end()
    values = {"text": kept.text, "unit": listed.holder}
    rows = ((Button("known_answer.button_open", "known.show", kept.id), go("hoi")), (go("menu"),))
    return [Message("known_answer.kept", values, rows, place=place_of(turn))]


def _review(turn: Turn, before: str = "") -> Message:
    data = turn.talk.data
    edits = [Button(f"known_answer.button_edit_{part}", "known.edit", data["question"], arg=part) for part in PARTS]
    values = {"before": before, "text": data["text"], "answer": data["answer"]}
    rows = ((Button("known_answer.button_save", "known.save", data["question"]),), tuple(edits), (go("huy"),))
    return Message("known_answer.review", values, rows, place=place_of(turn))


def _words_question(turn: Turn, before: str = "", **told: Any) -> Message:
    part = str(turn.talk.data["part"])
    values = {"before": before, "told": told, "part": part, "now": turn.talk.data[part]}
    return Message("known_answer.ask_words", values, ((go("huy"),),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {KEEP: at_review, WORDS: take_words}
ACTIONS: dict[str, Handler] = {
    "known.list": of_guide,
    "known.show": show,
    "known.helped": helped,
    "known.remove": remove,
    "known.begin": begin,
    "known.edit": edit,
    "known.save": keep,
}
