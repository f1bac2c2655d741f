"""What stands on the screens of a report about the visits that the bot counted for it.

A form that counts no visits has none of it, and pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from handlers.report_sheet import Line, line
from models.messages import Button
from models.reports import Sheet
from models.rules.consolidation import value_of
from models.rules.forms import Indicator, Value
from models.rules.numbers import format_number
from models.rules.reports import shown, write_value
from models.rules.visit_counts import added, declared, moved

Rows = tuple[tuple[Button, ...], ...]
NOTHING = Value()
NO_ACTIVITY = "no_activity"  # a change of a report's whole, not of one of its numbers
NAMED = 3  # indicators named on a screen that is about something else


def takeable(sheet: Sheet) -> dict[str, Value]:
    """The counted numbers of what nobody has answered or skipped yet. A report made of reports takes its sums first."""
    if sheet.parts is not None:
        return {}
    open_ones = [each.code for each in sheet.asked if each.code not in sheet.values]
    counted = sheet.visits or {}
    return {code: Value(Decimal(counted[code])) for code in open_ones if code in counted}


def start_lines(sheet: Sheet) -> list[Line]:
    """How many numbers the bot has, and the first of them."""
    found = takeable(sheet)
    if not found:
        return []
    first = [
        {"label": sheet.form.indicator(code).short_label, "amount": shown(value)}
        for code, value in list(found.items())[:NAMED]
    ]
    return [line("visit_count.at_start", count=len(found), first=first)]


def start_rows(sheet: Sheet) -> Rows:
    """One tap takes them all."""
    count = len(takeable(sheet))
    return ((_act(sheet, "button_take_all", "take_all", count=count),),) if count else ()


def nothing_lines(sheet: Sheet) -> list[Line]:
    """Who says that there is nothing to report is told what the bot has counted."""
    counted = [(each, (sheet.visits or {}).get(each.code, 0)) for each in sheet.asked]
    rows = [{"label": each.short_label, "amount": format_number(Decimal(number))} for each, number in counted if number]
    return [line("visit_count.not_nothing", rows=rows[:NAMED])] if rows else []


def question_lines(sheet: Sheet, indicator: Indicator) -> list[Line]:
    """The counted number beside the question, and what of the answer that is there was counted."""
    counted = (sheet.visits or {}).get(indicator.code)
    if not counted:
        return []
    part = split(sheet.values.get(indicator.code), sheet.parts_counted.get(indicator.code))
    within = sheet.parts is not None
    return [line("visit_count.at_question", amount=counted, unit=indicator.unit, within=within, split=part)]


def question_rows(sheet: Sheet, position: int) -> Rows:
    """One tap takes the counted number; another adds what was done without the bot; a third shows the visits."""
    indicator = sheet.asked[position - 1]
    counted = (sheet.visits or {}).get(indicator.code)
    if not counted:
        return ()
    visits = show_visits(sheet, indicator.code)
    if sheet.parts is not None:
        total = value_of(sheet.parts.total(indicator)).number
        if total is None:
            return ((visits,),)
        both = Value(total + counted)
        arg = f"{position}:{write_value(both)}"
        values = {"amount": shown(both)}
        take = Button("visit_count.button_both", "report.set", sheet.report.id, sheet.report.version, arg, values)
        return ((take, visits),)
    take = _act(sheet, "button_take", "take", indicator.code, amount=counted)
    extra = Button("visit_count.button_extra", "visit_count.extra", sheet.report.id, arg=indicator.code)
    now = sheet.values.get(indicator.code)
    if now is not None and now.number == counted:
        return ((extra, visits),)
    return ((take,), (extra, visits))


def kept_lines(sheet: Sheet, indicator: Indicator) -> list[Line]:
    """Of a number just kept: what was counted and what was declared beside it."""
    part = split(sheet.values.get(indicator.code), sheet.parts_counted.get(indicator.code))
    return [line("visit_count.kept", split=part)] if part and part["manual"] else []


def split(value: Value | None, counted: Decimal | None) -> dict[str, str] | None:
    """What of a number was counted by the bot, and what was declared: for "45 máy đếm + 10 tự khai"."""
    if value is None or value.number is None or counted is None:
        return None
    manual = value.number - counted
    return {"counted": format_number(counted), "manual": format_number(manual) if manual else ""}


def moves(sheet: Sheet) -> dict[str, tuple[Decimal | None, Decimal]]:
    """The answers whose counted part is no longer what the bot counts: the numbers before and now.

    Of a sent report also those of which nothing had been counted, where visits have ended since.
    """
    if sheet.parts is not None or sheet.visits is None:
        return {}
    numbers = {each.code: sheet.values.get(each.code, NOTHING).number for each in sheet.asked}
    counted = sheet.parts_counted
    found = moved({code: (number, counted.get(code)) for code, number in numbers.items()}, sheet.visits)
    sent = {code: value.number for code, value in sheet.filed.items()}
    as_sent = {code: each for code, each in numbers.items() if code not in counted and each == sent.get(code)}
    return {**found, **added(as_sent, sheet.visits, sheet.late_visits)}


def moved_lines(sheet: Sheet) -> list[Line]:
    """Said before a report is sent, and once it was: the bot counts otherwise by now."""
    found = {sheet.form.indicator(code): pair for code, pair in moves(sheet).items()}
    rows = [
        {"label": each.short_label, "old": shown(Value(old)), "new": format_number(new)}
        for each, (old, new) in found.items()
    ]
    turns = [new - (old or 0) for each, (old, new) in found.items() if each.counts and each.counts.measure == "turns"]
    said = {"sent": sheet.is_submitted, "turns": max(turns, default=Decimal(0))}
    return [line("visit_count.moved", rows=rows[:NAMED], more=max(len(rows) - NAMED, 0), **said)] if rows else []


def follows_only(sheet: Sheet, changes: Iterable[Sequence[str]]) -> bool:
    """Whether a correction does nothing but take the counted parts as they are now."""
    codes = [each[0] for each in changes if each[0] != NO_ACTIVITY]
    visited = {each.code for each in sheet.form.visited}
    filed, values, now = sheet.filed, sheet.values, sheet.parts_counted
    before = {code: row.counted for code, row in sheet.answers.items()}
    return bool(codes) and all(
        code in visited
        and declared(filed.get(code, NOTHING).number, before.get(code))
        == declared(values.get(code, NOTHING).number, now.get(code))
        for code in codes
    )


def moved_rows(sheet: Sheet) -> Rows:
    return ((_act(sheet, "button_update", "update"),),) if moves(sheet) else ()


def show_visits(sheet: Sheet, code: str = "") -> Button:
    """To the visits behind a number, or behind the whole report."""
    return Button("visit_count.button_visits", "visit_count.list", sheet.report.id, arg=f"{code}.0")


def _act(sheet: Sheet, label: str, action: str, arg: str = "", **values: Any) -> Button:
    return Button(f"visit_count.{label}", f"visit_count.{action}", sheet.report.id, sheet.report.version, arg, values)
