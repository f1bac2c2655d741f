"""The screens of a correction as values: where a text stands in the guide, what is asked, old beside new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from handlers.access import stale
from handlers.guide_desk import back_to_guide
from handlers.guide_pages import Rows, pairs, place_of
from handlers.menu import go
from handlers.turn import Turn
from models import guide_changes
from models.guides import GuideBook
from models.messages import Button, Message
from models.rules.folding import shorten
from models.rules.guide_changes import GROUPS, group_of, kind_of, needs_source, places, places_of_step, text_in
from models.rules.guides import Guide
from models.tables import GuideChange, Unit

CHOOSE, NEW, SOURCE, REASON, REVIEW = (
    "guide_change.choose",
    "guide_change.new",
    "guide_change.source",
    "guide_change.reason",
    "guide_change.review",
)
FLOWS_OF_CHANGE = (CHOOSE, NEW, SOURCE, REASON, REVIEW)
FLOW_OF = {"new": NEW, "source": SOURCE, "reason": REASON}  # what is typed, by the key it is kept under
PAGE, LABEL = 7, 36  # places on a screen, characters of a text on its button


def begun(turn: Turn, guide: Guide, unit: Unit) -> dict[str, Any]:
    """What this talk already knows that still holds while another place of the same guide is looked for."""
    data = turn.talk.data if turn.talk.flow in FLOWS_OF_CHANGE and turn.talk.data.get("guide") == guide.code else {}
    return {"unit": unit.id, "guide": guide.code, "fault": data.get("fault", 0)}


def groups_page(turn: Turn, guide: Guide, unit: Unit, before: str = "", notice: str = "") -> Message:
    """Which part of the guide is wrong."""
    turn.ask(CHOOSE, **begun(turn, guide, unit))
    used = {group_of(place) for place in places(guide)}
    buttons = [
        Button(f"guide_change.group_{group}", "guide_change.look", unit.id, arg=f"{guide.code}.{group}")
        for group in GROUPS
        if group in used
    ]
    rows = (*pairs(buttons), (back_to_guide(unit, guide), go("huy")))
    values = {"guide": guide.short_title, "before": before, "within": ""}
    return Message("guide_change.choose", values, rows, notice=notice, place=place_of(turn))


def group_page(turn: Turn, guide: Guide, unit: Unit, group: str, number: int) -> Message:
    """The places of a part, or the steps, a few at a time."""
    buttons = _steps(guide, unit) if group == "steps" else _place_buttons(guide, unit, lambda at: group_of(at) == group)
    at = min(number, max(0, len(buttons) - 1) // PAGE)
    around = [
        Button(label, "guide_change.look", unit.id, arg=f"{guide.code}.{group}.{to}")
        for label, to in (("guide.button_page_before", at - 1), ("guide.button_page_after", at + 1))
        if 0 <= to * PAGE < len(buttons)
    ]
    values = {"guide": guide.short_title, "before": "", "within": group}
    return _listed(turn, guide, unit, buttons[at * PAGE : (at + 1) * PAGE], around, values)


def step_page(turn: Turn, guide: Guide, unit: Unit, number: int) -> Message:
    """The places of one step."""
    buttons = _place_buttons(guide, unit, set(places_of_step(guide.steps[number])).__contains__)
    values = {"guide": guide.short_title, "before": "", "within": "", "step": guide.steps[number].title}
    return _listed(turn, guide, unit, buttons, (), values)


def _listed(
    turn: Turn,
    guide: Guide,
    unit: Unit,
    buttons: Sequence[Button],
    around: Sequence[Button],
    values: dict[str, Any],
) -> Message:
    turn.ask(CHOOSE, **begun(turn, guide, unit))
    back = Button("guide_change.button_groups", "guide_change.begin", unit.id, arg=guide.code)
    rows = (*((each,) for each in buttons), tuple(around), (back, go("huy")))
    return Message("guide_change.choose", values, tuple(row for row in rows if row), place=place_of(turn))


def _steps(guide: Guide, unit: Unit) -> list[Button]:
    return [
        Button(
            "guide_change.button_step", "guide_change.step", unit.id, guide.edition, f"{guide.code}.{at}",
            {"title": step.title},
        )
        for at, step in enumerate(guide.steps)
    ]  # fmt: skip


def _place_buttons(guide: Guide, unit: Unit, wanted: Callable[[str], bool]) -> list[Button]:
    """The wanted places as buttons, which know them by their number in this edition of the guide."""
    found = []
    for at, place in enumerate(places(guide)):
        if wanted(place):
            values = {"kind": kind_of(place), "text": shorten(text_in(guide, place), LABEL)}
            arg = f"{guide.code}.{at}"
            found.append(Button("guide_change.button_place", "guide_change.place", unit.id, guide.edition, arg, values))
    return found


def number_in(turn: Turn, guide: Guide, most: int) -> int | None:
    """The number that a button carries behind the guide's code; None when the guide was rewritten since."""
    rest = turn.press.arg.partition(".")[2]
    if not (rest.isascii() and rest.isdigit()) or int(rest[:6]) >= most or stale(turn, guide.edition):
        return None
    return int(rest[:6])


