"""Finding a guide and reading it (hướng dẫn): for everybody, guests too."""

from __future__ import annotations

from handlers import guide_find, menu
from handlers.access import public
from handlers.guide_pages import card, fields_page, guide_of, list_page, step_page
from handlers.turn import Handler, Turn
from models.messages import Message


@public
async def begin(turn: Turn) -> list[Message]:
    """`/huongdan`, alone or with what is looked for behind it."""
    _, _, wanted = turn.text.strip().partition(" ") if turn.text.startswith("/") else ("", "", "")
    if turn.incoming.kind == "text" and wanted.strip():
        return await guide_find.results(turn, wanted)
    return [await fields_page(turn)]


@public
async def field(turn: Turn) -> list[Message]:
    book = await turn.guides.current(turn.session)
    named = next((each for each in book.fields if each.code == turn.press.arg), None)
    if named is None:
        return [await fields_page(turn)]
    return [list_page(turn, "guide.field", book.in_field(named.code), {"field": named.title})]


@public
async def show(turn: Turn) -> list[Message]:
    guide = await guide_of(turn, turn.press.arg)
    return [await card(turn, guide) if guide else await fields_page(turn)]


@public
async def step(turn: Turn) -> list[Message]:
    code, _, name = turn.press.arg.partition(".")
    guide = await guide_of(turn, code)
    if guide is None:
        return await menu.stale(turn)
    if not guide.has_step(name):  # the guide was rewritten since the button was drawn
        return [await card(turn, guide, notice="access.stale")]
    return [step_page(turn, guide, guide.step(name))]


COMMANDS: dict[str, Handler] = {"huongdan": begin}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"guide.field": field, "guide.show": show, "guide.step": step}
