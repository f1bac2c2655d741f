"""A leader asks a member for one section of the report: which, whom, with what word; and takes it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers import menu
from handlers.access import needs, stale
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line, refuse_closed, show
from handlers.section_news import tell_asked, tell_ended
from handlers.section_pages import section_called
from handlers.turn import Handler, Turn
from models import reports, section_requests
from models.messages import Button, Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.forms import Section
from models.rules.periods import local_day
from models.rules.reports import LONGEST_LINE, sentence
from models.rules.section_requests import ASKED, WITHDRAWN, part_of, person_meant, progress_of

PAGE = 8  # people on one page
WHO, NOTE = "section.who", "section.note"
ALL = 0  # stands for the whole team where a person's number stands


async def _sheet(turn: Turn, report_id: int) -> Sheet:
    """The report whose sections the speaker may ask of others, held until the turn ends."""
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True)
    turn.allow("section.ask", sheet.unit.path if sheet else None)
    assert sheet is not None
    sheet.today = local_day(turn.now, turn.zone)
    await refuse_closed(turn, sheet)
    if sheet.is_submitted:
        raise Refusal("section.sent_already")
    return sheet


async def _people(turn: Turn, sheet: Sheet) -> dict[int, str]:
    return await section_requests.members(turn.session, sheet.unit.id, turn.now, turn.person_id)


def _sections(sheet: Sheet) -> list[Section]:
    """What can be asked of somebody else."""
    return [each for each in sheet.form.sections if part_of(each, sheet.asked)]


@needs("section.ask")
async def begin(turn: Turn) -> list[Message]:
    return await _list_page(turn, await _sheet(turn, turn.press.object))


async def _list_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """Every section with how far it is and who is asked for it."""
    turn.end()
    waiting = await section_requests.open_of_report(turn.session, sheet.report.id)
    rows, buttons = [], []
    for place, each in enumerate(_sections(sheet)):
        done, total = progress_of(part_of(each, sheet.asked), sheet.values)
        names = [one.name for one in waiting if one.request.section == each.code]
        rows.append({"label": each.label, "done": done, "total": total, "names": names})
        buttons.append((_button(sheet, "button_section", "who", f"{place}", label=each.label),))
    undo = [_undo(sheet, one) for one in waiting]
    has_people = bool(await _people(turn, sheet))
    back = show(sheet, "button_back", "more")
    values = {"before": list(before), "rows": rows, "team": sheet.unit.name, "has_people": has_people}
    if not has_people:
        return [Message("section.nobody", values, (*undo, (go("donvi"), back)))]
    return [Message("section.list", values, (*buttons, *undo, (back,)))]


def _undo(sheet: Sheet, one: section_requests.Standing) -> tuple[Button, ...]:
    values = {"name": one.name, "label": section_called(sheet, one.request.section).label}
    return (Button("section.button_withdraw", "section.withdraw", one.request.id, one.request.version, values=values),)


def _button(sheet: Sheet, label: str, action: str, arg: str, /, **values: object) -> Button:
    return Button(f"section.{label}", f"section.{action}", sheet.report.id, 0, arg, values)


@needs("section.ask")
async def who(turn: Turn) -> list[Message]:
    """The members to choose from; the button carries the section and the page."""
    sheet = await _sheet(turn, turn.press.object)
    place, _, page = turn.press.arg.partition(":")
    sections = _sections(sheet)
    if not place.isdecimal() or int(place) >= len(sections):
        return await _list_page(turn, sheet, line("access.stale"))
    return _who_page(turn, sheet, sections[int(place)], await _people(turn, sheet), int(page or 0))


def _who_page(
    turn: Turn, sheet: Sheet, section: Section, people: Mapping[int, str], page: int, *before: Line
) -> list[Message]:
    turn.ask(WHO, report=sheet.report.id, section=section.code)
    place = _sections(sheet).index(section)
    shown = list(people.items())[page * PAGE : (page + 1) * PAGE]
    rows = [(_button(sheet, "button_person", "choose", f"{place}:{number}", name=name),) for number, name in shown]
    if len(people) > 1:
        rows.insert(0, (_button(sheet, "button_all", "choose", f"{place}:{ALL}", count=len(people)),))
    turns = [_button(sheet, "button_before", "who", f"{place}:{page - 1}")] if page else []
    if len(people) > (page + 1) * PAGE:
        turns.append(_button(sheet, "button_after", "who", f"{place}:{page + 1}"))
    back = (Button("section.button_back", "section.begin", sheet.report.id),)
    values = {"before": list(before), "section": section.label, "team": sheet.unit.name, "count": len(people)}
    return [Message("section.who", values, (*rows, *((tuple(turns),) if turns else ()), back), expects="text")]


@needs("section.ask")
async def take_name(turn: Turn) -> list[Message]:
    sheet = await _sheet(turn, int(turn.talk.data.get("report", 0)))
    people, section = await _people(turn, sheet), _talked_section(turn, sheet)
    if section is None:
        return await _list_page(turn, sheet)
    person_id = person_meant(turn.text if turn.incoming.kind == "text" else "", people)
    if person_id is None:
        return _who_page(turn, sheet, section, people, 0, line("section.no_such_person", text=turn.text[:40]))
    return _note_page(turn, sheet, section, person_id, people)


def _talked_section(turn: Turn, sheet: Sheet) -> Section | None:
    wanted = turn.talk.data.get("section")
    return next((each for each in _sections(sheet) if each.code == wanted), None)


@needs("section.ask")
async def choose(turn: Turn) -> list[Message]:
    """A person on a button, or the whole team; whoever has left since is nobody."""
    sheet = await _sheet(turn, turn.press.object)
    people, sections = await _people(turn, sheet), _sections(sheet)
    place, _, number = turn.press.arg.partition(":")
    known = number.isdecimal() and (int(number) in people or int(number) == ALL)
    if not known or not place.isdecimal() or int(place) >= len(sections):
        return await _list_page(turn, sheet, line("access.stale"))
    return _note_page(turn, sheet, sections[int(place)], int(number), people)


def _note_page(
    turn: Turn, sheet: Sheet, section: Section, person_id: int, people: Mapping[int, str], *before: Line
) -> list[Message]:
    turn.ask(NOTE, report=sheet.report.id, section=section.code, person=person_id)
    values = {"before": list(before), "section": section.label, "name": people.get(person_id, ""), "count": len(people)}
    rows = (
        (_button(sheet, "button_send", "send", ""),),
        (Button("section.button_back", "section.begin", sheet.report.id),),
    )
    return [Message("section.ask_note", values, rows, expects="text")]


@needs("section.ask")
async def take_note(turn: Turn) -> list[Message]:
    sheet = await _sheet(turn, int(turn.talk.data.get("report", 0)))
    try:
        note = sentence(turn.text if turn.incoming.kind == "text" else "", LONGEST_LINE)
    except Refusal as refusal:
        section, person = _talked_section(turn, sheet), int(turn.talk.data.get("person", ALL))
        people = await _people(turn, sheet)
        if section is None:
            return await _list_page(turn, sheet)
        return _note_page(turn, sheet, section, person, people, refusal_line(refusal))
    return await _send(turn, sheet, note)


@needs("section.ask")
async def send(turn: Turn) -> list[Message]:
    """Without another word."""
    sheet = await _sheet(turn, turn.press.object)
    if turn.talk.flow != NOTE or turn.talk.data.get("report") != sheet.report.id:
        return await menu.stale(turn)
    return await _send(turn, sheet, "")


async def _send(turn: Turn, sheet: Sheet, note: str) -> list[Message]:
    section, people = _talked_section(turn, sheet), await _people(turn, sheet)
    person_id = int(turn.talk.data.get("person", ALL))
    asked: Sequence[int] = list(people) if person_id == ALL else [person_id] if person_id in people else []
    if section is None or not asked:
        return await _list_page(turn, sheet, line("access.stale"))
    new = await section_requests.ask(turn.session, sheet, section.code, asked, note, by=turn.person_id, now=turn.now)
    told = await tell_asked(turn, sheet, new)
    said = line("section.sent", section=section.label, new=len(new), told=told, names=[people[each] for each in asked])
    return await _list_page(turn, sheet, said)


@needs("section.ask")
async def withdraw(turn: Turn) -> list[Message]:
    report_id = await section_requests.report_of(turn.session, turn.press.object)
    sheet = await _sheet(turn, report_id or 0)
    request = await section_requests.find(turn.session, turn.press.object)
    assert request is not None
    if request.state != ASKED or stale(turn, request.version):
        return await _list_page(turn, sheet, line("access.stale"))
    await section_requests.settle(turn.session, request, WITHDRAWN, sheet.unit.id, by=turn.person_id, now=turn.now)
    await tell_ended(turn, sheet, [request])
    return await _list_page(turn, sheet, line("section.taken_back"))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WHO: take_name, NOTE: take_note}
ACTIONS: dict[str, Handler] = {
    "section.begin": begin,
    "section.who": who,
    "section.choose": choose,
    "section.send": send,
    "section.withdraw": withdraw,
}
