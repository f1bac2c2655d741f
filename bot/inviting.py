"""The work of the command `invite`: an officer's invitation may be for the units of a group, or for one field."""

from __future__ import annotations

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from bot.office import USAGE, Failed, Office
from models import groups, invitations, scopes
from models.invitations import Issued
from models.programmes import Library
from models.rules.folding import fold
from models.rules.invitations import ROLE_KINDS, InvitationPolicy
from models.rules.periods import local_day
from models.rules.permissions import OFFICER
from models.scopes import EVERYTHING, Scope
from models.tables import Unit


async def invite(office: Office, session: AsyncSession, unit: Unit, role: str, *, group: str, field: str) -> Issued:
    """An invitation by the operator. Raises Failed when the role is not held there, or the scope is not known."""
    if unit.kind not in ROLE_KINDS[role]:
        raise _failed(office, "role_not_here", role=role, unit=unit.name)
    scope = await _scope(office, session, unit, role, group, field)
    return await invitations.issue(
        session, unit, role, by=None, policy=InvitationPolicy(), random=secrets.randbelow, now=office.clock.now(),
        scope=scope,
    )  # fmt: skip


async def _scope(office: Office, session: AsyncSession, unit: Unit, role: str, group: str, field: str) -> Scope:
    if not group and not field:
        return EVERYTHING
    if role != OFFICER or (group and field):
        raise _failed(office, "scope_of_officer")
    if field:
        known = await scopes.fields_known(session, Library())
        if field not in known:
            names = ", ".join(f"{code} ({label})" for code, label in known.items())
            raise _failed(office, "field_unknown", text=field, names=names)
        return Scope(field=field)
    today = local_day(office.clock.now(), office.settings.zone)
    owned = {fold(each.group.name): each.group for each in await groups.owned(session, unit.id, today)}
    if fold(group) not in owned:
        names = ", ".join(each.name for each in owned.values())
        raise _failed(office, "group_unknown", text=group, unit=unit.name, names=names)
    return Scope(group_id=owned[fold(group)].id)


def _failed(office: Office, key: str, **values: str) -> Failed:
    return Failed(office.words.label(f"cli.{key}", values), USAGE)
