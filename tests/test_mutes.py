"""What somebody turned off is theirs on every chat, is shown to them, and goes with them."""

from __future__ import annotations

from sqlalchemy import select

from models import mutes, own_data, privacy
from models.database import Database
from models.rules.mutes import NEWS, WEEKLY
from models.tables import Mute, Person
from tests.office import at, open_office

NOW = at("2026-11-20", "09:00")


async def test_it_is_shown_and_erased_also_what_a_merged_person_left(db: Database) -> None:
    office = await open_office(db, communes=1, teams=2)
    one, other = office.teams
    async with db.write() as session:
        await mutes.mute(session, one, NEWS, NOW)
        await mutes.mute(session, other, NEWS, NOW)
        await mutes.mute(session, 1, WEEKLY, NOW)
        (await session.get_one(Person, other)).merged_into = one
        await session.flush()
        shown = [each for each in await own_data.facts(session, one) if each["kind"] == "mute"]
        assert shown == [{"kind": "mute", "what": NEWS, "at": NOW}]
        await privacy.erase(session, one, event=("webchat", "none"), now=NOW)
        assert list(await session.scalars(select(Mute.person_id))) == [1]
