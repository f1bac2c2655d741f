"""Telling people that their unit has changed: one message each, in the morning when it happens at night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox, people
from models.heads import Address, heads_of_units
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.rules import Refusal
from models.rules.permissions import COORDINATOR, LEADER
from models.rules.reminders import Quiet
from models.rules.trees import Node, open_children
from models.rules.unit_changes import MOVE, SPLIT, Plan
from models.tables import Outbox, Unit, UnitChange
from models.unit_heirs import Bequest
from models.zone import zone_of

DRAFTS = 3  # buttons to what was begun and never sent

Concerned = dict[int, tuple[Address, int]]  # person → where to write to, and the unit it is about for them


async def concerned(session: AsyncSession, tree: Mapping[int, Node], plan: Plan, now: datetime) -> Concerned:
    """Whoever answers for a unit that changes, or for a team that is moved with it; asked before roles are handed on.

    Who answers for a unit that only receives is told as well, unless it is an office above, which decided this.
    """
    ids = list(plan.units)
    if plan.into and not any(tree[each].path.startswith(tree[plan.into].path) for each in plan.units):
        ids.append(plan.into)
    if plan.kind != MOVE and (plan.ceasing(tree) or plan.kind == SPLIT):
        ids += [child.id for each in plan.units for child in open_children(tree, each)]
    found: Concerned = {}
    heads = await heads_of_units(session, now, ids)
    for unit_id in ids:
        for head in heads.get(unit_id, ()):
            if head.kind in (LEADER, COORDINATOR) and head.address is not None:
                found.setdefault(head.person_id, (head.address, unit_id))
    return found


async def tell(
    session: AsyncSession,
    row: UnitChange,
    plan: Plan,
    before: Mapping[int, Node],
    units: Mapping[int, Unit],
    to: Concerned,
    done: Bequest,
    now: datetime,
) -> int:
    """Owe everybody concerned their message; whoever did it knows. Returns how many."""
    at = Quiet().quiet_until(now, zone_of(session))
    facts = _facts(row, plan, before, units)
    heirs = {plan.into, *row.body.get("made", ()), *plan.units}
    rows = []
    for person_id, (address, unit_id) in to.items():
        if person_id == row.created_by:
            continue
        drafts = done.drafts[:DRAFTS] if unit_id in heirs else ()
        values = facts | {"unit": units[unit_id].name, "under": _under(units, unit_id), "drafts": len(drafts)}
        opened = [
            (Button("unit_change.button_draft", "report.view", each.report_id,
                    values={"unit": each.unit_name, "key": each.period_key}),)
            for each in drafts
        ]  # fmt: skip
        message = Message(
            "unit_change.told", values, (*opened, (Button("unit_change.button_mine", "go", arg="donvi"),))
        )
        rows.append(_row(f"unit_change:{row.id}:{address.account_id}", address, message, at, now))
    return await insert_once(session, Outbox, rows)


async def tell_planner(session: AsyncSession, row: UnitChange, no: Refusal, now: datetime) -> None:
    """What was planned and cannot be done any more: whoever planned it hears why."""
    account = await people.account_of(session, row.created_by) if row.created_by else None
    if account is None:
        return
    values = {"kind": row.kind, "day": row.on_day, "problem": no.key, "details": no.values}
    message = Message("unit_change.failed", values, ((Button("unit_change.button_mine", "go", arg="donvi"),),))
    at = Quiet().quiet_until(now, zone_of(session))
    once = f"unit_change:{row.id}:failed:{account.id}"
    await outbox.promise(
        session, message, account=account, once=once, kind=outbox.NEWS, lane=outbox.ALERT, at=at, now=now
    )


def _facts(row: UnitChange, plan: Plan, before: Mapping[int, Node], units: Mapping[int, Unit]) -> dict[str, Any]:
    made = [units[each].name for each in row.body.get("made", ())]
    into = units[plan.into].name if plan.into else ""
    return {
        "kind": plan.kind,
        "day": plan.day,
        "reason": plan.reason,
        "units": [before[each].name for each in plan.units],
        "into": into or ", ".join(plan.names or made),
        "is_new": not plan.into,
    }


def _under(units: Mapping[int, Unit], unit_id: int) -> str:
    unit = units[unit_id]
    above = units.get(unit.parent_id or 0)
    return above.name if above is not None and unit.closed_on is None else ""


def _row(once: str, to: Address, message: Message, at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "once": once,
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.ALERT,
        "kind": outbox.NEWS,
        "body": pack(message) | {"account": to.account_id},
        "due_at": at,
        "created_at": now,
    }
