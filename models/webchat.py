"""The bubbles of the local web chat, and the phones a visitor added to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.insertion import insert_once
from models.people import is_current
from models.tables import Account, Memo, Role, Unit, WebMessage

COUNTER = "webchat_change"
PHONES = "webchat_phones"
NO_CHANGE = {"last": 0}
RECENT = 50  # own bubbles looked through for a repeat: a double submit comes within seconds


async def add(session: AsyncSession, *, address: str, mine: bool, body: dict[str, Any], at: datetime) -> WebMessage:
    """Put a bubble at the end of a chat."""
    row = WebMessage(address=address, mine=mine, body=body, at=at, edited_at=None, change=await _next_change(session))
    session.add(row)
    await session.flush()
    return row


async def edit(
    session: AsyncSession,
    message_id: int,
    *,
    address: str,
    body: dict[str, Any],
    at: datetime,
    keeps_files: bool = False,
) -> WebMessage | None:
    """Replace what a bubble of the bot says, all but its files when it keeps them; None when this chat has no such
    bubble.
    """
    row = await find(session, message_id)
    if row is None or row.mine or row.address != address:
        return None
    if keeps_files:
        body = body | {"files": row.body["files"]}
    row.body, row.edited_at, row.change = body, at, await _next_change(session)
    await session.flush()
    return row


async def find(session: AsyncSession, message_id: int) -> WebMessage | None:
    return await session.get(WebMessage, message_id)


async def say(session: AsyncSession, *, address: str, nonce: str, body: dict[str, Any], at: datetime) -> WebMessage:
    """Put the person's own bubble at the end of a chat; a second submit of the same nonce finds the first."""
    await _locked(session, COUNTER, NO_CHANGE)
    rows = await session.scalars(
        select(WebMessage)
        .where(WebMessage.address == address, WebMessage.mine.is_(True))
        .order_by(WebMessage.id.desc())
        .limit(RECENT)
    )
    before = next((row for row in rows if row.body.get("nonce") == nonce), None)
    return before or await add(session, address=address, mine=True, body={**body, "nonce": nonce}, at=at)


async def latest(session: AsyncSession, address: str, limit: int) -> list[WebMessage]:
    """The last bubbles of a chat, oldest first."""
    rows = await session.scalars(
        select(WebMessage).where(WebMessage.address == address).order_by(WebMessage.id.desc()).limit(limit)
    )
    return list(reversed(rows.all()))


async def since(session: AsyncSession, change: int, limit: int) -> Sequence[WebMessage]:
    """What was added or edited after a change number, in the order it happened."""
    rows = await session.scalars(
        select(WebMessage).where(WebMessage.change > change).order_by(WebMessage.change).limit(limit)
    )
    return rows.all()


async def last_change(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(WebMessage.change))) or 0


async def phones(session: AsyncSession) -> list[dict[str, str]]:
    """Phones without an invitation, as `{"address": …, "name": …}`, in the order they were added."""
    row = await session.get(Memo, PHONES)
    return list(row.value["phones"]) if row else []


async def roles_held(session: AsyncSession, channel: str, now: datetime) -> dict[str, tuple[str, str]]:
    """By address, the role last given to its holder that holds now: its kind, and the name of its unit."""
    rows = await session.execute(
        select(Account.address, Role.kind, Unit.name)
        .join(Role, Role.person_id == Account.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Account.channel == channel, is_current(now))
        .order_by(Role.id)
    )
    return {address: (kind, unit) for address, kind, unit in rows}


async def add_phone(session: AsyncSession, name_of: str) -> dict[str, str]:
    """Add the next phone; `name_of` has `{number}` where its number belongs."""
    row = await _locked(session, PHONES, {"phones": []})
    listed = list(row.value["phones"])
    number = len(listed) + 1
    phone = {"address": f"phone-{number}", "name": name_of.replace("{number}", str(number))}
    row.value = {"phones": [*listed, phone]}
    await session.flush()
    return phone


async def _next_change(session: AsyncSession) -> int:
    row = await _locked(session, COUNTER, NO_CHANGE)
    number: int = row.value["last"] + 1
    row.value = {"last": number}
    await session.flush()
    return number


async def _locked(session: AsyncSession, name: str, empty: dict[str, Any]) -> Memo:
    # Locked until the commit, so numbers become visible in their own order: a page that saw n has seen all before it
    await insert_once(session, Memo, {"name": name, "value": empty})
    chosen = select(Memo).where(Memo.name == name).with_for_update()
    return (await session.scalars(chosen.execution_options(populate_existing=True))).one()
