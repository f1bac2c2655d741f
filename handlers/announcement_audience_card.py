"""The card of recipients: what was chosen in words, how many that is, and every way to choose more or less."""

from __future__ import annotations

from typing import Any

from handlers.announcement_pages import back
from handlers.guide_pages import place_of
from handlers.report_sheet import Line
from handlers.turn import Turn
from models import announcements, audience_choices, audiences
from models.announcements import Announced
from models.messages import Button, Message
from models.rules.audiences import Audience, audience_of
from models.rules.reaches import Preview

FLOW = "announcement.audience"
LISTS = ("roles", "kinds", "units", "groups", "late", "earlier")  # the lists to choose from, in the order of buttons
Rows = tuple[tuple[Button, ...], ...]


async def keep(turn: Turn, draft: Announced, audience: Audience) -> Message:
    """Keep what was chosen, and show it."""
    await put(turn, draft, audience)
    return await card(turn, draft)


async def put(turn: Turn, draft: Announced, audience: Audience) -> None:
    kept = audience.as_dict()
    await announcements.change(turn.session, draft.announcement, turn.now, by=turn.person_id, audience=kept)


async def card(turn: Turn, draft: Announced, *before: Line, notice: str = "") -> Message:
    turn.ask(FLOW, announcement=draft.announcement.id)
    audience = audience_of(draft.announcement.audience)
    values = {
        "before": list(before),
        "number": draft.announcement.id,
        "unit": draft.unit.name,
        "has_communes": draft.unit.kind in ("central", "province"),
        "chosen": await words_of(turn, draft, audience),
        "preview": shown(await preview(turn, draft, audience)),
    }
    rows = await _rows(turn, draft, audience)
    key = "announcement_audience.card"
    return Message(key, values, rows, expects="text", notice=notice, place=place_of(turn))


async def preview(turn: Turn, draft: Announced, audience: Audience) -> Preview:
    reaches = await audiences.reached(turn.session, audience, draft.unit, draft.announcement.kind, turn.now)
    return audiences.preview(reaches, turn.rates, turn.announcing.sample_names)


async def words_of(turn: Turn, draft: Announced, audience: Audience) -> dict[str, Any]:
    """What was chosen, as the texts word it."""
    return (await audiences.describe(turn.session, audience, draft.unit)).values()


def shown(found: Preview) -> dict[str, Any]:
    """How many that is, as the texts word it."""
    return {
        "total": found.total,
        "reached": found.reached,
        "by_channel": [[channel, count] for channel, count in found.by_channel.items()],
        "unreachable": found.unreachable,
        "muted": found.muted,
        "chats": found.chats,
        "names": list(found.names),
        "more": found.reached - found.chats - len(found.names),
        "seconds": round(found.duration.total_seconds()),
    }


async def _rows(turn: Turn, draft: Announced, audience: Audience) -> Rows:
    lists = [_list(draft, name) for name in LISTS]
    chats = await audience_choices.count_chats(turn.session, draft.unit)
    switch = acts(draft, "button_chats", "chats:1", count=chats, chosen=audience.chats)
    whole = acts(draft, "button_whole", f"units:{draft.unit.id}")
    rows = (
        (whole,) if audience.is_empty else (),
        *(tuple(lists[at : at + 2]) for at in range(0, len(lists), 2)),
        (switch,) if chats or audience.chats else (),
        (_list(draft, "drop"),) if audience != Audience() else (),
        (back(draft),),
    )
    return tuple(row for row in rows if row)


def acts(draft: Announced, label: str, arg: str, **values: Any) -> Button:
    """A button that changes whom it is for: stale once anything in the draft has changed."""
    announcement = draft.announcement
    key = f"announcement_audience.{label}"
    return Button(key, "announcement.put", announcement.id, announcement.version, arg, values)


def _list(draft: Announced, name: str) -> Button:
    return Button(f"announcement_audience.button_{name}", "announcement.choose", draft.announcement.id, arg=name)
