"""What holds in one's own place (ghi chú của đơn vị): the fee by the province's resolution, the centre's address."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, stale
from handlers.guide_desk import back_to_guide
from handlers.guide_offices import office_in_talk, office_of
from handlers.guide_pages import fields_page, guide_of, place_of
from handlers.menu import go
from handlers.menu import stale as gone
from handlers.private_words import refused
from handlers.turn import Handler, Turn
from models import guide_notes
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.guide_remarks import MOST_NOTES, read_remark
from models.rules.guides import Guide
from models.tables import Unit

TEXT = "guide_note.text"  # the flow: the note is typed
NOTE_KINDS = ("fee", "address", "other")
LABEL = 30  # characters of a note on its button


@needs("guide.note")
async def show(turn: Turn) -> list[Message]:
    """The unit's notes about the guide `arg`."""
    unit = await office_of(turn, "guide.note")
    guide = await guide_of(turn, turn.press.arg)
    if guide is None:
        return [await fields_page(turn)]
    turn.end()
    return [await _list(turn, guide, unit)]


@needs("guide.note")
async def begin(turn: Turn) -> list[Message]:
    """A new one: `arg` is "G01.fee"."""
    unit = await office_of(turn, "guide.note")
    code, _, kind = turn.press.arg.partition(".")
    guide = await guide_of(turn, code)
    if guide is None or kind not in NOTE_KINDS:
        return [await fields_page(turn)]
    turn.ask(TEXT, unit=unit.id, guide=guide.code, kind=kind)
    return [_question(turn, guide, unit)]


@needs("guide.note")
async def take(turn: Turn) -> list[Message]:
    unit = await office_in_talk(turn, "guide.note")
    guide = await guide_of(turn, str(turn.talk.data.get("guide", "")))
    kind = str(turn.talk.data.get("kind", ""))
    if guide is None or kind not in NOTE_KINDS:
        return await gone(turn)
    if found := await refused(turn, office=True):
        return [_question(turn, guide, unit, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [_question(turn, guide, unit, "question.only_text")]
    try:
        text = read_remark(turn.text)
        await guide_notes.add(turn.session, guide.code, unit, kind, text, by=turn.person_id, now=turn.now)
    except Refusal as no:
        return [_question(turn, guide, unit, no.key, **no.values)]
    turn.end()
    return [await _list(turn, guide, unit, "guide_note.added")]


@needs("guide.note")
async def remove(turn: Turn) -> list[Message]:
    found = await guide_notes.find(turn.session, turn.press.object)
    turn.allow("guide.note", found[1].path if found else None)
    assert found is not None
    row, unit = found
    guide = await guide_of(turn, row.guide)
    if guide is None:
        return [await fields_page(turn)]
    turn.end()
    if stale(turn, row.version):
        return [await _list(turn, guide, unit, notice="access.stale")]
    await guide_notes.remove(turn.session, row, by=turn.person_id, now=turn.now)
    return [await _list(turn, guide, unit, "guide_note.removed")]


async def _list(turn: Turn, guide: Guide, unit: Unit, before: str = "", notice: str = "") -> Message:
    notes = await guide_notes.of_unit(turn.session, guide.code, unit)
    values = {
        "before": before,
        "guide": guide.short_title,
        "unit": unit.name,
        "notes": [{"kind": each.kind, "text": each.text} for each in notes],
        "most": MOST_NOTES,
    }
    kinds = NOTE_KINDS if len(notes) < MOST_NOTES else ()
    add = [
        Button(f"guide_note.button_{kind}", "guide_note.begin", unit.id, arg=f"{guide.code}.{kind}") for kind in kinds
    ]
    taken_out = [
        (
            Button(
                "guide_note.button_remove",
                "guide_note.remove",
                each.id,
                each.version,
                values={"text": shorten(each.text, LABEL)},
            ),
        )
        for each in notes
    ]
    rows = (*((each,) for each in add), *taken_out, (back_to_guide(unit, guide), go("menu")))
    return Message("guide_note.list", values, rows, notice=notice, place=place_of(turn))


def _question(turn: Turn, guide: Guide, unit: Unit, before: str = "", **told: Any) -> Message:
    values = {
        "before": before, "told": told, "guide": guide.short_title, "unit": unit.name,
        "kind": turn.talk.data.get("kind", "other"),
    }  # fmt: skip
    back = Button("guide_note.button_back", "guide_note.list", unit.id, arg=guide.code)
    return Message("guide_note.ask", values, ((back, go("huy")),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {TEXT: take}
ACTIONS: dict[str, Handler] = {"guide_note.list": show, "guide_note.begin": begin, "guide_note.remove": remove}
