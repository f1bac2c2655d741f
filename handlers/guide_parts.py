"""What stands behind a guide's card: what to prepare, the steps, all facts, troubles, the officer, the sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from handlers import menu
from handlers.access import public
from handlers.guide_pages import back_to_card, card, fact_values, guide_of, notes_here, pages, place_of, reading
from handlers.turn import Handler, Turn
from models.messages import Button, Message
from models.rules.guides import Fact, Guide

STEPS_A_ROW = 5
Lines = list[dict[str, Any]]


@public
async def show(turn: Turn) -> list[Message]:
    """A part of a guide; what fits no phone comes in pages: `arg` is "G01.troubles" or "G01.troubles.1"."""
    code, _, rest = turn.press.arg.partition(".")
    part, _, page = rest.partition(".")
    guide = await guide_of(turn, code)
    if guide is None:
        return await menu.stale(turn)
    reading(turn)
    if part == "prepare":
        return await _prepare(turn, guide)
    if part not in LISTED:
        return [await card(turn, guide, notice="access.stale")]
    return [_page(turn, guide, part, int(page) if page.isdigit() else 0)]


async def _prepare(turn: Turn, guide: Guide) -> list[Message]:
    """A message of its own, to be sent on to the citizen as it stands; the buttons stand below it."""
    values = {
        "title": guide.title,
        "prepare": _facts(guide, guide.prepare),
        "fees": _facts(guide, guide.fees),
        "time_limits": _facts(guide, guide.time_limits),
        "notes": await notes_here(turn, guide),
    }
    ways = Message("guide.prepare_ways", {}, ((back_to_card(guide), menu.go("menu")),), place="new")
    return [Message("guide.prepare", values, place="new"), ways]


def _page(turn: Turn, guide: Guide, part: str, wanted: int) -> Message:
    cut = pages(LISTED[part](guide))
    at = min(wanted, len(cut) - 1)
    values = {"title": guide.short_title, "lines": cut[at], "page": at + 1, "pages": len(cut)}
    around = [
        Button(label, "guide.part", arg=f"{guide.code}.{part}.{to}")
        for label, to in (("guide.button_page_before", at - 1), ("guide.button_page_after", at + 1))
        if 0 <= to < len(cut)
    ]
    numbers = _step_numbers(guide, cut[at]) if part == "steps" else []
    rows = (*numbers, tuple(around), (back_to_card(guide), menu.go("menu")))
    return Message(f"guide.part_{part}", values, tuple(row for row in rows if row), place=place_of(turn))


def _step_numbers(guide: Guide, lines: Lines) -> list[tuple[Button, ...]]:
    buttons = [
        Button("guide.button_step", "guide.step", arg=f"{guide.code}.{line['step']}", values={"number": line["number"]})
        for line in lines
    ]
    return [tuple(buttons[at : at + STEPS_A_ROW]) for at in range(0, len(buttons), STEPS_A_ROW)]


def _facts(guide: Guide, facts: Sequence[Fact]) -> Lines:
    return [fact_values(guide, each) for each in facts]


def _of_kind(kind: str, lines: Lines, heading: int = 0) -> Lines:
    """`heading`: how many lines the words above the first of them take."""
    return [{"kind": kind, "above": heading if at == 0 else 0, **line} for at, line in enumerate(lines)]


def _steps(guide: Guide) -> Lines:
    numbered = enumerate(guide.steps, 1)
    return [{"number": at, "text": step.title, "step": step.code, "fork": bool(step.fork)} for at, step in numbered]


def _all_facts(guide: Guide) -> Lines:
    named = {"for_whom": guide.for_whom, "fees": guide.fees, "time_limits": guide.time_limits}
    return [line for kind, facts in named.items() for line in _of_kind(kind, _facts(guide, facts), 2)]


def _troubles(guide: Guide) -> Lines:
    return [{"text": each.when.rstrip("."), "mend": each.mend, "officer": each.officer} for each in guide.troubles]


def _officer(guide: Guide) -> Lines:
    lines = [{"kind": "when", "text": text.rstrip(".")} for text in guide.officer_when]
    lines += _of_kind("hotline", _facts(guide, guide.hotlines))
    return [*lines, {"kind": "portal", "text": guide.portal}] if guide.portal else lines


def _sources(guide: Guide) -> Lines:
    sources = [{"kind": "source", "text": each.title, "url": each.url, "on": each.on} for each in guide.sources]
    return [*_of_kind("basis", _facts(guide, guide.legal_basis)), *sources]


LISTED: Mapping[str, Callable[[Guide], Lines]] = {
    "steps": _steps,
    "facts": _all_facts,
    "troubles": _troubles,
    "officer": _officer,
    "sources": _sources,
}

COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"guide.part": show}
