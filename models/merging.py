"""Two chats of one person become one person's: the second joins, with whoever it was known as before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Column, Table, UniqueConstraint, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, chats, link_codes, own_announcements, people, privacy, rosters
from models.link_codes import Offered
from models.rules import Refusal
from models.rules.handovers import LIVE
from models.scopes import Scope
from models.tables import Account, Base, HandOver, Person


async def join(session: AsyncSession, offered: Offered, account: Account, now: datetime) -> Refusal | None:
    """Make the chat one of the person's who asked for the code; whoever it was before becomes that person.

    A no is returned: link.used, link.expired, link.already (`name`), link.too_many (`most`), link.hand_over.
    """
    if no := await _moved_on(session, offered, account) or await why_not(session, offered, account):
        return no
    if not await link_codes.take(session, offered.row, account, now):
        return Refusal("link.used")
    if account.person_id is None:
        account.person_id = offered.person.id
    else:
        await _merge(session, offered.person, await session.get_one(Person, account.person_id), now)
    about = f"account:{account.id}"
    audit.note(session, at=now, person_id=offered.person.id, action="link.join", object=about)
    await session.flush()
    return None


async def why_not(session: AsyncSession, offered: Offered, account: Account) -> Refusal | None:
    """What stands in the way: more chats than one person has; a hand-over from the one to the other."""
    theirs = await chats.of_person(session, account.person_id) if account.person_id is not None else (account,)
    if len(await chats.of_person(session, offered.person.id)) + len(theirs) > chats.MOST:
        return Refusal("link.too_many", most=chats.MOST)
    both = (offered.person.id, account.person_id)
    waits = (HandOver.state.in_(LIVE), HandOver.from_person.in_(both), HandOver.to_person.in_(both))
    if await session.scalar(select(HandOver.id).where(*waits).limit(1)) is not None:
        return Refusal("link.hand_over")
    return None


async def _moved_on(session: AsyncSession, offered: Offered, account: Account) -> Refusal | None:
    """Keep everybody else from both people; of two who use each other's codes the second sees what the first made."""
    await session.flush()
    both = Person.id.in_((offered.person.id, account.person_id))
    locked = select(Person).where(both).order_by(Person.id).with_for_update()
    found = (await session.scalars(locked.execution_options(populate_existing=True))).all()
    holder = await session.scalar(select(Account.person_id).where(Account.id == account.id).with_for_update())
    if holder is not None and holder in (offered.person.id, offered.person.merged_into):
        return Refusal("link.already", name=(await session.get_one(Person, holder)).name)
    if holder != account.person_id or any(each.merged_into or each.erased_at for each in found):
        return Refusal("link.expired")
    return None


async def _merge(session: AsyncSession, into: Person, gone: Person, now: datetime) -> None:
    """Everything that bears the number of `gone` bears that of `into`; only the audit keeps what was written then.

    Nothing is deleted: a role that both hold ends once, and the row of `gone` says who they are now.
    """
    held = await privacy.roles_of(session, gone.id, now)
    for each in held:
        scope = Scope(each.role.group_id, each.role.field)
        if await people.held_role(session, into.id, each.unit.id, each.role.kind, now, scope) is not None:
            await people.end_role(session, each.role, by=into.id, now=now)
    for account in await chats.of_person(session, gone.id):
        account.person_id = into.id
    await session.flush()
    await own_announcements.join(session, into.id, gone.id)
    for column in _person_columns():
        await _rename(session, column, gone.id, into.id)
    await session.execute(update(Person).where(Person.merged_into == gone.id).values(merged_into=into.id))
    gone.merged_into = into.id
    await rosters.link_everywhere(session, into, now)
    detail = {"into": into.id, "roles": [each.role.id for each in held]}
    audit.note(session, at=now, person_id=into.id, action="person.merge", object=f"person:{gone.id}", detail=detail)


def _person_columns() -> Iterator[Column[int]]:
    """Every column that names a person, of every table there is: none is forgotten when one is added."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is Person.__table__.c.id for key in column.foreign_keys):
                yield column


async def _rename(session: AsyncSession, column: Column[int], old: int, new: int) -> None:
    """Put one number in place of another, except where the row would be there twice: then the other's counts."""
    table = column.table
    assert isinstance(table, Table)
    other = table.alias()
    twice = [
        and_(other.c[column.name] == new, *(other.c[each] == table.c[each] for each in together - {column.name}))
        for together in _kept_apart(table)
        if column.name in together
    ]
    changed = update(table).where(column == old).values({column.name: new})
    if twice:
        changed = changed.where(~exists(select(other.c[column.name]).where(or_(*twice))))
    await session.execute(changed)


def _kept_apart(table: Table) -> Iterator[set[str]]:
    """The sets of columns of which no two rows are alike."""
    yield set(table.primary_key.columns.keys())
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield set(constraint.columns.keys())
