"""The picture of a step (hình vẽ màn hình): sent with the step again, so that its buttons stand below the picture."""

from __future__ import annotations

from dataclasses import replace

from handlers import menu
from handlers.access import public
from handlers.guide_pages import card, guide_of, step_page
from handlers.turn import Handler, Turn
from handlers.visit_pages import STEP, reach, screen, stale_screen
from models.messages import Message
from models.rules.guides import Guide, Step


@public
async def show(turn: Turn) -> list[Message]:
    """`arg` is the guide and the step, "G01.kich-hoat"; during a visit the visit goes on below the picture."""
    code, _, name = turn.press.arg.partition(".")
    guide = await guide_of(turn, code)
    if guide is None:
        return await menu.stale(turn)
    if turn.talk.flow == STEP:
        return await _in_visit(turn, guide, name)
    if not guide.has_step(name):  # the guide was rewritten since the button was drawn
        return [await card(turn, guide, notice="access.stale")]
    step = guide.step(name)
    return [_pictured(step_page(turn, guide, step), guide, step)]


async def _in_visit(turn: Turn, guide: Guide, name: str) -> list[Message]:
    visit = await reach(turn, turn.talk.data["visit"])
    if (visit.guide, visit.step) != (guide.code, name) or not guide.has_step(name):
        return await stale_screen(turn, visit)
    return [_pictured(await screen(turn, visit), guide, guide.step(name))]


def _pictured(message: Message, guide: Guide, step: Step) -> Message:
    if step.screen is None:
        return message
    drawn = {"title": step.screen.title, "rows": list(step.screen.rows), "tap": step.screen.tap}
    wanted = {"screen_file": {**drawn, "name": f"{guide.code}-{step.code}"}}
    rows = [tuple(button for button in row if button.action != "picture.show") for row in message.buttons]
    shown = tuple(row for row in rows if row)
    return replace(message, values={**message.values, **wanted}, buttons=shown, place="new")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"picture.show": show}
