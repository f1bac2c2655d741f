"""Opening a round of reporting: its title, its form, who owes, until when; shown whole before anybody is written to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.report_sheet import Line, line, refusal_line
from handlers.round_pages import MOST_GROUPS, Rows, form_rows, page, round_list, whom_rows
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import group_members, groups, rounds
from models.messages import Button, Message
from models.rounds import Wish
from models.rules import Refusal
from models.rules.groups import split_names
from models.rules.rounds import Whom, last_moment, read_title
from models.rules.until import read_until
from models.tables import Unit

FLOW = "round."
MOST_PICKED = 200
BEFORE = {"form": "title", "whom": "form", "names": "whom", "due": "whom", "check": "due"}  # the question before each
OFFICE_KINDS = ("commune", "affiliated")  # one answer to "who": both stand right below a province


@needs("round.open")
async def begin(turn: Turn) -> list[Message]:
    unit = await reach(turn, "round.open", turn.press.object)
    turn.ask(FLOW + "title", unit=unit.id)
    return [_ask(turn, unit, "title", [])]


@needs("round.open")
async def take_title(turn: Turn) -> list[Message]:
    unit = await _talked_of(turn)
    try:
        title = read_title(_typed(turn))
    except Refusal as no:
        return [_ask(turn, unit, "title", [], refusal_line(no))]
    return [await _on(turn, unit, "form", title=title)]


@needs("round.open")
async def choose_form(turn: Turn) -> list[Message]:
    """The button carries which of the forms; a form gone meanwhile is asked for again."""
    unit = await reach(turn, "round.open", turn.press.object)
    known = [each.form.code for each in await rounds.forms(turn.session, turn.library)]
    if not _is_at(turn, unit, "form") or turn.press.arg not in known:
        return await menu.stale(turn)
    return [await _on(turn, unit, "whom", form=turn.press.arg)]


@needs("round.open")
async def choose_whom(turn: Turn) -> list[Message]:
    """ "kind:team", "group:5", or "pick": the names are typed next."""
    unit = await reach(turn, "round.open", turn.press.object)
    if not _is_at(turn, unit, "whom"):
        return await menu.stale(turn)
    if turn.press.arg == "pick":
        return [await _on(turn, unit, "names", picked=[])]
    whom = await _whom(turn, unit, turn.press.arg)
    if whom is None or not whom.kinds:
        return [await _screen(turn, unit, "whom", line("round.nobody"))]
    return [await _on(turn, unit, "due", whom=turn.press.arg)]


@needs("round.open")
async def take_names(turn: Turn) -> list[Message]:
    """Names of units, typed or pasted; what is clear is kept whatever else is not."""
    unit = await _talked_of(turn)
    try:
        texts, _day = split_names(_typed(turn))
    except Refusal as no:
        return [await _screen(turn, unit, "names", refusal_line(no))]
    found = await group_members.named(turn.session, unit, texts)
    clear = [each.units[0].id for each in found if each.is_clear]
    kept = list(dict.fromkeys([*turn.talk.data.get("picked", []), *clear]))[:MOST_PICKED]
    unclear = [each for each in found if not each.is_clear]
    turn.talk.data = {**turn.talk.data, "picked": kept}
    choices = [one for each in unclear for one in each.units][:MOST_GROUPS]
    names = [each.text for each in unclear]
    extra = [
        (Button("round.button_pick", "round.pick", unit.id, arg=str(each.id), values={"name": each.name}),)
        for each in choices
    ]
    before = [line("round.unclear", names=names, choices=len(extra))] if names else []
    return [await _screen(turn, unit, "names", *before, extra=extra)]


@needs("round.open")
async def pick(turn: Turn) -> list[Message]:
    """One of the units that a name may have meant."""
    unit = await reach(turn, "round.open", turn.press.object)
    if not _is_at(turn, unit, "names"):
        return await menu.stale(turn)
    picked = await reach(turn, "round.open", int(turn.press.arg))
    kept = list(dict.fromkeys([*turn.talk.data.get("picked", []), picked.id]))[:MOST_PICKED]
    turn.talk.data = {**turn.talk.data, "picked": kept}
    return [await _screen(turn, unit, "names")]


@needs("round.open")
async def picked_all(turn: Turn) -> list[Message]:
    unit = await reach(turn, "round.open", turn.press.object)
    if not _is_at(turn, unit, "names") or not turn.talk.data.get("picked"):
        return await menu.stale(turn)
    return [await _on(turn, unit, "due", whom="pick")]


@needs("round.open")
async def take_due(turn: Turn) -> list[Message]:
    """ "trước 20/3" is the end of the 19th: what was read is echoed on the page to check."""
    unit = await _talked_of(turn)
    try:
        due = read_until(_typed(turn), turn.now, turn.zone, turn.now, last_moment(turn.now))
    except Refusal as no:
        return [_ask(turn, unit, "due", [], refusal_line(no))]
    return [await _on(turn, unit, "check", due=due.isoformat())]


@needs("round.open")
async def take_nothing(turn: Turn) -> list[Message]:
    """Typed where a button is awaited: the same page again."""
    unit = await _talked_of(turn)
    return [await _screen(turn, unit, turn.talk.flow.removeprefix(FLOW), line("round.choose_below"))]


@needs("round.open")
async def open_now(turn: Turn) -> list[Message]:
    unit = await reach(turn, "round.open", turn.press.object)
    wish = await _wish(turn, unit) if _is_at(turn, unit, "check") else None
    if wish is None:
        return await menu.stale(turn)
    found, told = await rounds.open_round(turn.session, turn.library, unit, wish, by=turn.person_id, now=turn.now)
    turn.end()
    return [await page(turn, unit, found, line("round.opened", told=told))]


@needs("round.open")
async def back(turn: Turn) -> list[Message]:
    """The question before this one; before the first, the list. What was answered since is asked again."""
    unit = await reach(turn, "round.open", turn.press.object)
    step = turn.talk.flow.removeprefix(FLOW)
    if not _is_at(turn, unit, step):
        return await menu.stale(turn)
    if step not in BEFORE:
        return await show_list(turn)
    by_name = step == "due" and turn.talk.data.get("whom") == "pick"
    return [await _on(turn, unit, "names" if by_name else BEFORE[step])]


@needs("round.open")
async def show_list(turn: Turn) -> list[Message]:
    unit = await reach(turn, "round.open", turn.press.object)
    turn.end()
    return [await round_list(turn, unit)]


async def _talked_of(turn: Turn) -> Unit:
    return await reach(turn, "round.open", int(turn.talk.data["unit"]))


def _typed(turn: Turn) -> str:
    return turn.text if turn.incoming.kind == "text" else ""


def _is_at(turn: Turn, unit: Unit, step: str) -> bool:
    return turn.talk.flow == FLOW + step and turn.talk.data.get("unit") == unit.id


async def _on(turn: Turn, unit: Unit, step: str, **given: Any) -> Message:
    turn.talk.flow, turn.talk.data = FLOW + step, {**turn.talk.data, **given}
    return await _screen(turn, unit, step)


async def _screen(
    turn: Turn, unit: Unit, step: str, *before: Line, extra: Sequence[tuple[Button, ...]] = ()
) -> Message:
    if step == "check":
        return await _check(turn, unit, *before)
    rows: Rows = list(extra)
    if step == "form":
        rows = await form_rows(turn, unit)
    elif step == "whom":
        rows = await whom_rows(turn, unit)
    elif step == "names" and turn.talk.data.get("picked"):
        rows.append((Button("round.button_picked", "round.picked", unit.id),))
    names = await rounds.names_of(turn.session, turn.talk.data["picked"]) if step == "names" else []
    return _ask(turn, unit, step, rows, *before, names=names)


def _ask(turn: Turn, unit: Unit, step: str, rows: Rows, *before: Line, names: Sequence[str] = ()) -> Message:
    data = turn.talk.data
    values = {
        "unit": unit.name,
        "title": data.get("title", ""),
        "picked": len(data.get("picked", [])),
        "names": list(names),
        "before": list(before),
    }
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    return Message(f"round.ask_{step}", values, (*rows, _ways_out(unit)), expects="text", place=place)


def _ways_out(unit: Unit) -> tuple[Button, ...]:
    return (Button("round.button_back", "round.back", unit.id), CANCEL)


async def _whom(turn: Turn, unit: Unit, wanted: str) -> Whom | None:
    """Who is meant; None for a kind or a group that is not there for this office."""
    sort, _, which = wanted.partition(":")
    if sort == "pick":
        return await rounds.of_units(turn.session, unit, turn.talk.data.get("picked", []))
    if sort == "group":
        found = await groups.find(turn.session, int(which))
        mine = found is not None and found[1].id == unit.id and found[0].closed_on is None
        return await rounds.of_group(turn.session, int(which), turn.now) if mine else None
    kinds = OFFICE_KINDS if which == "commune" else (which,)
    there = await rounds.kinds_below(turn.session, unit)
    return Whom(tuple(kind for kind in kinds if kind in there))


async def _wish(turn: Turn, unit: Unit) -> Wish | None:
    """What the talk has gathered; None when something of it is gone."""
    data = turn.talk.data
    known = {each.form.code: each.programme_id for each in await rounds.forms(turn.session, turn.library)}
    whom = await _whom(turn, unit, data["whom"])
    due = datetime.fromisoformat(data["due"])
    if data["form"] not in known or whom is None or not whom.kinds or due <= turn.now:
        return None
    return Wish(data["title"], known[data["form"]], data["form"], whom, due)


async def _check(turn: Turn, unit: Unit, *before: Line) -> Message:
    """Everything at a glance, and how many it concerns, before it is opened."""
    wish = await _wish(turn, unit)
    if wish is None:
        turn.talk.flow = FLOW + "due"
        return _ask(turn, unit, "due", [], *before)
    found = await rounds.preview(turn.session, turn.library, unit, wish, turn.now)
    form = next(each.form for each in await rounds.forms(turn.session, turn.library) if each.form.code == wish.form)
    values = {
        "unit": unit.name,
        "title": wish.title,
        "form": form.title,
        "due": wish.due,
        "units": found.units,
        "names": found.names,
        "silent": found.silent,
        "before": list(before),
    }
    open_it = (Button("round.button_open_now", "round.go", unit.id, values={"units": found.units}),)
    rows: Rows = [open_it] if found.units else []
    rows += [(Button("round.button_anew", "round.begin", unit.id),), _ways_out(unit)]
    return Message("round.check", values, tuple(rows), place="new" if turn.incoming.kind == "text" else "card")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {
    "round.title": take_title,
    "round.form": take_nothing,
    "round.whom": take_nothing,
    "round.names": take_names,
    "round.due": take_due,
    "round.check": take_nothing,
}
ACTIONS: dict[str, Handler] = {
    "round.list": show_list,
    "round.begin": begin,
    "round.form": choose_form,
    "round.whom": choose_whom,
    "round.pick": pick,
    "round.picked": picked_all,
    "round.go": open_now,
    "round.back": back,
}
