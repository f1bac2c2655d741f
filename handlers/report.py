"""The monthly report: opening it, leaving it, coming back to it, looking at it."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs
from handlers.menu import go
from handlers.report_edits import edited
from handlers.report_pages import filed_screen, left, more_page, onward, start_page
from handlers.report_paste_offer import offered
from handlers.report_questions import question
from handlers.report_sheet import ask, line, opened, refusal_line, show, talked_of, working
from handlers.report_view import show_report
from handlers.section_pages import owed_page
from handlers.turn import Handler, Turn
from models import owings, reports, section_requests
from models.messages import Button, Message
from models.reports import Due
from models.rules import Refusal
from models.rules.permissions import COORDINATOR, FOUNDER, TEAM_WRITERS, may
from models.rules.reports import chosen, item_meant, way_meant

SHOWN = 6  # periods in one list

__all__ = ["ACTIONS", "COMMANDS", "FLOWS", "show_report"]


@needs("report.write")
async def begin(turn: Turn) -> list[Message]:
    """Open the report that is owed now; with several units, ask which."""
    turn.end()
    units = turn.actor.units(*owings.WRITERS)
    if not units:
        return [await _nobody(turn)]
    due = await reports.due_reports(turn.session, units, turn.now)
    owing = {each.owed.unit_id: each.unit_name for each in due}
    if not owing:
        return [await _nothing_owed(turn, units)]
    if len(owing) > 1:
        rows = [
            (Button("report.button_unit", "report.unit", unit_id, values={"name": name}),)
            for unit_id, name in owing.items()
        ]
        return [Message("report.which_unit", {"count": len(owing)}, (*rows, (go("menu"),)))]
    return await _open_first(turn, due)


async def _nobody(turn: Turn) -> Message:
    """Only those who answer for a unit write its report, others what they were asked for; a stranger gets what
    strangers get.
    """
    if not turn.actor.roles:
        turn.allow("report.write", None)
    asked = await section_requests.open_for(turn.session, turn.library, turn.person_id)
    if mine := [each for each in asked if may(turn.actor, "section.write", each.unit_path)]:
        return owed_page(mine)
    if turn.actor.holds(FOUNDER):
        return Message("report.team_not_ready", {}, ((go("donvi"), go("menu")),))
    return Message("report.not_a_writer", {}, ((go("tiendo"), go("menu")),))


async def _nothing_owed(turn: Turn, units: tuple[int, ...]) -> Message:
    teams = await reports.teams_of(turn.session, units)
    waiting = [name for name, state in teams if state == "waiting"]
    if waiting:
        return Message("report.team_waiting", {"team": waiting[0]}, ((go("donvi"), go("menu")),))
    office = turn.actor.holds(COORDINATOR) and not turn.actor.holds(*TEAM_WRITERS)
    key = "report.nothing_owed_office" if office else "report.nothing_owed"
    return Message(key, {}, ((go("tiendo" if office else "lich"), go("menu")),))


async def _open_first(turn: Turn, due: list[Due]) -> list[Message]:
    first = chosen([each.owed for each in due], turn.now)
    assert first is not None
    return await _open(turn, first.period_id, first.unit_id)


async def _open(turn: Turn, period_id: int, unit_id: int) -> list[Message]:
    report_id = await reports.begin(turn.session, period_id, unit_id, person_id=turn.person_id, now=turn.now)
    return await start_page(turn, await opened(turn, report_id))


async def _due_of(turn: Turn, unit_id: int) -> list[Due]:
    """What a unit of the speaker owes; somebody else's unit owes nothing that can be seen."""
    if unit_id not in turn.actor.units(*owings.WRITERS):
        turn.allow("report.write", None)
    return await reports.due_reports(turn.session, [unit_id], turn.now)


@needs("report.write")
async def open_unit(turn: Turn) -> list[Message]:
    due = await _due_of(turn, turn.press.object)
    return await _open_first(turn, due) if due else [await _nothing_owed(turn, (turn.press.object,))]


