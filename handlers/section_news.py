"""What the two sides of a section request are told: asked, done, declined, taken back, closed; each once."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.report_sheet import Line, show
from handlers.section_pages import section_called
from handlers.turn import Turn
from models import people, section_requests
from models.alerts import alert, alert_writers
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.permissions import may
from models.rules.section_requests import part_of, progress_of
from models.tables import SectionRequest


async def tell_asked(turn: Turn, sheet: Sheet, requests: Sequence[SectionRequest]) -> int:
    """Returns how many could be told."""
    told = 0
    for each in requests:
        rows = ((Button("section.button_open", "section.open", each.id),),)
        message = Message("section.asked", _facts(turn, sheet, each), rows, place="new")
        told += await alert(turn.session, [each.person_id], message, once=f"section:{each.id}:asked", now=turn.now)
    return told


async def tell_asker(turn: Turn, sheet: Sheet, request: SectionRequest, reason: str = "") -> None:
    """Done or declined: whoever asked is told; when they write for the unit no more, those who do."""
    values = _facts(turn, sheet, request) | {"state": request.state, "reason": reason}
    message = Message("section.answered", values, ((show(sheet, "button_continue", "start"),),), place="new")
    once = f"section:{request.id}:{request.state}"
    asker = await people.actor_of(turn.session, request.asked_by, turn.now)
    if may(asker, "section.ask", sheet.unit.path):
        await alert(turn.session, [request.asked_by], message, once=once, now=turn.now)
    else:
        await alert_writers(turn.session, sheet.unit, message, once=once, now=turn.now, but=turn.person_id)


async def tell_ended(turn: Turn, sheet: Sheet, requests: Sequence[SectionRequest]) -> None:
    """Taken back, done by another, or closed: whoever was asked is told that nothing more is awaited."""
    for each in requests:
        if each.person_id != turn.person_id:
            message = Message("section.ended", _facts(turn, sheet, each) | {"state": each.state}, place="new")
            once = f"section:{each.id}:{each.state}"
            await alert(turn.session, [each.person_id], message, once=once, now=turn.now)


async def close_all(turn: Turn, sheet: Sheet) -> None:
    """The report was sent: what is still asked of members is closed, and they are told."""
    closed = await section_requests.close(turn.session, sheet, by=turn.person_id, now=turn.now)
    await tell_ended(turn, sheet, closed)


def _facts(turn: Turn, sheet: Sheet, request: SectionRequest) -> Line:
    section = section_called(sheet, request.section)
    done, total = progress_of(part_of(section, sheet.asked), sheet.values)
    return {
        "section": section.label,
        "team": sheet.unit.name,
        "starts": sheet.period.starts_on,
        "ends": sheet.period.ends_on,
        "due": max(sheet.period.due_at, sheet.extended_until or sheet.period.due_at),
        "by": turn.name,
        "note": request.note,
        "done": done,
        "total": total,
    }
