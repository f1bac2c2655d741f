"""The rounds of an office: the list, the page of one, and what a new one may be made of."""

from __future__ import annotations

from handlers.board_view import count_facts
from handlers.menu import go
from handlers.report_sheet import Line
from handlers.turn import Turn
from handlers.unit_pages import back_to
from models import board, groups, rounds
from models.messages import Button, Message
from models.rounds import Round
from models.rules.deadlines import standing
from models.rules.periods import local_day
from models.tables import Unit

MOST_FORMS = 8
MOST_GROUPS = 6
Rows = list[tuple[Button, ...]]


async def round_list(turn: Turn, unit: Unit) -> Message:
    found = await rounds.rounds_of(turn.session, turn.library, unit)
    rows = [
        (
            Button(
                "round.button_round",
                "round.show",
                unit.id,
                arg=str(each.period.id),
                values={"title": each.title, "due": each.period.due_at, "open": each.open},
            ),
        )
        for each in found
    ]
    begin = (Button("round.button_begin", "round.begin", unit.id),)
    return Message("round.list", {"unit": unit.name, "count": len(found)}, (begin, *rows, back_to(unit)))


async def page(turn: Turn, unit: Unit, found: Round, *before: Line) -> Message:
    """How far it is, and what may be done with it."""
    counted = (await board.board(turn.session, unit.path, found.period.id, turn.now)).counts
    stands = standing(found.period.due_at, None, turn.now, turn.zone)
    values = count_facts(counted) | {
        "title": found.title,
        "unit": unit.name,
        "due": found.period.due_at,
        "kind": stands.kind,
        "days": stands.days,
        "open": found.open,
        "before": list(before),
    }
    on_board = Button("round.button_board", "board.open", unit.id, arg=f"{found.period.id}.0")
    rows: list[tuple[Button, ...]] = [(on_board,)]
    if found.open:
        rows.append((act(unit, found, "move"), act(unit, found, "close")))
    back = Button("round.button_list", "round.list", unit.id)
    return Message("round.page", values, (*rows, (back, go("menu"))))


def act(unit: Unit, found: Round, action: str, arg: str = "", label: str = "") -> Button:
    """A button about one round: the office stands as its object, the round in its words."""
    word = f"{found.period.id}:{arg}" if arg else str(found.period.id)
    return Button(f"round.button_{label or action}", f"round.{action}", unit.id, arg=word)


async def form_rows(turn: Turn, unit: Unit) -> Rows:
    """A button for each form of the plans in force."""
    known = (await rounds.forms(turn.session, turn.library))[:MOST_FORMS]
    return [
        (Button("round.button_form", "round.form", unit.id, arg=each.form.code, values={"title": each.form.title}),)
        for each in known
    ]


async def whom_rows(turn: Turn, unit: Unit) -> Rows:
    """The kinds of unit that there are below, the office's groups, and picking by name."""
    kinds = await rounds.kinds_below(turn.session, unit)
    offered = [kind for kind in ("province", "commune", "affiliated", "team") if kind in kinds]
    if "commune" in offered and "affiliated" in offered:
        offered.remove("affiliated")
    rows: Rows = [(Button(f"round.button_whom_{kind}", "round.whom", unit.id, arg=f"kind:{kind}"),) for kind in offered]
    for each in (await groups.owned(turn.session, unit.id, local_day(turn.now, turn.zone)))[:MOST_GROUPS]:
        values = {"name": each.group.name, "units": each.units}
        rows.append((Button("round.button_group", "round.whom", unit.id, arg=f"group:{each.group.id}", values=values),))
    return [*rows, (Button("round.button_by_name", "round.whom", unit.id, arg="pick"),)]
