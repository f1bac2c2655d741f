"""How a section asked of a member is reached, and the pages around its questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers.menu import go
from handlers.report_sheet import Line, refuse_closed
from handlers.turn import Turn
from models import reports, section_requests
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.folding import shorten
from models.rules.forms import Indicator, Section
from models.rules.periods import local_day
from models.rules.reports import shown
from models.rules.section_requests import ASKED, part_of, progress_of
from models.section_requests import Owed
from models.tables import SectionRequest

LONGEST_ANSWER = 60  # characters of one answer among the others
NUMBERS = 6  # in one row of buttons


@dataclass(frozen=True, slots=True)
class Own:
    """A section that the speaker is asked for, with the report it stands in, held until the turn ends."""

    request: SectionRequest
    sheet: Sheet

    @property
    def section(self) -> Section:
        return section_called(self.sheet, self.request.section)

    @property
    def part(self) -> tuple[Indicator, ...]:
        """The questions of it that are asked now."""
        return part_of(self.section, self.sheet.asked)

    @property
    def is_over(self) -> bool:
        return self.request.state != ASKED or self.sheet.is_submitted


async def own(turn: Turn, request_id: int) -> Own:
    """A section asked of the speaker, and of nobody else; raises the refusals of `report_sheet.refuse_closed`."""
    report_id = await section_requests.report_of(turn.session, request_id)
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True) if report_id else None
    request = await section_requests.find(turn.session, request_id)
    mine = sheet is not None and request is not None and request.person_id == turn.actor.person_id
    turn.allow("section.write", sheet.unit.path if sheet and mine else None)
    assert sheet is not None
    assert request is not None
    sheet.today = local_day(turn.now, turn.zone)
    await refuse_closed(turn, sheet)
    return Own(request, sheet)


async def talked_of(turn: Turn) -> Own:
    return await own(turn, int(turn.talk.data.get("request", 0)))


def section_called(sheet: Sheet, code: str) -> Section:
    return next(each for each in sheet.form.sections if each.code == code)


def act(mine: Own, label: str, action: str, arg: str | int = "", **values: Any) -> Button:
    """A button about a section one is asked for. Whether it still fits is seen by the talk, not by the report's
    version, for others answer their sections meanwhile.
    """
    return Button(label, f"section.{action}", mine.request.id, 0, str(arg), values)


def facts(mine: Own) -> dict[str, Any]:
    done, total = progress_of(mine.part, mine.sheet.values)
    period = mine.sheet.period
    return {
        "section": mine.section.label,
        "team": mine.sheet.unit.name,
        "starts": period.starts_on,
        "ends": period.ends_on,
        "due": max(period.due_at, mine.sheet.extended_until or period.due_at),
        "note": mine.request.note,
        "done": done,
        "total": total,
    }


def review_page(turn: Turn, mine: Own, *before: Line) -> list[Message]:
    """Every answer of the section, the way to change one, and the end of it."""
    turn.ask("section.review", request=mine.request.id)
    values = mine.sheet.values
    rows = [
        {"n": n, "label": each.short_label, "amount": _amount(mine, each) if each.code in values else ""}
        for n, each in enumerate(mine.part, start=1)
    ]
    numbers = [act(mine, "section.button_number", "go", n, n=n) for n in range(1, len(rows) + 1)]
    pairs = [tuple(numbers[at : at + NUMBERS]) for at in range(0, len(numbers), NUMBERS)]
    ends = (act(mine, "section.button_done", "done"), act(mine, "section.button_decline", "decline"))
    shows = facts(mine) | {"rows": rows, "before": list(before)}
    return [Message("section.review", shows, (*pairs, ends, (go("menu"),)), expects="text")]


def _amount(mine: Own, indicator: Indicator) -> str:
    return shorten(shown(mine.sheet.values[indicator.code], indicator), LONGEST_ANSWER)


def over(turn: Turn, mine: Own) -> list[Message]:
    """Nothing more is asked of the speaker here: why."""
    turn.end()
    state = "closed" if mine.request.state == ASKED else mine.request.state
    return [Message("section.over", facts(mine) | {"state": state}, ((go("menu"),),))]


def owed_page(asked: Sequence[Owed]) -> Message:
    """What a member is asked for, each a button."""
    rows = [
        (Button("section.button_owed", "section.open", each.request.id, values={"label": each.label, "n": n}),)
        for n, each in enumerate(asked, start=1)
    ]
    listed = [{"unit": each.unit_name, "key": each.period_key, "label": each.label} for each in asked]
    values = {"count": len(asked), "rows": listed}
    return Message("section.owed", values, (*rows, (go("menu"),)))
