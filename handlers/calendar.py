"""/lich: what I owe and when, when I am reminded next; for the office what the plans ask for in the weeks ahead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers import days_off, duty_year, report, report_extras
from handlers.access import needs
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import coming, owings, reports, snoozes, timings
from models.messages import Button, Message
from models.owed_buttons import resign_button, single_rows
from models.owings import FILED, Owing
from models.rules.permissions import MEMBER, OFFICE_ROLES, TEAM_WRITERS

OWED = 4  # obligations on one screen
FILED_SHOWN = 2
DATES = 3
NOTICES = 3


@needs("calendar.read")
async def show(turn: Turn) -> list[Message]:
    """The speaker's own deadlines; the office sees those of the plans above them."""
    turn.end()
    paths = [held.path for held in turn.actor.roles]
    turn.allow("calendar.read", paths[0] if paths else None)
    mine = await _mine(turn)
    if turn.actor.holds(*OFFICE_ROLES):
        return [await _office(turn, mine)]
    values = await _lines(turn, mine)
    first = next((each for each in mine if each.is_owed), None)
    writes = turn.actor.holds(*owings.WRITERS)
    return [
        Message("calendar.mine", values | {"writes": writes}, _rows(turn, first if writes else None, values["more"]))
    ]


async def _mine(turn: Turn) -> list[Owing]:
    """What the speaker files; a member sees what the team does."""
    found = await owings.pending(turn.session, turn.now, person_id=turn.person_id)
    for held in turn.actor.roles:
        if held.kind == MEMBER:
            turn.allow("calendar.read", held.path)
            found += await owings.pending(turn.session, turn.now, path=held.path)
    return list({each.obligation_id: each for each in found}.values())


async def _lines(turn: Turn, mine: list[Owing]) -> dict[str, Any]:
    """The obligations as the screen words them: what is owed, the most urgent first, then what was filed lately."""
    owed = [each for each in mine if each.is_owed]
    filed = [each for each in reversed(mine) if each.state in FILED][:FILED_SHOWN]
    names = await owings.titles(turn.session, turn.library, [*owed, *filed])
    known = await timings.timings(turn.session, turn.library, turn.calendar, owed, turn.now)
    upcoming = [moment for each in owed if (moment := known[each.period_id].next(each, turn.now)) is not None]
    asleep = await snoozes.asleep_until(turn.session, turn.person_id, turn.now) if owed else None
    several = len({each.unit_id for each in mine}) > 1
    return {
        "owed": [owings.line(each, names[each.period_id]) for each in owed[:OWED]],
        "more": max(len(owed) - OWED, 0),
        "filed": [owings.line(each, names[each.period_id]) for each in filed],
        "next": asleep or min(upcoming, default=None),
        "several": several,
    }


def _rows(turn: Turn, first: Owing | None, more: int) -> tuple[tuple[Button, ...], ...]:
    if first is None:
        away = ((resign_button(0),),) if turn.actor.holds(*TEAM_WRITERS) else ()
        return (*away, (go("tiendo"), _file_button(turn), go("menu")))
    return (*single_rows(first), (_file_button(turn), go("menu")))


def _file_button(turn: Turn) -> Button:
    return Button("calendar_file.button_open", "lich.file", turn.actor.roles[0].unit_id)


async def _office(turn: Turn, mine: list[Owing]) -> Message:
    found = await coming.coming(turn.session, turn.library, turn.now)
    dated = [{"title": each.title, "key": each.key, "due": each.due, "days": each.days} for each in found if each.due]
    undated = [{"title": each.title, "kind": each.kind, "days": each.days} for each in found if not each.due]
    values = await _lines(turn, mine) | {
        "dates": dated[:DATES],
        "more_dates": max(len(dated) - DATES, 0),
        "undated": undated[:NOTICES],
        "more_undated": max(len(undated) - NOTICES, 0),
    }
    rows = (days_off.door(turn), await duty_year.door(turn), (_file_button(turn),), (go("tiendo"), go("menu")))
    return Message("calendar.office", values, tuple(row for row in rows if row))


@needs("calendar.read")
async def file(turn: Turn) -> list[Message]:
    """The deadlines of the year ahead as a file for the calendar of a phone."""
    await reach(turn, "calendar.read", turn.press.object)
    back = Button("calendar_file.button_back", "go", arg="lich")
    return [Message("calendar_file.sent", {"calendar_file": {"person": turn.person_id}}, ((back, go("menu")),))]


@needs("report.write")
async def nothing(turn: Turn) -> list[Message]:
    """ "Nothing to report", straight from a reminder: the report need not have been begun."""
    period_id, unit_id = turn.press.object, int(turn.press.arg)
    mine = await owings.pending(turn.session, turn.now, person_id=turn.person_id, period_id=period_id)
    owing = next((each for each in mine if each.unit_id == unit_id), None)
    turn.allow("report.write", owing.unit_path if owing else None)
    if owing is not None and owing.state in FILED:  # an old reminder: what was filed meanwhile is shown, and stays
        return await report.open_period(turn)
    report_id = await reports.begin(turn.session, period_id, unit_id, person_id=turn.person_id, now=turn.now)
    turn.press = replace(turn.press, object=report_id, version=0, arg="")
    return await report_extras.nothing(turn)


COMMANDS: dict[str, Handler] = {"lich": show}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"lich.nothing": nothing, "lich.file": file}