def place_values(guide: Guide | None, place: str) -> dict[str, Any]:
    """The place by its name for the text `guide_change.place`."""
    code = place.split(".")[1] if place.startswith("steps.") else ""
    return {"kind": kind_of(place), "step": guide.step(code).title if guide and code and guide.has_step(code) else ""}


async def question(turn: Turn, guide: Guide, unit: Unit, before: str = "", **told: Any) -> Message:
    """What is asked now: the new text below the old one, the source of figures, or the reason."""
    data = turn.talk.data
    key = next(key for key, flow in FLOW_OF.items() if flow == turn.talk.flow)
    other = await guide_changes.open_at(turn.session, guide.code, data["place"])
    values = {
        "before": before,
        "told": told,
        "guide": guide.short_title,
        "place": place_values(guide, data["place"]),
        "old": data["old"],
        "typed": data.get(key, ""),
        "waits": other.new if other is not None and key == "new" else None,
    }
    ways = []
    if data.get(key):
        ways.append((Button("guide_change.button_keep", "guide_change.keep", unit.id),))
    if key == "new" and data["old"] and data["place"].rpartition(".")[2] in ("see", "if_not", "portal", "on", "url"):
        ways.append((Button("guide_change.button_empty", "guide_change.empty", unit.id),))
    back = Button("guide_change.button_groups", "guide_change.begin", unit.id, arg=guide.code)
    return Message(f"guide_change.ask_{key}", values, (*ways, (back, go("huy"))), "text", place=place_of(turn))


def review(turn: Turn, guide: Guide, unit: Unit, before: str = "") -> Message:
    """Old beside new before it is sent."""
    data = turn.talk.data
    values = {
        "before": before,
        "guide": guide.short_title,
        "place": place_values(guide, data["place"]),
        **{key: data.get(key, "") for key in ("old", "new", "reason", "source")},
    }
    edits = ["new", "reason", *(["source"] if needs_source(data["place"], data["old"], data["new"]) else [])]
    buttons = [Button(f"guide_change.button_edit_{key}", "guide_change.edit", unit.id, arg=key) for key in edits]
    rows: Rows = ((Button("guide_change.button_send", "guide_change.send", unit.id),), tuple(buttons), (go("huy"),))
    return Message("guide_change.review", values, rows, place=place_of(turn))


def change_values(book: GuideBook, change: GuideChange, by: str, unit: str) -> dict[str, Any]:
    """A correction with old and new in full, for its card and for word about it."""
    guide = book.get(change.guide)
    return {
        "guide": guide.short_title if guide else change.guide,
        "place": place_values(guide, change.place),
        "old": change.old,
        "new": change.new,
        "reason": change.reason,
        "source": change.source,
        "by": by,
        "unit": unit,
        "at": change.proposed_at,
    }
