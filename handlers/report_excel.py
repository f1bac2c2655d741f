"""A report by Excel: the form's own file to fill in; sent back filled, it is shown line by line before it counts."""

from __future__ import annotations

from collections.abc import Collection

from handlers.access import needs
from handlers.report_pages import start_page
from handlers.report_paste_offer import offered
from handlers.report_paste_pages import Draft, beside, review_page
from handlers.report_sheet import Line, ask, is_same_talk, line, opened, show, talked_of, working
from handlers.turn import Handler, Turn
from models import audit, owings
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.report_template import TemplateKeys, read_filled, template_keys
from models.rules.reports import way_meant, write_value

WAIT = "excel.wait"
TABLES = ("spreadsheetml.sheet", "text/csv")
EVIDENCE = "report.photos"
FLOWS_OF_REPORTS = ("report.", "paste.", "excel.")


@needs("report.write")
async def template(turn: Turn) -> list[Message]:
    """Hand out the file; it is made after the turn."""
    sheet = await working(turn, turn.press.object)
    audit.note(
        turn.session,
        at=turn.now,
        person_id=turn.person_id,
        action="report.template",
        object=f"report:{sheet.report.id}",
        unit_id=sheet.unit.id,
    )
    return _page(turn, sheet, make=True)


def _page(turn: Turn, sheet: Sheet, *before: Line, make: bool = False) -> list[Message]:
    ask(turn, sheet, WAIT)
    values = {
        "before": list(before),
        "team": sheet.unit.name,
        "starts": sheet.period.starts_on,
        "ends": sheet.period.ends_on,
        "made": make,
    }
    values |= {"report_file": {"report": sheet.report.id}} if make else {}
    return [Message("excel.template", values, ((show(sheet, "button_back", "start"),),), expects="photo")]


@needs("report.write")
async def at_wait(turn: Turn) -> list[Message]:
    """Anything but the file, while the filled file is awaited."""
    sheet = await talked_of(turn)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind != "text":
        return _page(turn, sheet, await beside(turn, sheet))
    if way_meant(turn.text) in ("back", "leave", "next"):
        return await start_page(turn, sheet)
    return await offered(turn, sheet) or _page(turn, sheet, line("excel.file_wanted"))


def may_come(flow: str, roles: Collection[str]) -> bool:
    """Whether whoever holds these roles may send a filled report now: where reports are written, or where nothing is
    awaited.
    """
    return (not flow or flow.startswith(FLOWS_OF_REPORTS)) and any(role in owings.WRITERS for role in roles)


def may_be_filled(turn: Turn) -> bool:
    """Whether a table has come that may be a filled report."""
    tables = any(file.mime.endswith(TABLES) for file in turn.files)
    if not (tables and may_come(turn.talk.flow, [role.kind for role in turn.actor.roles])):
        return False
    return turn.talk.flow != EVIDENCE or _is_template(turn)


def _is_template(turn: Turn) -> bool:
    """Where evidence is awaited, any other table is just that."""
    file = next(each for each in turn.files if each.mime.endswith(TABLES))
    try:
        template_keys(turn.read_sheet(file))
    except Refusal:
        return False
    return True


@needs("report.write")
async def take_file(turn: Turn) -> list[Message]:
    """Read a filled file; what is in it is shown, nothing is written.

    Raises Refusal excel.not_template, .other_unit, .other_period or .other_version, or sheet.* for no table at all.
    """
    file = next(each for each in turn.files if each.mime.endswith(TABLES))
    rows = turn.read_sheet(file)
    sheet = await _meant(turn, template_keys(rows))
    filled = read_filled(rows, sheet.asked)
    faults = tuple(line(each.key, **each.values) for each in filled.faults)
    given = tuple((code, write_value(value), cell) for code, value, cell in filled.values)
    if not given and not faults:
        return _page(turn, sheet, line("excel.empty"))
    return review_page(turn, sheet, Draft(given=given, faults=faults))


async def _meant(turn: Turn, keys: TemplateKeys) -> Sheet:
    """The report that a file is for; what the file says of itself is believed only where it fits."""
    try:
        sheet = await opened(turn, keys.report)
    except Refusal:
        raise Refusal("excel.other_unit") from None
    if (sheet.unit.id, sheet.period.key) != (keys.unit, keys.period):
        raise Refusal("excel.other_unit")
    here = turn.talk.data.get("report") if turn.talk.flow else None
    if here not in (None, keys.report):
        raise Refusal("excel.other_period", starts=sheet.period.starts_on, ends=sheet.period.ends_on)
    if sheet.report.programme_id != keys.programme:
        raise Refusal("excel.other_version")
    return await working(turn, keys.report)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WAIT: at_wait}
ACTIONS: dict[str, Handler] = {"excel.template": template}
