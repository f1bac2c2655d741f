"""Reading ahead: what a batch of answers to report questions needs, read for all of them at once.

Most events are the next number of somebody's report. Asked for one by one, who is speaking and what the report holds
take longer than answering; together they are a few statements for the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import Channel
from handlers.turn import Press
from models import people, reports, visit_counts
from models.messages import Incoming
from models.people import Known
from models.programmes import Library
from models.tables import Inbox

FLOWS = "report."  # the flows and buttons of a report's own writers: nothing in them changes who anybody is
LEAST = 3  # events for which it is worth while
Events = Sequence[Inbox]
Opened = Callable[[int, str], Press | None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An event with what was read ahead for it; `about`: the chat and the reports it may change."""

    event: Inbox
    incoming: Incoming
    known: Known
    about: frozenset[str | int]


async def read(
    session: AsyncSession,
    library: Library,
    channels: Mapping[str, Channel],
    opened: Opened,
    events: Events,
    now: datetime,
) -> tuple[list[Prepared], list[Inbox]]:
    """The events that answer a question of a report, with what is known of their chats; and the rest, in order.

    Once an event of a chat belongs to the rest, all later ones of that chat do.
    """
    prepared: list[Prepared] = []
    rest: list[Inbox] = []
    if len(events) < LEAST:
        return prepared, list(events)
    heard = [(event, channels[event.channel].read(event.payload)) for event in events]
    known = await _known(session, heard, now)
    waiting: set[tuple[str, str]] = set()
    for event, incoming in heard:
        chat = (event.channel, event.chat)
        mine = known.get(chat, ())
        about = _reports_of(incoming, mine, opened) if incoming is not None and chat not in waiting else set()
        if incoming is not None and about:
            prepared.append(Prepared(event, incoming, mine, frozenset((incoming.address, *about))))
        else:
            waiting.add(chat)
            rest.append(event)
    await reports.read_ahead(session, library, {int(one.known[0].Talk.data.get("report", 0)) for one in prepared})
    return prepared, rest


async def _known(
    session: AsyncSession, heard: Sequence[tuple[Inbox, Incoming | None]], now: datetime
) -> dict[tuple[str, str], Known]:
    chats: dict[str, set[str]] = {}
    for _event, incoming in heard:
        if incoming is not None:
            chats.setdefault(incoming.channel, set()).add(incoming.address)
    return {
        (channel, address): rows
        for channel, addresses in chats.items()
        for address, rows in (await people.known_in(session, channel, addresses, now)).items()
    }


def _reports_of(incoming: Incoming, known: Known, opened: Opened) -> set[int]:
    """The reports that an answer to a question of a report may change; none when the event is anything else."""
    if not known or not incoming.private or incoming.attachments or not known[0].Talk.flow.startswith(FLOWS):
        return set()
    asked = {int(known[0].Talk.data.get("report", 0))}
    if incoming.kind == "button":
        press = opened(known[0].Account.id, incoming.text)
        return asked | {press.object} if press is not None and press.action.startswith(FLOWS) else set()
    return asked if incoming.kind == "text" and not incoming.text.startswith("/") else set()


def forget(session: AsyncSession) -> None:
    """The prepared events are answered: what was read for them may be old for whatever follows."""
    visit_counts.forget_ahead(session)
