"""What may be done about a report that is owed, as buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.messages import Button
from models.owings import Owing


def rows_of(listed: Sequence[Owing], names: Mapping[int, str], most: int) -> tuple[tuple[Button, ...], ...]:
    """What to do with a single report; of several, which one to begin with, `most` of them. `names`: of the duties, by
    period."""
    if len(listed) == 1:
        return single_rows(listed[0])
    rows = tuple(
        (report_button(owing, "reminder.button_report_of", names[owing.period_id]),) for owing in listed[:most]
    )
    units = {owing.unit_id for owing in listed}
    away = resign_button(units.pop() if len(units) == 1 else 0)
    return (*rows, (Button("reminder.button_all", "go", arg="lich"), away))


def single_rows(owing: Owing) -> tuple[tuple[Button, ...], ...]:
    """What may be done about one report that is owed: do it, say that there is nothing, ask for more time, or
    say that one is no longer in charge."""
    first = (report_button(owing), nothing_button(owing)) if owing.state == "missing" else (report_button(owing),)
    away = resign_button(owing.unit_id)
    return (first, (away,) if owing.state == "returned" else (extension_button(owing), away))


def report_button(owing: Owing, label: str = "reminder.button_report", title: str = "") -> Button:
    """Opens the report of that unit and period, begun or not. `title`: of its duty, for a label that says it."""
    values = {"key": owing.period_key, "unit": owing.unit_name, "title": title}
    return Button(label, "report.open", owing.period_id, arg=str(owing.unit_id), values=values)


def nothing_button(owing: Owing) -> Button:
    """Asks for the reason why there is nothing to report."""
    return Button("reminder.button_nothing", "lich.nothing", owing.period_id, arg=str(owing.unit_id))


def extension_button(owing: Owing) -> Button:
    """Asks for more time."""
    return Button("reminder.button_extension", "extension.ask", owing.period_id, arg=str(owing.unit_id))


def resign_button(unit_id: int) -> Button:
    """Says that one is no longer in charge of a unit; 0: it is asked of which."""
    return Button("handover.button_resign", "handover.resign", unit_id)
