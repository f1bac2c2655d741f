"""A word on a report that was sent: accept it and go on to the next one; the list of those that wait; many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.access import needs, stale
from handlers.menu import go
from handlers.report_sheet import Line, line
from handlers.report_view import show_report
from handlers.turn import Handler, Turn
from models import extensions, reports, reviews, units
from models.messages import Button, Message
from models.reports import Sheet
from models.reviews import Waiting
from models.rules.reviews import Concern, may_be_accepted, scopes_of
from models.tables import Unit

PERMISSION, DECIDES = "report.review", "extension.decide"
ROWS = 6  # reports on one page of a list
NAMES = 4  # of questions named in one reason


async def judged(turn: Turn, report_id: int) -> Sheet:
    """A report that the speaker judges, held against a second judge until the turn ends."""
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True)
    turn.allow(PERMISSION, sheet.unit.path if sheet else None)
    assert sheet is not None
    return sheet


@needs("report.review")
async def accept(turn: Turn) -> list[Message]:
    sheet = await judged(turn, turn.press.object)
    if stale(turn, sheet.report.version) or not may_be_accepted(sheet.report.state):
        return [await show_report(turn, sheet.report.id, line("review.changed"))]
    await reviews.accept(turn.session, sheet, person_id=turn.person_id, now=turn.now)
    return await next_one(turn, "review.accepted", sheet)


async def next_one(turn: Turn, key: str, sheet: Sheet) -> list[Message]:
    """What was just done, above the card of the next report that waits; without one, the end of the list."""
    scopes = scopes_of(turn.actor, PERMISSION)
    left = await reviews.count_waiting(turn.session, scopes, turn.now)
    done: Line = line(key, unit=sheet.unit.name, code=sheet.code, left=left)
    following = await reviews.waiting(turn.session, scopes, turn.now, 1)
    if following:
        return [await show_report(turn, following[0].report_id, done)]
    return [Message("review.all_done", {"before": [done]}, ((go("tiendo"), go("menu")),))]


async def work(turn: Turn, unit: Unit) -> tuple[Button, ...]:
    """What waits for the speaker's word at a unit and below: reports, and requests for more time."""
    count = await reviews.count_waiting(turn.session, scopes_of(turn.actor, PERMISSION, unit.path), turn.now)
    asked = await extensions.count_waiting(turn.session, scopes_of(turn.actor, DECIDES, unit.path))
    waits = (("review.button_waiting", "review.list", count), ("extension.button_list", "extension.list", asked))
    return tuple(Button(label, action, unit.id, values={"count": number}) for label, action, number in waits if number)


async def _reach(turn: Turn) -> Unit:
    unit = await units.find(turn.session, turn.press.object)
    turn.allow("board.read", unit.path if unit else None)
    assert unit is not None
    return unit


@needs("board.read")
async def waiting(turn: Turn) -> list[Message]:
    """The reports that wait: how many may be accepted at one tap, and each of the others with why it should be read."""
    unit = await _reach(turn)
    scopes = scopes_of(turn.actor, PERMISSION, unit.path)
    found = await reviews.looked_through(turn.session, turn.library, scopes, turn.now)
    clear = sum(not each.concerns for each in found)
    others = sorted(found, key=lambda each: not each.concerns)
    page, pages, shown = _page(others, turn.press.arg)
    values = {
        "unit": unit.name,
        "count": await reviews.count_waiting(turn.session, scopes, turn.now),
        "looked": len(found),
        "clear": clear,
        "rows": [_row(each) for each in shown],
        "page": page + 1,
        "pages": pages,
    }
    bulk = (Button("review.button_bulk", "review.bulk", unit.id, values={"count": clear}),) if clear else ()
    opens = [_open(each) for each in shown]
    rows = [bulk, *((each,) for each in opens), _turns(unit, page, pages)]
    return [Message("review.waiting", values, (*(row for row in rows if row), (go("tiendo"), go("menu"))))]


def _page(found: Sequence[Waiting], arg: str) -> tuple[int, int, Sequence[Waiting]]:
    pages = max((len(found) + ROWS - 1) // ROWS, 1)
    page = min(int(arg or 0), pages - 1)
    return page, pages, found[page * ROWS : (page + 1) * ROWS]


def _turns(unit: Unit, page: int, pages: int) -> tuple[Button, ...]:
    before = (Button("review.button_before", "review.list", unit.id, arg=str(page - 1)),) if page else ()
    after = (Button("review.button_after", "review.list", unit.id, arg=str(page + 1)),) if page + 1 < pages else ()
    return (*before, *after)


def _open(each: Waiting) -> Button:
    values = {"unit": each.unit_name, "key": each.period_key, "title": each.title}
    return Button("review.button_open", "report.view", each.report_id, values=values)


def _row(each: Waiting) -> dict[str, Any]:
    about = {"unit": each.unit_name, "key": each.period_key, "title": each.title}
    return about | {"concerns": [_concern(one) for one in each.concerns]}


def _concern(each: Concern) -> dict[str, Any]:
    more = max(len(each.labels) - NAMES, 0)
    return {"kind": each.kind, "labels": list(each.labels[:NAMES]), "more": more, "note": each.note}


@needs("board.read")
async def bulk(turn: Turn) -> list[Message]:
    """Before anything is done: how many reports it would be, and which of them are left to be read."""
    unit = await _reach(turn)
    found = await reviews.looked_through(
        turn.session, turn.library, scopes_of(turn.actor, PERMISSION, unit.path), turn.now
    )
    clear = [each for each in found if not each.concerns]
    values = {"unit": unit.name, "count": len(clear), "others": len(found) - len(clear)}
    back = Button("review.button_list", "review.list", unit.id)
    if not clear:
        return [Message("review.none_clear", values, ((back, go("menu")),))]
    # the version is the number shown, so that a tap never accepts more than was said
    sure = Button("review.button_bulk_go", "review.bulk_go", unit.id, len(clear), values={"count": len(clear)})
    return [Message("review.bulk", values, ((sure,), (back,)))]


@needs("board.read")
async def bulk_now(turn: Turn) -> list[Message]:
    """Accept those that still give no cause to be read; one that changed meanwhile stays on the list."""
    unit = await _reach(turn)
    scopes = scopes_of(turn.actor, PERMISSION, unit.path)
    found = await reviews.looked_through(turn.session, turn.library, scopes, turn.now)
    clear = [each for each in found if not each.concerns]
    if stale(turn, len(clear)):
        return await bulk(turn)
    count = await reviews.accept_all(turn.session, clear, person_id=turn.person_id, now=turn.now)
    left = await reviews.count_waiting(turn.session, scopes, turn.now)
    on = (Button("review.button_list", "review.list", unit.id),) if left else ()
    return [Message("review.bulk_done", {"count": count, "left": left}, ((*on, go("tiendo")), (go("menu"),)))]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "review.accept": accept,
    "review.list": waiting,
    "review.bulk": bulk,
    "review.bulk_go": bulk_now,
}
