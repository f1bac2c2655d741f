"""The screens of a guide as values: its card, what stands in a step, and lists cut into pages that fit a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from handlers import guide_doors
from handlers.guide_offices import guide_desk_ways
from handlers.menu import go
from handlers.turn import Turn
from models import guide_notes, guides, units
from models.messages import Button, Message
from models.rules.guides import Fact, Guide, GuideField, Option, Step
from models.rules.periods import local_day

FIND = "guide.find"  # no handler of its own: whatever is typed and nothing else waits for searches the guides
CARD_ROOM = 60  # characters of one sort of facts on the card; all of them are on the page behind it
PAGE_LINES, LINE = 10, 40  # what a phone shows below a heading, in lines of so many characters
ORNAMENT = 3  # characters before and behind a line of a list
PARTS = ("prepare", "steps", "facts", "troubles", "officer", "sources")
Rows = tuple[tuple[Button, ...], ...]
Place = Literal["new", "card"]


def reading(turn: Turn) -> None:
    """From now on this chat reads guides: a text searches them. Where a poster hung is not forgotten."""
    unit = turn.talk.data.get("unit") if turn.talk.flow == FIND else None
    turn.ask(FIND, **({"unit": unit} if unit else {}))


def place_of(turn: Turn) -> Place:
    """A press changes the card it stands on; what was typed is answered below it."""
    return "card" if turn.incoming.kind == "button" else "new"


async def guide_of(turn: Turn, code: str) -> Guide | None:
    return (await turn.guides.current(turn.session)).get(code)


async def fields_page(turn: Turn) -> Message:
    """The fields that have guides, two a row."""
    reading(turn)
    book = await turn.guides.current(turn.session)
    used = [each for each in book.fields if book.in_field(each.code)]
    values = {"guides": len(book.all), "example": book.all[0].short_title if book.all else ""}
    desks = pairs(await guide_desk_ways(turn))
    ways = pairs([*guide_doors.home_ways(turn), go("menu")])
    rows = (*pairs([_field_button(each) for each in used]), *desks, *ways)
    return Message("guide.fields", values, rows, place=place_of(turn))


def list_page(
    turn: Turn, key: str, found: Sequence[Guide], values: dict[str, Any], ways: Sequence[Button] = ()
) -> Message:
    """Guides to choose from, with other ways on and the way back to the fields."""
    reading(turn)
    rows = [*((guide_button(each),) for each in found), *((way,) for way in ways)]
    return Message(key, values, (*rows, (go("huongdan", "guide.button_fields"), go("menu"))), place=place_of(turn))


async def card(turn: Turn, guide: Guide, notice: str = "") -> Message:
    """The guide on one screen: for whom, fee, time limit, how sure it is, what holds here; and the ways into it."""
    reading(turn)
    values = {
        "title": guide.title,
        "summary": guide.summary,
        "for_whom": first_facts(guide, guide.for_whom),
        "fees": first_facts(guide, guide.fees),
        "time_limits": first_facts(guide, guide.time_limits),
        "notes": await notes_here(turn, guide),
        **await checked_values(turn, guide),
    }
    parts = [Button(f"guide.button_{part}", "guide.part", arg=f"{guide.code}.{part}") for part in _parts_of(guide)]
    first, *others = guide_doors.guide_ways(turn, guide)
    back = Button("guide.button_back_field", "guide.field", arg=guide.field)
    rows = ((first,), *pairs(parts), *pairs(others), (back, go("menu")))
    return Message("guide.card", values, rows, notice=notice, place=place_of(turn))


def step_page(turn: Turn, guide: Guide, step: Step) -> Message:
    """One step to read, with the ways to the steps around it."""
    reading(turn)
    at = guide.steps.index(step)
    values = {"guide": guide.short_title, "number": at + 1, "steps": len(guide.steps), "step": step_values(guide, step)}
    before = [_step_button("guide.button_before", guide, each) for each in guide.steps[max(at - 1, 0) : at]]
    after = [_step_button("guide.button_after", guide, each) for each in guide.steps[at + 1 : at + 2]]
    ways = [(button,) for button in guide_doors.step_ways(turn, guide, step)]
    rows = ((*before, *after), *ways, (back_to_card(guide), go("menu")))
    return Message("guide.step", values, tuple(row for row in rows if row), place=place_of(turn))


def step_values(guide: Guide, step: Step) -> dict[str, Any]:
    """What the text `guide.step_body` says of a step."""
    return {
        "title": step.title,
        "do": step.do,
        "see": step.see,
        "if_not": step.if_not,
        "care": list(step.care),
        "unconfirmed": step.unconfirmed,
        "question": step.fork.question if step.fork else "",
        "options": [_option_values(guide, each) for each in step.fork.options] if step.fork else [],
    }


def _option_values(guide: Guide, option: Option) -> dict[str, Any]:
    """Where an answer of a fork leads: to the step with that number, to an officer, or (0) to the end."""
    places = {step.code: at for at, step in enumerate(guide.steps, 1)}
    return {"label": option.label, "number": places.get(option.to, 0), "officer": bool(option.officer)}


def fact_values(guide: Guide, fact: Fact) -> dict[str, Any]:
    """A statement for the text `guide.fact`: with what sets it apart from the rest of its guide."""
    return {
        "text": fact.text.rstrip("."),
        "unconfirmed": fact.unconfirmed,
        "confidence": fact.confidence if fact.confidence != guide.check.confidence else "",
        "on": fact.checked_on if fact.basis or fact.checked_on != guide.check.on else None,
        "basis": fact.basis,
    }


def first_facts(guide: Guide, facts: Sequence[Fact]) -> dict[str, Any]:
    """As many statements as have room on the card, one at least, for the text `guide.facts`; `more`: there are others.

    None is cut short: a fee without its condition is another fee.
    """
    shown, length = 0, 0
    for fact in facts:
        length += len(fact.text)
        if shown and length > CARD_ROOM:
            break
        shown += 1
    return {"facts": [fact_values(guide, each) for each in facts[:shown]], "more": shown < len(facts)}


def pages(lines: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The lines cut into pages that fit a phone; a line that is too long for one stands alone."""
    found: list[list[dict[str, Any]]] = [[]]
    room = PAGE_LINES
    for line in lines:
        texts = [line[key] for key in ("text", "mend") if line.get(key)]
        needed = line.get("above", 0) + sum(1 + (len(text) + ORNAMENT) // LINE for text in texts)
        if found[-1] and needed > room:
            found.append([])
            room = PAGE_LINES
        found[-1].append(line)
        room -= needed
    return found


def guide_button(guide: Guide) -> Button:
    return Button("guide.button_guide", "guide.show", arg=guide.code, values={"title": guide.short_title})


def back_to_card(guide: Guide) -> Button:
    return Button("guide.button_back_card", "guide.show", arg=guide.code)


def pairs(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    return [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]


def _parts_of(guide: Guide) -> list[str]:
    return [part for part in PARTS if part != "troubles" or guide.troubles]


def _field_button(field: GuideField) -> Button:
    return Button("guide.button_field", "guide.field", arg=field.code, values={"title": field.title})


def _step_button(label: str, guide: Guide, step: Step) -> Button:
    return Button(label, "guide.step", arg=f"{guide.code}.{step.code}")


async def checked_values(turn: Turn, guide: Guide) -> dict[str, Any]:
    """When it was last held against the portal, and whether that is too long ago."""
    check = await guides.check_of(turn.session, guide)
    overdue = check.is_overdue(local_day(turn.now, turn.zone))
    return {"on": check.on, "overdue": overdue, "app": check.app, "confidence": check.confidence}


async def notes_here(turn: Turn, guide: Guide) -> list[dict[str, Any]]:
    """What the units of the speaker, or the unit whose poster brought them here, add to the guide."""
    paths = [held.path for held in turn.actor.roles]
    if turn.talk.data.get("unit"):
        unit = await units.find(turn.session, turn.talk.data["unit"])
        paths += [unit.path] if unit else []
    found = await guide_notes.of(turn.session, guide.code, paths)
    return [{"kind": note.kind, "text": note.text, "unit": name} for note, name in found]
