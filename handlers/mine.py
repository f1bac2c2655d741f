""" "Của tôi": what somebody has done as a volunteer; and for those who lead a team, what its members have."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, public
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.visit_pages import speaker
from models import own_visits, units, visits
from models.guides import GuideBook
from models.messages import Button, Message
from models.rules.own_visits import Month, by_month, counted_by, period_back
from models.rules.periods import local_day

MONTHS = 5  # earlier ones below this month
GUIDES = 3  # the most used ones
ROWS = 10  # members on one page


@public
async def show(turn: Turn) -> list[Message]:
    """One's own visits, month by month; nobody else's."""
    turn.end()
    since = own_visits.year_before(turn.session, turn.now)
    months = by_month([each.made for each in await own_visits.own(turn.session, speaker(turn), since)])
    unended = await visits.count_unended(turn.session, speaker(turn))
    book = await turn.guides.current(turn.session)
    rows: list[tuple[Button, ...]] = []
    if unended:
        rows.append((Button("mine.button_unended", "visit.list", values={"count": unended}),))
    if months:
        rows.append((Button("mine.button_file", "mine.file"),))
    values = {
        "name": turn.name,
        "months": [_month(each, book) for each in months[: MONTHS + 1]],
        "total": sum(each.turns for each in months),
        "unended": unended,
        "may_log": bool(turn.actor.roles),
    }
    return [Message("mine.show", values, (*rows, (go("huongdan"), go("menu"))), place=place_of(turn))]


def _month(month: Month, book: GuideBook) -> dict[str, Any]:
    used = [
        {"title": guide.short_title if (guide := book.get(code)) else code, "turns": turns}
        for code, turns in month.guides[:GUIDES]
    ]
    return {
        "first": month.first,
        "turns": month.turns,
        "people": month.people,
        "files": month.files,
        "minutes": month.seconds // 60,
        "guides": len(month.guides),
        "used": used,
    }


@public
async def file(turn: Turn) -> list[Message]:
    """The same with every visit, as a table to keep or to put into an award file."""
    back = Button("mine.button_open", "mine.show")
    wanted = {"account": turn.account.id, "person": turn.actor.person_id, "name": turn.name}
    return [Message("mine.file", {"own_visits_file": wanted}, ((back, go("menu")),))]


@needs("roster.read")
async def team(turn: Turn) -> list[Message]:
    """The visits of a team's members in a period of its report; the button carries how many back, and the page."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow("roster.read", unit.path if unit else None)
    assert unit is not None
    back, _, number = turn.press.arg.partition(".")
    ago = min(int(back), 120) if back.isdecimal() else 0
    page = int(number[:3]) if number.isdecimal() else 0
    today, programmes = local_day(turn.now, turn.zone), await turn.library.current(turn.session)
    rule = counted_by([each for _, each in programmes], unit.kind, unit.code or "", today)
    period = period_back(rule, today, ago, turn.zone)
    shares = await own_visits.of_team(turn.session, unit.id, period.starts, period.ends)
    listed = shares[page * ROWS : (page + 1) * ROWS]
    values = {
        "unit": unit.name,
        "first": period.starts,
        "last": period.ends,
        "turns": sum(each.turns for each in shares),
        "people": sum(each.people for each in shares),
        "files": sum(each.files for each in shares),
        "members": len(shares),
        "rows": [
            {"name": each.name, "turns": each.turns, "files": each.files, "minutes": each.seconds // 60}
            for each in listed
        ],
    }
    turns = [_to(unit.id, "button_rest", ago, page + 1)] if len(shares) > (page + 1) * ROWS else []
    turns += [_to(unit.id, "button_first", ago, 0)] if page else []
    away = [_to(unit.id, "button_earlier", ago + 1, 0)] + ([_to(unit.id, "button_later", ago - 1, 0)] if ago else [])
    home = (Button("mine.button_unit", "unit.show", unit.id), go("menu"))
    return [Message("mine.team", values, tuple(row for row in (tuple(turns), tuple(away), home) if row))]


def _to(unit_id: int, label: str, ago: int, page: int) -> Button:
    return Button(f"mine.{label}", "mine.team", unit_id, arg=f"{ago}.{page}")


COMMANDS: dict[str, Handler] = {"cuatoi": show}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"mine.show": show, "mine.file": file, "mine.team": team}
