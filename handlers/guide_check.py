"""Guides to hold against the portal again (cần kiểm tra lại), and the word that one was found right today."""

from __future__ import annotations

from handlers.access import needs
from handlers.guide_desk import back_to_desk, back_to_guide, desk_page
from handlers.guide_offices import office_in_talk, office_of
from handlers.guide_pages import fields_page, guide_of, place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.question_pages import page_number
from handlers.turn import Handler, Turn
from handlers.unit_pages import turning
from models import guide_checks
from models.guides import check_of
from models.messages import Button, Message
from models.rules.folding import clean
from models.rules.guides import Guide
from models.tables import Unit

APP = "guide_check.app"  # the flow: the version of the application is typed
PAGE = 6  # guides on a screen
LONGEST = 60  # characters of an application's name and version


@needs("guide.propose")
async def show(turn: Turn) -> list[Message]:
    """What is due, the longest overdue first."""
    unit = await office_of(turn)
    turn.end()
    return [await _list(turn, unit, page_number(turn.press.arg))]


@needs("guide.propose")
async def done(turn: Turn) -> list[Message]:
    """The guide was found right today; where menus of an application are named, its version is asked."""
    unit = await office_of(turn)
    guide = await guide_of(turn, turn.press.arg)
    if guide is None:
        return [await fields_page(turn)]
    if not guide.check.app:
        return [await _checked(turn, guide, unit, "")]
    turn.ask(APP, unit=unit.id, guide=guide.code)
    return [await _question(turn, guide, unit)]


@needs("guide.propose")
async def take(turn: Turn) -> list[Message]:
    unit = await office_in_talk(turn)
    guide = await guide_of(turn, str(turn.talk.data.get("guide", "")))
    if guide is None:
        return [await fields_page(turn)]
    if await refused(turn, office=True):
        return [await _question(turn, guide, unit, "guide_check.no_version")]
    if turn.incoming.kind != "text":
        return [await _question(turn, guide, unit, "question.only_text")]
    app = " ".join(clean(turn.text).split())
    if len(app) > LONGEST or not any(each.isdigit() for each in app):
        return [await _question(turn, guide, unit, "guide_check.no_version")]
    return [await _checked(turn, guide, unit, app)]


@needs("guide.propose")
async def skip(turn: Turn) -> list[Message]:
    """Nobody looked at the version."""
    unit = await office_of(turn)
    guide = await guide_of(turn, turn.press.arg)
    if guide is None:
        return [await fields_page(turn)]
    if turn.talk.flow != APP or turn.talk.data.get("guide") != guide.code:
        return [await desk_page(turn, unit, notice="access.stale")]
    return [await _checked(turn, guide, unit, "")]


async def _checked(turn: Turn, guide: Guide, unit: Unit, app: str) -> Message:
    today = turn.now.astimezone(turn.zone).date()
    await guide_checks.check(turn.session, guide, today, app, unit, by=turn.person_id, now=turn.now)
    turn.end()
    left = len(await guide_checks.due(turn.session, await turn.guides.current(turn.session), today))
    values = {"guide": guide.short_title, "on": today, "app": app, "left": left}
    more = ((Button("guide_check.button_more", "guide_check.list", unit.id),),) if left else ()
    rows = (*more, (back_to_guide(unit, guide), back_to_desk(unit)), (go("menu"),))
    return Message("guide_check.done", values, rows, place=place_of(turn))


async def _list(turn: Turn, unit: Unit, number: int) -> Message:
    book = await turn.guides.current(turn.session)
    found = await guide_checks.due(turn.session, book, turn.now.astimezone(turn.zone).date())
    here = found[number * PAGE : (number + 1) * PAGE]
    lines = [
        (Button("guide_check.button_line", "guide_desk.guide", unit.id, arg=each.guide.code, values=_values(each)),)
        for each in here
    ]
    pages = turning("guide_check.list", unit.id, number, len(found) > (number + 1) * PAGE)
    rows = (*lines, *pages, (back_to_desk(unit), go("menu")))
    return Message("guide_check.list", {"count": len(found)}, rows, place=place_of(turn))


def _values(due: guide_checks.Due) -> dict[str, object]:
    return {"guide": due.guide.short_title, "on": due.on}


async def _question(turn: Turn, guide: Guide, unit: Unit, before: str = "") -> Message:
    check = await check_of(turn.session, guide)
    skip = Button("guide_check.button_skip", "guide_check.skip", unit.id, arg=guide.code)
    values = {"before": before, "guide": guide.short_title, "app": check.app}
    return Message("guide_check.ask_app", values, ((skip,), (go("huy"),)), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {APP: take}
ACTIONS: dict[str, Handler] = {"guide_check.list": show, "guide_check.done": done, "guide_check.skip": skip}
