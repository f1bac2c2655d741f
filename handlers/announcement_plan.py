"""A draft that shall come again by the calendar: how often, on which day, at which hour, in one line or by buttons."""

from __future__ import annotations

from datetime import time
from typing import Any

from handlers.access import needs, stale
from handlers.announcement_pages import back, card, reach_draft
from handlers.announcement_plan_card import moments, plan_card, rule_values
from handlers.guide_pages import pairs, place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_consent, announcement_plans, announcement_sending
from models.announcement_plans import Planned
from models.announcement_sending import Sending
from models.announcements import Announced
from models.messages import Button, Expects, Message
from models.outbox import NIGHT
from models.rules import Refusal
from models.rules.announcement_times import is_number
from models.rules.announcement_titles import title_from
from models.rules.audiences import audience_of
from models.rules.recurrence import LAST_DAY, MONTHLY, WEEKLY, YEARLY, Wish, read_wish, wish_for, wish_of

WISH, SURE, NUMBER = "announcement_plan.wish", "announcement_plan.sure", "announcement_plan.number"
# what the buttons offer; anything else is typed
DAYS = {
    WEEKLY: tuple(Wish(WEEKLY, day) for day in range(1, 8)),
    MONTHLY: tuple(Wish(MONTHLY, day) for day in (1, 5, 10, 15, 20, LAST_DAY)),
    YEARLY: (Wish(YEARLY, 26, 3), Wish(YEARLY, 10, 10)),  # ngày thành lập Đoàn, ngày chuyển đổi số quốc gia
}
HOURS = (time(7, 30), time(8), time(14), time(16))


@needs("announcement.send")
async def begin(turn: Turn) -> list[Message]:
    """The button of the draft's card; a new wording of a plan comes with the plan's rule."""
    announced = await reach_draft(turn, turn.press.object)
    if lack := _lack_of(announced):
        return [await card(turn, announced, lack)]
    planned = await _reworded(turn, announced)
    return [await _page(turn, announced, Wish() if planned is None else wish_for(planned.rule))]


