"""Choosing recipients on the screens: nothing forged is kept, nothing stale, every page has its words and buttons."""

from __future__ import annotations

from typing import Any

import pytest

from bot.signing import Signer
from handlers import announcement_audience, announcement_audience_lists
from handlers.announcement_audience_card import FLOW, acts
from handlers.turn import Handler, Press, Turn
from models import announcements
from models.database import Database
from models.insertion import insert_once
from models.messages import Incoming, Message
from models.people import actor_of
from models.rules import Refusal
from models.rules.audiences import Audience, audience_of
from models.tables import Account, Announcement, Group, Person, Role, Talk, Unit
from tests.office import Office, at, named, open_office
from tests.shipped import words_in

NOW = at("2026-11-26", "09:00")
NEAR, FAR = 2, 3
SPEAKER, COLLEAGUE = 101, 102
DRAFT, OTHERS, SENT, EARLIER = 60_000_001, 60_000_002, 60_000_003, 60_000_004  # long enough to try the room in a button
WORDS = words_in()
ACTIONS: dict[str, Handler] = {**announcement_audience.ACTIONS, **announcement_audience_lists.ACTIONS}
FORGED = ("units:3:", "but_units:3:", "units:1:", "groups:1:", "people:7:", f"earlier:{EARLIER}:", "late:999:")
SENSELESS = (
    "kinds:planet:",
    "roles:king:",
    "text:1:",
    "units:x:",
    "units::",
    "",
    ":",
    "version:1:",
    "but_roles:leader:",
)


@pytest.fixture
async def office(db: Database) -> Office:
    """Two communes (2 and 3) with a team each (4 and 5); two coordinators of commune 2, one of whom has a draft."""
    office = await open_office(db, communes=2, teams=2)
    await office.tick(at("2026-11-10"), deliver=False)
    async with db.write() as session:
        for who in (SPEAKER, COLLEAGUE):
            await insert_once(session, Person, {"id": who, **named(f"Người {who}"), "created_at": NOW})
            chat = {"id": who, "channel": "webchat", "address": str(who), "person_id": who, "seen_at": NOW}
            await insert_once(session, Account, chat)
            await insert_once(session, Role, {"person_id": who, "unit_id": NEAR, "kind": "coordinator", "since": NOW})
        group = {"id": 1, "unit_id": 1, "kind": "cluster", "name": "Cụm 1", "name_folded": "cum 1", "created_at": NOW}
        await insert_once(session, Group, [group, group | {"id": 2, "unit_id": NEAR}])
        about = {"unit_id": NEAR, "created_at": NOW}
        session.add(Announcement(id=DRAFT, author_id=SPEAKER, **about))
        session.add(Announcement(id=OTHERS, author_id=COLLEAGUE, **about))
        session.add(Announcement(id=SENT, author_id=SPEAKER, state="sent", started_at=NOW, expected=7, **about))
        session.add(Announcement(id=EARLIER, author_id=1, state="sent", **(about | {"unit_id": 1})))
    return office


async def go(
    office: Office, action: str = "", arg: str = "", *, of: int = DRAFT, version: int = 0, text: str = "", **talk: Any
) -> Message:
    async with office.db.write() as session:
        account = await session.get_one(Account, SPEAKER)
        row = Talk(account_id=SPEAKER, flow=FLOW, data={"announcement": of, **talk}, updated_at=NOW)
        incoming = Incoming("webchat", str(SPEAKER), "e", "text" if text else "button", NOW, text=text)
        actor = await actor_of(session, SPEAKER, NOW)
        press = Press(action, of, version, arg)
        turn = Turn(session, incoming, NOW, account, actor, row, office.library, press=press)
        handler = ACTIONS[action] if action else announcement_audience.FLOWS[FLOW]
        return (await handler(turn))[0]


async def kept(office: Office, announcement: int = DRAFT) -> tuple[Audience, int]:
    async with office.db.read() as session:
        row = await session.get_one(Announcement, announcement)
        return audience_of(row.audience), row.version


