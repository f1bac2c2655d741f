"""A correction (đề nghị sửa) with what became of it, the lists of them, and its author taking it back."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.guide_change_pages import change_values
from handlers.guide_desk import back_to_desk
from handlers.guide_offices import may_approve, office_of, offices
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.question_pages import page_number
from handlers.turn import Handler, Turn
from handlers.unit_pages import turning
from models import guide_changes
from models.guide_changes import PROPOSED, Listed
from models.messages import Button, Message
from models.rules.folding import shorten
from models.tables import Unit

PAGE, LABEL = 6, 30  # corrections on a screen, characters of a text on its button


@needs("guide.propose")
async def show_list(turn: Turn) -> list[Message]:
    """The office's and those of the offices below: what waits, then all."""
    unit = await office_of(turn)
    number = page_number(turn.press.arg)
    waiting = await guide_changes.count_waiting(turn.session, unit.path)
    found = await guide_changes.of_unit(turn.session, unit.path, number * PAGE, PAGE + 1)
    turn.end()
    pages = turning("guide_change.list", unit.id, number, len(found) > PAGE)
    values = {"unit": unit.name, "waiting": waiting, "count": len(found), "lost": False}
    rows = (*await _lines(turn, found[:PAGE]), *pages, (back_to_desk(unit), go("menu")))
    return [Message("guide_change.list", values, rows, place=place_of(turn))]


@needs("guide.propose")
async def show_lost(turn: Turn) -> list[Message]:
    """Approved corrections whose place was rewritten in the guide's file: they do nothing any more."""
    unit = await office_of(turn)
    book = await turn.guides.current(turn.session)
    found = await guide_changes.of_ids(turn.session, book.outdated)
    here = [each for each in found if each.unit.path.startswith(unit.path)]
    turn.end()
    number = page_number(turn.press.arg)
    pages = turning("guide_change.lost", unit.id, number, len(here) > (number + 1) * PAGE)
    values = {"unit": unit.name, "waiting": 0, "count": len(here), "lost": True}
    lines = await _lines(turn, here[number * PAGE : (number + 1) * PAGE])
    return [
        Message("guide_change.list", values, (*lines, *pages, (back_to_desk(unit), go("menu"))), place=place_of(turn))
    ]


@needs("guide.propose")
async def show(turn: Turn) -> list[Message]:
    found = await reached(turn, "guide.propose")
    turn.end()
    return [await card(turn, found)]


@needs("guide.propose")
async def withdraw(turn: Turn) -> list[Message]:
    """Its author takes it back; what had been reported waits for somebody again."""
    found = await reached(turn, "guide.propose")
    change = found.change
    turn.end()
    if change.state != PROPOSED or stale(turn, change.version) or change.proposed_by != turn.person_id:
        return [await card(turn, found, notice="access.stale")]
    await guide_changes.withdraw(turn.session, change, by=turn.person_id, now=turn.now)
    return [await card(turn, found, "guide_change.withdrawn_now")]


async def reached(turn: Turn, action: str, change_id: int = 0) -> Listed:
    """A correction of an office that the speaker reaches."""
    found = await guide_changes.find(turn.session, change_id or turn.press.object)
    turn.allow(action, found.unit.path if found else None)
    assert found is not None
    return found


async def card(turn: Turn, found: Listed, before: str = "", notice: str = "") -> Message:
    change = found.change
    book = await turn.guides.current(turn.session)
    values = change_values(book, change, found.by, found.unit.name) | {
        "before": before,
        "state": change.state,
        "answer": change.answer,
        "decider": found.decider,
        "decided_at": change.decided_at,
        "lost": change.id in book.outdated,
    }
    desk = await _own_office(turn, found.unit)
    guide = book.get(change.guide)
    read = (Button("guide_change.button_guide", "guide.show", arg=guide.code),) if guide else ()
    back = (back_to_desk(desk),) if desk else ()
    rows = (await _ways(turn, found), (*read, *back), (go("menu"),))
    return Message("guide_change.card", values, tuple(row for row in rows if row), notice=notice, place=place_of(turn))


async def _ways(turn: Turn, found: Listed) -> tuple[Button, ...]:
    """The author may take it back; whoever else decides may approve or refuse."""
    change = found.change
    if change.state != PROPOSED:
        return ()
    if change.proposed_by == turn.actor.person_id:
        deeds: tuple[str, ...] = ("withdraw",)
    else:
        deeds = ("approve", "refuse") if await may_approve(turn) else ()
    return tuple(
        Button(f"guide_change.button_{deed}", f"guide_change.{deed}", change.id, change.version) for deed in deeds
    )


async def _own_office(turn: Turn, unit: Unit) -> Unit | None:
    own = [each for each in await offices(turn) if unit.path.startswith(each.path)]
    return own[-1] if own else None


async def _lines(turn: Turn, found: list[Listed]) -> list[tuple[Button, ...]]:
    book = await turn.guides.current(turn.session)
    lines: list[tuple[Button, ...]] = []
    for each in found:
        guide = book.get(each.change.guide)
        values = {
            "guide": guide.short_title if guide else each.change.guide,
            "new": shorten(each.change.new, LABEL),
            "state": each.change.state,
        }
        lines.append((Button("guide_change.button_line", "guide_change.card", each.change.id, values=values),))
    return lines


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "guide_change.list": show_list,
    "guide_change.lost": show_lost,
    "guide_change.card": show,
    "guide_change.withdraw": withdraw,
}