@needs("announcement.send")
async def choose(turn: Turn) -> list[Message]:
    """A button: what is known of the rule with this too."""
    announced = await reach_draft(turn, turn.press.object)
    if stale(turn, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    if lack := _lack_of(announced):
        return [await card(turn, announced, lack)]
    return [await _page(turn, announced, wish_of(turn.press.arg))]


@needs("announcement.send")
async def take_wish(turn: Turn) -> list[Message]:
    """A rule typed, whole or the part of it that is asked for."""
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    known = wish_of(str(turn.talk.data["wish"]))
    try:
        wish = read_wish(turn.text if turn.incoming.kind == "text" else "", known, NIGHT)
    except Refusal as no:
        return [await _page(turn, announced, known, refusal_line(no))]
    return [await _page(turn, announced, wish)]


@needs("announcement.send")
async def take_number(turn: Turn) -> list[Message]:
    """To very many, each time: the very number is typed once."""
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    count, wish = int(turn.talk.data["count"]), wish_of(str(turn.talk.data["wish"]))
    if not is_number(turn.text if turn.incoming.kind == "text" else "", count):
        return [await _page(turn, announced, wish, line("announcement_plan.wrong_number", count=count))]
    if (await _look(turn, announced)).preview.total != count:
        return [await _page(turn, announced, wish, line("announcement_plan.changed"))]
    return [await _keep(turn, announced, wish)]


@needs("announcement.send")
async def keep(turn: Turn) -> list[Message]:
    announced = await reach_draft(turn, turn.press.object)
    about = (turn.talk.data.get("announcement"), turn.talk.data.get("version"))
    if turn.talk.flow != SURE or about != (announced.announcement.id, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    return [await _keep(turn, announced, wish_of(str(turn.talk.data["wish"])))]


async def _keep(turn: Turn, announced: Announced, wish: Wish) -> Message:
    rule = wish.rule
    if rule is None:
        return await _page(turn, announced, wish)
    title, old = title_from(announced.announcement.text), await _reworded(turn, announced)
    plan = await announcement_plans.keep(
        turn.session, turn.calendar, announced, title, rule, by=turn.person_id, now=turn.now, replaces=old
    )
    planned = await announcement_plans.find(turn.session, plan.id)
    assert planned is not None
    return await plan_card(turn, planned, line("announcement_plan.kept", again=old is not None))


def _lack_of(announced: Announced) -> Line | None:
    if not announced.announcement.text.strip():
        return line("announcement_send.no_text")
    if audience_of(announced.announcement.audience).is_empty:
        return line("announcement_send.nobody")
    return None


async def _reworded(turn: Turn, announced: Announced) -> Planned | None:
    """The plan of which the draft is a new wording, held; None when it is none, or the plan has ended."""
    plan_id = announced.announcement.plan_id
    if plan_id is None or announced.announcement.occurs_at is not None:
        return None
    return await announcement_plans.find(turn.session, plan_id, held=True)


async def _talked_of(turn: Turn) -> tuple[Announced, list[Message] | None]:
    """The draft; and its card instead, when it has changed since."""
    announced = await reach_draft(turn, int(turn.talk.data.get("announcement", 0)))
    if turn.talk.data.get("version") == announced.announcement.version:
        return announced, None
    return announced, [await card(turn, announced, line("announcement_plan.changed"))]


async def _look(turn: Turn, announced: Announced) -> Sending:
    return await announcement_sending.look(turn.session, announced, turn.announcing, turn.rates, turn.now)


# --- the screens ----------------------------------------------------------------------------------------------------


async def _page(turn: Turn, announced: Announced, wish: Wish, *before: Line) -> Message:
    """Whatever is missing is asked; a whole rule is shown with what it means."""
    if wish.rule is not None:
        return await _sure(turn, announced, wish, *before)
    _ask(turn, WISH, announced, wish)
    values = {"before": list(before), "number": announced.announcement.id, "every": wish.every, "lacks": wish.lacks}
    rows = (*_offered(announced, wish), (back(announced), go("huy")))
    return Message("announcement_plan.ask", values, rows, expects="text", place=place_of(turn))


def _offered(announced: Announced, wish: Wish) -> list[tuple[Button, ...]]:
    if wish.lacks == "every":
        each = [Wish(every, at=wish.at) for every in (WEEKLY, MONTHLY, YEARLY)]
        return [tuple(_choice(announced, "button_every", one) for one in each)]
    if wish.lacks == "day":
        days = [Wish(day.every, day.day, day.month, wish.at) for day in DAYS[wish.every]]
        return pairs([_choice(announced, "button_day", one) for one in days])
    hours = [Wish(wish.every, wish.day, wish.month, at) for at in HOURS]
    return pairs([_choice(announced, "button_at", one) for one in hours])


def _choice(announced: Announced, label: str, wish: Wish) -> Button:
    announcement = announced.announcement
    clock = wish.at.strftime("%H:%M") if wish.at else ""
    values = {"every": wish.every, "day": wish.day, "month": wish.month, "at": clock}
    action, arg = "announcement_plan.choose", wish.as_arg()
    return Button(f"announcement_plan.{label}", action, announcement.id, announcement.version, arg, values)


async def _sure(turn: Turn, announced: Announced, wish: Wish, *before: Line) -> Message:
    """The rule with its next moments, and how many it would reach today."""
    rule, sending = wish.rule, await _look(turn, announced)
    assert rule is not None
    must_type = turn.announcing.must_type_number(sending.preview.total)
    _ask(turn, NUMBER if must_type else SURE, announced, wish, count=sending.preview.total)
    coming = await announcement_plans.next_of(turn.session, turn.calendar, rule, turn.now)
    values: dict[str, Any] = {
        "before": list(before),
        "number": announced.announcement.id,
        "unit": announced.unit.name,
        "rule": rule_values(rule),
        "coming": moments(coming),
        "must_type": must_type,
        "needs_consent": sending.needs_consent,
        "reach": announcement_consent.counted(sending),
    }
    announcement = announced.announcement
    sure = Button("announcement_plan.button_keep", "announcement_plan.keep", announcement.id, announcement.version)
    other = _choice(announced, "button_other", Wish())
    rows = (() if must_type else (sure,), (other, back(announced), go("huy")))
    expects: Expects = "number" if must_type else "text"
    shown = tuple(row for row in rows if row)
    return Message("announcement_plan.sure", values, shown, expects=expects, place=place_of(turn))


def _ask(turn: Turn, flow: str, announced: Announced, wish: Wish, **more: Any) -> None:
    announcement = announced.announcement
    turn.ask(flow, announcement=announcement.id, version=announcement.version, wish=wish.as_arg(), **more)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WISH: take_wish, SURE: take_wish, NUMBER: take_number}
ACTIONS: dict[str, Handler] = {
    "announcement_plan.begin": begin,
    "announcement_plan.choose": choose,
    "announcement_plan.keep": keep,
}