@pytest.mark.parametrize("arg", [*FORGED, *SENSELESS])
async def test_what_is_not_the_offices_to_choose_is_not_there(office: Office, arg: str) -> None:
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await go(office, "announcement.put", arg)
    assert await kept(office) == (Audience(), 1)


@pytest.mark.parametrize("action, arg", [("announcement.audience", ""), ("announcement.choose", "roles"), ("announcement.put", "units:2:"), ("announcement.pick", "units:2")])  # fmt: skip  # noqa: E501
async def test_only_a_draft_of_ones_own_is_changed(office: Office, action: str, arg: str) -> None:
    for announcement, key in (
        (OTHERS, "permission.not_found"),
        (77, "permission.not_found"),
        (SENT, "announcement.no_draft"),
    ):
        with pytest.raises(Refusal, match=key):
            await go(office, action, arg, of=announcement)
        with pytest.raises(Refusal, match=key):
            await go(office, of=announcement, text="tất cả đội trưởng")
    assert (await kept(office, OTHERS), await kept(office, SENT)) == ((Audience(), 1), (Audience(), 1))


async def test_a_choice_is_kept_at_once_and_pressed_again_taken_back(office: Office) -> None:
    await go(office, "announcement.put", "roles:leader:0", version=1)
    assert await kept(office) == (Audience((NEAR,), roles=("leader",)), 2)
    stale = await go(office, "announcement.put", "roles:leader:0", version=1)
    assert (stale.notice, (await kept(office))[1]) == ("access.stale", 2)
    for arg in (
        "roles:leader:0",
        "but_units:4:0",
        "units:4:0",
        "groups:2:0",
        "people:4:",
        "chats:1:",
        f"earlier:{SENT}:",
    ):
        await go(office, "announcement.put", arg)
    assert (await kept(office))[0] == Audience((NEAR, 4), groups=(2,), people=(4,), earlier=SENT, chats=True)
    for arg in ("units:4:d0", "units:2:d0", "groups:2:d0", "people:4:d0", "chats:1:", f"earlier:{SENT}:d0"):
        await go(office, "announcement.put", arg)
    assert (await kept(office))[0] == Audience()


async def test_a_doubt_is_answered_only_by_what_it_offered(office: Office) -> None:
    asked: dict[str, Any] = {
        "pending": Audience().as_dict(),
        "open": [["x", True, True, [["units", 4, "Đội 0001", "Xã 001"]]]],
    }
    for arg in ("units:5", "people:4", "units:1", "", "units:"):
        assert (await go(office, "announcement.pick", arg, **asked)).notice == "access.stale"
    await go(office, "announcement.pick", "units:4", **asked)
    assert (await kept(office))[0] == Audience(but_units=(4,))
    assert (await go(office, "announcement.pick", "units:4")).notice == "access.stale"


async def test_every_list_has_words_and_buttons_that_fit(office: Office) -> None:
    async with office.db.write() as session:
        draft = await session.get_one(Announcement, DRAFT)
        everything = Audience(
            (NEAR, 4), (2,), ("commune", "team", "affiliated", "province"), ("leader", "officer"),
            await office.period(), (4,), (4,), (2,), (4,), SENT, True,
        )  # fmt: skip
        await announcements.change(session, draft, NOW, audience=everything.as_dict())
        draft.version = 999
    signer = Signer(b"key")
    for name in announcement_audience_lists.LISTINGS:
        for page in (0, 1):
            message = await go(office, "announcement.choose", f"{name}.{page}")
            shown = WORDS.render(message, lambda button: signer.seal(SPEAKER, button))
            assert shown.html.count("\n") <= 12
            assert "  " not in shown.html
    card = WORDS.render(await go(office, "announcement.audience"), lambda button: signer.seal(SPEAKER, button))
    assert card.html.count("\n") <= 12
    assert "như thông báo số" in card.html
    assert signer.seal(SPEAKER, acts(_row(), "tick", "but_people:99000000:d12"))


def _row() -> announcements.Announced:
    return announcements.Announced(Announcement(id=99_000_000, version=999), Unit(id=1, path="/1/"), "")
