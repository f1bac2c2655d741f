"""Whom an announcement is for: typed as one line or put together from lists, and seen at once."""

from __future__ import annotations

from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.announcement_audience_card import FLOW, card, keep
from handlers.announcement_pages import SPEAK, back, reach_draft, talked_of
from handlers.guide_pages import place_of
from handlers.report_sheet import Line, line
from handlers.turn import Handler, Turn
from models import audience_choices
from models.announcements import Announced
from models.audience_choices import Named
from models.messages import Button, Message
from models.rules.audience_lines import Doubt, Reading, is_beyond, read_audience
from models.rules.audience_words import Parts, parts_of
from models.rules.audiences import audience_of
from models.rules.folding import shorten

SHOWN = 60  # characters of what was typed


@needs(SPEAK)
async def show(turn: Turn) -> list[Message]:
    """The button of the draft's card."""
    return [await card(turn, await reach_draft(turn, turn.press.object))]


@needs(SPEAK)
async def take(turn: Turn) -> list[Message]:
    """A line that says whom: what is clear is kept at once, what is not is asked, what is not known is said."""
    draft = await talked_of(turn)
    if turn.incoming.kind != "text":
        return [await card(turn, draft, line("announcement_audience.words_only"))]
    known = await audience_choices.named(turn.session, draft.unit)
    parts = parts_of(turn.text, known.ways)
    if is_beyond(parts, draft.unit.kind):
        said = {"words": parts.province_wide, "unit": draft.unit.name}
        return [await card(turn, draft, line("announcement_audience.beyond", **said))]
    reading = await _read(turn, draft, known, parts)
    if reading is None:
        return [await card(turn, draft, line("announcement_audience.unclear", text=shorten(turn.text, SHOWN)))]
    if reading.unknown:
        return [await card(turn, draft, _not_kept(turn, reading))]
    if reading.doubts:
        kept = [_kept(each) for each in reading.doubts]
        turn.ask(FLOW, announcement=draft.announcement.id, pending=reading.audience.as_dict(), open=kept)
        return [_question(turn, draft)]
    return [await keep(turn, draft, reading.audience)]


async def _read(turn: Turn, draft: Announced, known: Named, parts: Parts) -> Reading | None:
    """None: the line says nothing that could be meant."""
    if parts.says_nothing:
        return None
    late = parts.late is not None
    periods = await audience_choices.periods(turn.session, turn.library, draft.unit, turn.now) if late else []
    meant = await audience_choices.look_up(turn.session, draft.unit, known, parts, turn.now)
    return read_audience(parts, draft.unit.id, meant, periods, audience_of(draft.announcement.audience))


def _not_kept(turn: Turn, reading: Reading) -> Line:
    return line(
        "announcement_audience.unknown",
        names=[shorten(each, SHOWN) for each in reading.unknown],
        text=shorten(turn.text, 2 * SHOWN),
    )


def _kept(doubt: Doubt) -> list[Any]:
    choices = [[each.field, each.id, each.name, each.place] for each in doubt.choices]
    return [shorten(doubt.text, SHOWN), doubt.without, doubt.is_there, choices]


@needs(SPEAK)
async def pick(turn: Turn) -> list[Message]:
    """What a doubtful name means; after the last one all of the line is kept."""
    draft = await reach_draft(turn, turn.press.object)
    data = turn.talk.data
    if turn.talk.flow != FLOW or data.get("announcement") != draft.announcement.id or not data.get("open"):
        return await menu.stale(turn)
    field, _, number = turn.press.arg.partition(":")
    _, without, _, choices = data["open"][0]
    if [field, number] not in [[each[0], str(each[1])] for each in choices]:
        return [_question(turn, draft, notice="access.stale")]
    audience = audience_of(data["pending"]).with_choice(field, int(number), without=without)
    if data["open"][1:]:
        turn.talk.data = {**data, "pending": audience.as_dict(), "open": data["open"][1:]}
        return [_question(turn, draft)]
    return [await keep(turn, draft, audience)]


def _question(turn: Turn, draft: Announced, notice: str = "") -> Message:
    text, without, is_there, choices = turn.talk.data["open"][0]
    number = draft.announcement.id
    rows = tuple(
        (
            Button(
                f"announcement_audience.button_{'period' if field == 'late' else 'choice'}",
                "announcement.pick",
                number,
                arg=f"{field}:{row}",
                values={"name": name, "place": place},
            ),
        )
        for field, row, name, place in choices
    )
    values = {"number": number, "text": text, "without": without, "is_there": is_there, "late": choices[0][0] == "late"}
    leave = (Button("announcement_audience.button_leave", "announcement.audience", number), back(draft))
    key = "announcement_audience.which"
    return Message(key, values, (*rows, leave), expects="text", notice=notice, place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: take}
ACTIONS: dict[str, Handler] = {"announcement.audience": show, "announcement.pick": pick}
