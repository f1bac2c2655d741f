"""After a killed process: say honestly what may not have arrived, and never the same text twice (docs/decisions.md)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import inbox, outbox
from models.database import Database
from models.insertion import insert_once
from models.messages import Message, pack, unpack
from models.outbox import Settled
from models.tables import Outbox

TOGETHER = 10  # leftover events in one commit
QUIET = timedelta(seconds=4)  # a reply whose fate the network hid gets its note after this long


async def close_interrupted(db: Database, now: datetime, *, everything: bool) -> int:
    """Sends that a dead process left open. An edit or a deletion is simply made again; of a new message nobody can
    know, so it is not.

    Returns how many there were.
    """
    async with db.write() as session:
        rows = await outbox.interrupted(session, now, everything=everything)
        endings = [_ending(row, now) for row in rows]
        await outbox.settle(session, endings)
    return len(endings)


def _ending(row: Outbox, now: datetime) -> Settled:
    if row.body.get("card") or row.body.get("delete"):
        return Settled(row.id, "ready", now, due_at=now, error="interrupted")
    return Settled(row.id, "unknown", now, error="interrupted")


async def owe_notes(db: Database, now: datetime, key: str, *, settled_before: datetime | None = None) -> int:
    """One dated note a chat in place of its unclear replies, with the newest of them below; none where a later page
    shows already how things stand. Returns how many.
    """
    async with db.write() as session:
        rows = await outbox.unclear_replies(session)
        newest = {(row.channel, row.address): row for row in rows}
        due = {chat: row for chat, row in newest.items() if _old_enough(row, settled_before)}
        last = [row for row in due.values() if not await outbox.is_overtaken(session, row, outbox.ON_ITS_WAY)]
        await insert_once(session, Outbox, [_note(row, now, key) for row in last])
        await outbox.mark_superseded(session, [row.id for row in rows if (row.channel, row.address) in due], now)
    return len(last)


def _old_enough(row: Outbox, settled_before: datetime | None) -> bool:
    return settled_before is None or row.settled_at is None or row.settled_at <= settled_before


def _note(row: Outbox, now: datetime, key: str) -> dict[str, Any]:
    body = dict(row.body)
    at = now
    if row.kind == "note":  # a note that got lost in its turn: its own inner screen is what matters
        # two starts within one second must not make the same words
        at = max(now, unpack(body).values["at"] + timedelta(seconds=1))
        inner_key, inner_values = body["values"]["inner_key"], body["values"]["inner_values"]
    else:
        inner_key, inner_values = body["key"], body["values"]
    note = pack(Message(key, {"at": at, "second": f"{at.second:02d}", "inner_key": inner_key}))
    note["values"]["inner_values"] = inner_values
    return {
        "once": f"note:{row.id}:{now.timestamp():.0f}:{secrets.token_hex(3)}",
        "channel": row.channel,
        "address": row.address,
        "lane": outbox.REPLY,
        "kind": "note",
        "body": body | note | {"buttons": body["buttons"], "expects": body["expects"], "card": ""},
        "due_at": now,
        "created_at": now,
    }


async def apologise(session: AsyncSession, event_id: int, now: datetime) -> None:
    """An event at which the process died again and again is set aside; its sender is told, with a code to quote."""
    event = await inbox.find(session, event_id)
    if event is None:
        return
    message = Message("trouble.bug", {"code": secrets.token_hex(3).upper()})
    row = {
        "once": f"crashed:{event.id}",
        "channel": event.channel,
        "address": event.chat,
        "lane": outbox.REPLY,
        "kind": "alert",
        "body": pack(message) | {"account": None, "card": ""},
        "due_at": now,
        "created_at": now,
    }
    await insert_once(session, Outbox, row)


async def suspects(db: Database) -> list[list[int]]:
    """Events that an earlier process left waiting, in groups to be answered together: few at a time, so that one which
    kills the process takes few along; whatever was tried before is tried alone.
    """
    async with db.read() as session:
        found = await inbox.leftovers(session)
    groups: list[list[int]] = []
    untried = 0  # in the last group
    for event_id, tries in found:
        if tries == 0 and 0 < untried < TOGETHER:
            groups[-1].append(event_id)
            untried += 1
        else:
            groups.append([event_id])
            untried = 0 if tries else 1
    return groups


async def count_tries(db: Database, event_ids: Sequence[int], now: datetime) -> None:
    """Note a try at suspect events before making it, so that one which kills the process is set aside in the end."""
    async with db.write() as session:
        for event_id in event_ids:
            if await inbox.fail(session, event_id, "crash", inbox.CRASHES):
                await apologise(session, event_id, now)
