"""What each question about a change of units accepts: typed, or chosen by a button."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from handlers.unit_change_draft import Draft
from models import unit_choices, units
from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.groups import read_day
from models.rules.unit_changes import read_basis, read_names, read_unit_name
from models.tables import Unit

Answer = Callable[[Draft, str], Awaitable[bool]]  # whether the question is answered and the next one may come
MOST_NAMES = 20  # in one message, as many as one merger may have
SHOWN = 3  # of the names that were not understood


async def _with(draft: Draft, text: str) -> bool:
    """Other units of a merger, several in one message: those understood are kept, the rest is asked again."""
    unclear: list[str] = []
    missing: list[str] = []
    offer: list[int] = []
    for name in read_names(text)[:MOST_NAMES]:
        found = await _meant(draft, name, "with", draft.together)
        if len(found) == 1:
            draft.keep(**{"with": [*draft.data.get("with", []), found[0].id]})
        elif found:
            unclear.append(shorten(name, 40))
            offer += [unit.id for unit in found]
        else:
            missing.append(shorten(name, 40))
    draft.keep(offer=list(dict.fromkeys(offer))[: unit_choices.MOST_SHOWN])
    if missing or unclear or not draft.data.get("with"):
        raise Refusal("unit_change.not_clear", missing=missing[:SHOWN], unclear=unclear[:SHOWN])
    return True


async def _into(draft: Draft, text: str) -> bool:
    """How the merged unit is called: one of those merging goes on, one that is there takes over, or a new one."""
    typed = fold(text)
    for unit in await unit_choices.of_ids(draft.turn.session, draft.together):
        if unit.name_folded == typed:
            return _takes_over(draft, unit)
    there = [unit for unit in await _meant(draft, text, "into", draft.together) if unit.name_folded == typed]
    if len(there) == 1:
        return _takes_over(draft, there[0])
    draft.keep(into=0, names=[read_unit_name(text)])
    return True


def _takes_over(draft: Draft, unit: Unit) -> bool:
    draft.keep(into=unit.id, names=[unit.name])
    return True


async def _parts(draft: Draft, text: str) -> bool:
    names = [read_unit_name(name) for name in read_names(text)]
    if len(names) < 2:
        raise Refusal("unit_change.too_few_parts", name=draft.unit.name)
    draft.keep(names=names, shares={}, part=1)
    return True


async def _shares(draft: Draft, text: str) -> bool:
    """Which of the units below go to the part that is asked about; the rest stays with the first part."""
    below = {unit.name_folded: unit for unit in await units.children(draft.turn.session, draft.unit.id)}
    missing = []
    for name in read_names(text):
        found = [unit for folded, unit in below.items() if fold(name) == folded] or [
            unit for folded, unit in below.items() if fold(name) in folded
        ]
        if len(found) == 1:
            _give(draft, found[0].id)
        else:
            missing.append(shorten(name, 40))
    if missing:
        raise Refusal("unit_change.not_clear", missing=missing[:SHOWN], unclear=[])
    return _next_part(draft)


def _give(draft: Draft, child: int) -> None:
    draft.keep(shares={**draft.data.get("shares", {}), str(child): draft.data["part"]})


def _next_part(draft: Draft) -> bool:
    """Whether the last part has been asked about."""
    part = draft.data["part"] + 1
    if part == len(draft.data["names"]):
        return True
    draft.keep(part=part)
    return False


async def _name(draft: Draft, text: str) -> bool:
    draft.keep(names=[read_unit_name(text)])
    return True


async def _other(draft: Draft, text: str) -> bool:
    """The one unit that takes over, or under which this one is to stand."""
    found = await _meant(draft, text, draft.step, [draft.unit.id])
    if len(found) == 1:
        draft.keep(into=found[0].id)
        return True
    draft.keep(offer=[unit.id for unit in found])
    named = [shorten(text.strip(), 40)]
    raise Refusal("unit_change.not_clear", missing=[] if found else named, unclear=named if found else [])


async def _day(draft: Draft, text: str) -> bool:
    turn = draft.turn
    try:
        day = read_day(text, turn.now.astimezone(turn.zone).date())
    except Refusal as no:
        if no.key == "group.doubt_day":
            raise Refusal("unit_change.doubt_day", **no.values) from None
        raise
    draft.keep(day=day.isoformat())
    return True


async def _basis(draft: Draft, text: str) -> bool:
    draft.keep(basis=read_basis(text))
    return True


ANSWERS: Mapping[str, Answer] = {
    "with": _with,
    "into": _into,
    "parts": _parts,
    "shares": _shares,
    "name": _name,
    "heir": _other,
    "parent": _other,
    "day": _day,
    "basis": _basis,
}


async def _pick_with(draft: Draft, value: str) -> bool:
    if _number(value) in draft.data.get("offer", ()):
        draft.keep(**{"with": [*draft.data.get("with", []), _number(value)]}, offer=[])
    return False


async def _enough(draft: Draft, value: str) -> bool:
    return bool(draft.data.get("with"))


async def _keep(draft: Draft, value: str) -> bool:
    kept = [unit for unit in await unit_choices.of_ids(draft.turn.session, draft.together) if unit.id == _number(value)]
    return bool(kept) and _takes_over(draft, kept[0])


async def _give_one(draft: Draft, value: str) -> bool:
    if _number(value) in {unit.id for unit in await units.children(draft.turn.session, draft.unit.id)}:
        _give(draft, _number(value))
    return False


async def _part_done(draft: Draft, value: str) -> bool:
    return _next_part(draft)


async def _pick_other(draft: Draft, value: str) -> bool:
    if _number(value) in draft.data.get("offer", ()):
        draft.keep(into=_number(value))
        return True
    return False


async def _nobody(draft: Draft, value: str) -> bool:
    draft.keep(into=0)
    return True


async def _this_day(draft: Draft, value: str) -> bool:
    draft.keep(day=date.fromisoformat(value).isoformat())
    return True


async def _no_basis(draft: Draft, value: str) -> bool:
    draft.keep(basis="")
    return True


PICKS: Mapping[tuple[str, str], Answer] = {
    ("pick", "with"): _pick_with,
    ("done", "with"): _enough,
    ("keep", "into"): _keep,
    ("give", "shares"): _give_one,
    ("done", "shares"): _part_done,
    ("pick", "heir"): _pick_other,
    ("pick", "parent"): _pick_other,
    ("none", "heir"): _nobody,
    ("yes", "day"): _this_day,
    ("skip", "basis"): _no_basis,
}


async def pick(draft: Draft, verb: str, value: str) -> bool:
    """A button of the question. What it carries is looked for among what was offered; anything else asks again."""
    chosen = PICKS.get((verb, draft.step))
    return await chosen(draft, value) if chosen is not None else False


def _number(value: str) -> int:
    return int(value) if value.isdecimal() else 0


async def _meant(draft: Draft, text: str, step: str, but: Sequence[int]) -> list[Unit]:
    return await unit_choices.choices(
        draft.turn.session, draft.office, draft.unit.parent_id, text, draft.kinds(step), but
    )
