"""Choosing recipients from lists: roles, kinds of unit, units, groups, who is late, who got an earlier announcement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from handlers import menu
from handlers.access import needs, stale
from handlers.announcement_audience_card import FLOW, acts, card, preview, put, shown, words_of
from handlers.announcement_pages import SPEAK, reach_draft
from handlers.guide_pages import place_of
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, turning
from models import audience_choices, units
from models.announcements import Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.audiences import Audience, audience_of
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, FOUNDER, LEADER, ROLES, SECRETARY

Rows = list[tuple[Button, ...]]
Listing = Callable[[Turn, Announced, Audience, int], Awaitable[Rows]]

KINDS = ("commune", "affiliated", "team", "province")
ROLES_SHOWN = (LEADER, "deputy", "commander", "member", SECRETARY, COORDINATOR, "officer", FOUNDER, ADMINISTRATOR)
SHOWN_EARLIER = 6
FIELDS = ("units", "groups", "people", "but_units", "but_groups", "but_people")


@needs(SPEAK)
async def choose(turn: Turn) -> list[Message]:
    """A list to choose from: its name and page."""
    draft = await reach_draft(turn, turn.press.object)
    name, _, number = turn.press.arg.partition(".")
    if name not in LISTINGS:
        return await menu.stale(turn)
    return [await _page(turn, draft, name, int(number) if number.isdecimal() else 0)]


@needs(SPEAK)
async def take(turn: Turn) -> list[Message]:
    """One thing more, or no longer: "field:value:page". The page shows it at once: of the list of this field ("2"), of
    what was chosen ("d2"); without one the card of recipients does."""
    draft = await reach_draft(turn, turn.press.object)
    if stale(turn, draft.announcement.version):
        return [await card(turn, draft, notice="access.stale")]
    field, value, page = (*turn.press.arg.split(":"), "", "")[:3]
    audience = await _changed(turn, draft, audience_of(draft.announcement.audience), field, value)
    await put(turn, draft, audience)
    name, number = ("drop", page[1:]) if page.startswith("d") else (field, page)
    if not number.isdecimal() or name not in LISTINGS or (name == "drop" and audience == Audience()):
        return [await card(turn, draft)]
    return [await _page(turn, draft, name, int(number))]


async def _changed(turn: Turn, draft: Announced, was: Audience, field: str, value: str) -> Audience:
    """Raises Refusal permission.not_found for what the office may not choose."""
    if field == "chats":
        return replace(was, chats=not was.chats)
    if field in ("roles", "kinds") and value in (*ROLES, *KINDS):
        if value in getattr(was, field):
            return was.without_choice(field, value)
        more: dict[str, Any] = {field: (*getattr(was, field), value)}
        return _somewhere(draft, replace(was, **more))
    if field not in (*FIELDS, "late", "earlier") or not value.isdecimal():
        raise Refusal("permission.not_found")
    held = getattr(was, field)
    if int(value) == held or (isinstance(held, tuple) and int(value) in held):
        return was.without_choice(field, value)
    plain = field.removeprefix("but_")
    if not await audience_choices.is_inside(turn.session, draft.unit, plain, int(value), turn.now):
        raise Refusal("permission.not_found")
    if field == "earlier":
        return replace(was, earlier=int(value))
    chosen = was.with_choice(plain, int(value), without=plain != field)
    return _somewhere(draft, chosen) if field == "late" else chosen


def _somewhere(draft: Announced, audience: Audience) -> Audience:
    """Roles, kinds and debts narrow a place; where none is chosen yet, the whole office is meant."""
    return replace(audience, units=(draft.unit.id,)) if audience.is_empty else audience


async def _page(turn: Turn, draft: Announced, name: str, number: int) -> Message:
    turn.ask(FLOW, announcement=draft.announcement.id)
    audience = audience_of(draft.announcement.audience)
    rows = await LISTINGS[name](turn, draft, audience, number)
    values = {
        "list": name,
        "number": draft.announcement.id,
        "unit": draft.unit.name,
        "chosen": await words_of(turn, draft, audience),
        "preview": shown(await preview(turn, draft, audience)),
        "shown": len(rows),
    }
    done = Button("announcement_audience.button_done", "announcement.audience", draft.announcement.id)
    key = "announcement_audience_lists.page"
    return Message(key, values, (*rows, (done,)), expects="text", place=place_of(turn))


def _tick(draft: Announced, audience: Audience, field: str, value: Any, page: int | None, **says: Any) -> Button:
    held = getattr(audience, field)
    ticked = value in held if isinstance(held, tuple) else value == held
    sort = field.removeprefix("but_")
    label = f"tick_{sort}" if sort in ("roles", "kinds", "late", "earlier") else "tick"
    return acts(
        draft, label, f"{field}:{value}:{'' if page is None else page}", ticked=ticked, without=field != sort, **says
    )


def _paired(buttons: Sequence[Button]) -> Rows:
    return [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]


async def _roles(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return _paired([_tick(draft, audience, "roles", each, 0, role=each) for each in ROLES_SHOWN])


async def _kinds(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return _paired([_tick(draft, audience, "kinds", each, 0, kind=each) for each in KINDS])


async def _late(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    periods = await audience_choices.periods(turn.session, turn.library, draft.unit, turn.now)
    return [
        (_tick(draft, audience, "late", each.id, None, key=each.key, title=each.title, level=(*each.owed_by, "")[0]),)
        for each in periods
    ]


async def _earlier(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    found = await audience_choices.earlier(turn.session, draft.unit, draft.announcement.id, SHOWN_EARLIER)
    return [
        (_tick(draft, audience, "earlier", each.id, None, earlier=each.id, at=each.started_at, count=each.expected),)
        for each in found
    ]


async def _units(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return await _units_page(turn, draft, audience, number, "units")


async def _but_units(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return await _units_page(turn, draft, audience, number, "but_units")


async def _units_page(turn: Turn, draft: Announced, audience: Audience, number: int, field: str) -> Rows:
    found = await units.children(turn.session, draft.unit.id, number * ROWS, ROWS + 1)
    named = [(each.id, each.name) for each in found]
    return _listed(draft, audience, named[:ROWS], field, number, len(named) > ROWS)


async def _groups(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return await _groups_page(turn, draft, audience, number, "groups")


async def _but_groups(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    return await _groups_page(turn, draft, audience, number, "but_groups")


async def _groups_page(turn: Turn, draft: Announced, audience: Audience, number: int, field: str) -> Rows:
    found = await audience_choices.groups(turn.session, draft.unit)
    named = [(each.id, each.name) for each in found][number * ROWS :]
    return _listed(draft, audience, named[:ROWS], field, number, len(named) > ROWS)


def _listed(
    draft: Announced, audience: Audience, named: Sequence[tuple[int, str]], field: str, number: int, more: bool
) -> Rows:
    """A page of things to add or to take out, with the way between the two."""
    rows: Rows = [(_tick(draft, audience, field, each, number, name=name),) for each, name in named]
    for row in turning("announcement.choose", draft.announcement.id, number, more):
        rows.append(tuple(replace(button, arg=f"{field}.{button.arg}") for button in row))
    other = field.removeprefix("but_") if field.startswith("but_") else f"but_{field}"
    label = "announcement_audience.button_other"
    switch = Button(label, "announcement.choose", draft.announcement.id, arg=f"{other}.{number}")
    return [*rows, (replace(switch, values={"without": other.startswith("but_")}),)] if named else rows


async def _drop(turn: Turn, draft: Announced, audience: Audience, number: int) -> Rows:
    """Everything that was chosen, each to be left out again."""
    named = await words_of(turn, draft, audience)
    rows: Rows = []
    for field in ("roles", "kinds", *FIELDS):
        values = getattr(audience, field)
        labels = named[field] if len(named[field]) == len(values) else [""] * len(values)
        rows += [
            (acts(draft, "button_drop_one", f"{field}:{value}:d{number}", field=field, name=label),)
            for value, label in zip(values, labels, strict=True)
        ]
    for field in ("late", "earlier"):
        if value := getattr(audience, field):
            name = named[field]
            rows.append((acts(draft, "button_drop_one", f"{field}:{value}:d0", field=field, name=name),))
    left = rows[number * ROWS :]
    turns = turning("announcement.choose", draft.announcement.id, number, len(left) > ROWS)
    moved = [tuple(replace(button, arg=f"drop.{button.arg}") for button in row) for row in turns]
    return [*left[:ROWS], *moved]


LISTINGS: dict[str, Listing] = {
    "roles": _roles,
    "kinds": _kinds,
    "units": _units,
    "but_units": _but_units,
    "groups": _groups,
    "but_groups": _but_groups,
    "late": _late,
    "earlier": _earlier,
    "drop": _drop,
}
COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.choose": choose, "announcement.put": take}