@needs("report.write")
async def open_period(turn: Turn) -> list[Message]:
    """Another period of the unit: the button carries the period and the unit."""
    unit_id = int(turn.press.arg)
    due = await _due_of(turn, unit_id)
    if turn.press.object not in [each.owed.period_id for each in due]:
        turn.allow("report.write", None)
    return await _open(turn, turn.press.object, unit_id)


@needs("report.write")
async def periods(turn: Turn) -> list[Message]:
    sheet = await opened(turn, turn.press.object)
    due = (await _due_of(turn, sheet.unit.id))[:SHOWN]
    rows = [(await _period_button(turn, sheet.unit.id, each),) for each in due]
    return [Message("report.periods", {"team": sheet.unit.name}, (*rows, (show(sheet, "button_back", "start"),)))]


async def _period_button(turn: Turn, unit_id: int, due: Due) -> Button:
    programme = await turn.library.get(turn.session, due.programme_id)
    values = {
        "starts": due.owed.starts_on,
        "ends": due.ends_on,
        "filed": due.owed.is_submitted,
        "key": due.key,
        "title": programme.duty(due.duty.partition("/")[2]).title,
    }
    return Button("report.button_period", "report.open", due.owed.period_id, arg=str(unit_id), values=values)


@needs("report.write")
async def start(turn: Turn) -> list[Message]:
    return await start_page(turn, await opened(turn, turn.press.object))


@needs("report.write")
async def more(turn: Turn) -> list[Message]:
    return [more_page(turn, await opened(turn, turn.press.object))]


@needs("report.write")
async def proceed(turn: Turn) -> list[Message]:
    """The next open question, or the review when there is none."""
    sheet = await working(turn, turn.press.object)
    filed = filed_screen(turn, sheet)
    if filed is not None:
        return filed
    ask(turn, sheet, "report.start")
    return await onward(turn, sheet, 0)


@needs("report.write")
async def leave(turn: Turn) -> list[Message]:
    """Everything is kept already; say so, and how to come back."""
    return await left(turn, await working(turn, turn.press.object))


@needs("report.write")
async def after_leaving(turn: Turn) -> list[Message]:
    """What is said when the report was put aside or filed: an edited answer, "sua 5", or nothing of ours."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    wanted = item_meant(turn.text, sheet.asked) if turn.incoming.kind == "text" else None
    if wanted:
        return await question(turn, sheet, wanted, back="review")
    if turn.incoming.kind == "text" and way_meant(turn.text) == "next":
        return await start_page(turn, sheet)
    if pasted := await offered(turn, sheet):
        return pasted
    turn.end()
    return await menu.lost(turn)


@needs("report.write")
async def at_start(turn: Turn) -> list[Message]:
    """Something typed at the start page."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    try:
        wanted = item_meant(turn.text, sheet.asked)
    except Refusal as refusal:
        return await start_page(turn, sheet, refusal_line(refusal))
    if wanted:
        return await question(turn, sheet, wanted, back="review")
    if way_meant(turn.text) == "next" and not sheet.is_submitted:
        return await onward(turn, sheet, 0)
    return await offered(turn, sheet) or await start_page(turn, sheet, line("report.choose_below"))


@needs("report.read")
async def view(turn: Turn) -> list[Message]:
    """The card to read; whoever may write the report gets the way to correct it."""
    return [await show_report(turn, turn.press.object)]


COMMANDS: dict[str, Handler] = {"baocao": begin}
FLOWS: dict[str, Handler] = {"report.start": at_start, "report.left": after_leaving}
ACTIONS: dict[str, Handler] = {
    "report.unit": open_unit,
    "report.open": open_period,
    "report.periods": periods,
    "report.start": start,
    "report.more": more,
    "report.continue": proceed,
    "report.leave": leave,
    "report.view": view,
}
