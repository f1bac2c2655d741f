"""Coming to a guide by a link: from a web page, or from a poster (tờ quét mã) that hangs in some office."""

from __future__ import annotations

from handlers.guide_pages import FIND, card, fields_page, guide_of
from handlers.turn import Turn
from models import units
from models.messages import Message
from models.rules.guide_links import GuideLink, read_payload


def is_link(payload: str) -> bool:
    return read_payload(payload) is not None


async def opened(turn: Turn, payload: str) -> list[Message]:
    """The guide that the link names; one that is no longer there opens the list of fields."""
    link = read_payload(payload) or GuideLink("")
    unit = await units.with_code(turn.session, link.unit) if link.unit else None
    turn.ask(FIND, **({"unit": unit.id} if unit else {}))
    guide = await guide_of(turn, link.guide)
    return [await card(turn, guide) if guide else await fields_page(turn)]
