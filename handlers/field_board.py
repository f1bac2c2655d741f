"""The board by field ("Theo lĩnh vực"): what a period came to, every indicator by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.access import needs
from handlers.board_view import View, abreast, scope_of, viewed
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import summary
from models.fields import FieldTotals, by_field
from models.messages import Button, Message
from models.rules.forms import Indicator
from models.rules.permissions import fields_of
from models.rules.totals import Total
from models.summary import Summary

FIELDS = 8  # on one page, a line and a button each
INDICATORS = 8


@needs("board.read")
async def show(turn: Turn) -> list[Message]:
    """The fields of which something is asked in the period shown."""
    view = await viewed(turn, "board.read")
    found, fields = await _fields(turn, view)
    page, pages = _page(view.page, len(fields), FIELDS)
    shown = fields[page * FIELDS : (page + 1) * FIELDS]
    lines = [
        {"label": each.label, "indicators": len(each.totals), "reported": each.reported, "asked": len(found.lines)}
        for each in shown
    ]
    values = view.facts(turn) | {"rows": lines, "filed": found.counts.filed, "asked": found.counts.expected}
    buttons = [
        Button(
            "fields.button_field",
            "fields.one",
            view.unit.id,
            arg=f"{view.period.id}.0.{each.code}",
            values={"label": each.label},
        )
        for each in shown
    ]
    rows = (*abreast(buttons, 2), _turns(view, "fields.show", page, pages, ""))
    way_out = (view.button("board.button_back"), go("menu"))
    values |= {"page": page + 1, "pages": pages}
    return [Message("fields.show", values, tuple(row for row in (*rows, way_out) if row))]


@needs("board.read")
async def one(turn: Turn) -> list[Message]:
    """The indicators of one field: each with its own number, and of how many units."""
    view = await viewed(turn, "board.read")
    code = "".join(turn.press.arg.split(".")[2:])
    found, fields = await _fields(turn, view)
    field = next((each for each in fields if each.code == code), None)
    if field is None:
        turn.allow("board.read", None)
    assert field is not None
    page, pages = _page(view.page, len(field.totals), INDICATORS)
    shown = field.totals[page * INDICATORS : (page + 1) * INDICATORS]
    values = view.facts(turn) | {"field": field.label, "rows": [_line(*each, len(found.lines)) for each in shown]}
    rows = (
        _turns(view, "fields.one", page, pages, code),
        (view.button("board.button_back", "fields.show"), go("menu")),
    )
    values |= {"page": page + 1, "pages": pages}
    return [Message("fields.one", values, tuple(row for row in rows if row))]


async def _fields(turn: Turn, view: View) -> tuple[Summary, tuple[FieldTotals, ...]]:
    """The period added up, by the fields that the speaker looks after here."""
    scope = scope_of(turn, view.unit.path)
    found = await summary.summary(turn.session, turn.library, view.period.id, view.unit.path, turn.now, scope)
    assert found is not None
    return found, by_field(found, fields_of(turn.actor, "board.read", view.unit.path))


def _line(indicator: Indicator, total: Total, asked: int) -> dict[str, Any]:
    return {
        "label": indicator.short_label,
        "unit": indicator.unit,
        "is_rate": indicator.is_rate,
        "value": None if total.value is None else round(total.value, 1),
        "number": total.number,
        "of": total.of,
        "counted": total.counted,
        "asked": asked,
    }


def _page(wanted: int, length: int, room: int) -> tuple[int, int]:
    """The page to show, and how many there are."""
    pages = max((length + room - 1) // room, 1)
    return min(wanted, pages - 1), pages


def _turns(view: View, action: str, page: int, pages: int, code: str) -> tuple[Button, ...]:
    """The buttons to the page before and after, of the same field."""
    ways: Sequence[tuple[str, int]] = (("board.button_before", page - 1), ("board.button_after", page + 1))
    return tuple(
        Button(label, action, view.unit.id, arg=".".join((str(view.period.id), str(number), code)).rstrip("."))
        for label, number in ways
        if 0 <= number < pages
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "fields.show": show,
    "fields.one": one,
}
