"""Drafts of announcements, what came to somebody, and what of both is known, forgotten and joined with a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.files import XLSX
from models import announcements, file_names, merging, own_announcements, privacy, received_announcements
from models.announcement_messages import group_message_of, message_of
from models.announcements import CANCELLED, DRAFT, SENT, Announced
from models.database import Database
from models.rules import Refusal
from models.tables import Announcement, Audit, Person, Recipient, Unit
from tests.announcing import NOW
from tests.desk import WORDS
from tests.office import open_office

PROVINCE, COMMUNE, OTHER = 1, 2, 3  # units; the coordinator of the province is person 1, leaders from 4 on
MINE, COLLEAGUE, LEADER, TWIN = 1, 5, 4, 6
LATER = NOW + timedelta(hours=1)
FILE = {"sha256": "a" * 64, "name": "lịch.xlsx", "mime": XLSX, "size": 5}


@pytest.fixture
async def office(db: Database) -> Database:
    return (await open_office(db, communes=2, teams=6)).db


async def write(session: AsyncSession, unit: int = PROVINCE, author: int = MINE, **fields: Any) -> Announcement:
    return await announcements.begin(session, await session.get_one(Unit, unit), author, NOW, {"text": "A"} | fields)


async def went_out(session: AsyncSession, *people: int, unit: int = PROVINCE, **fields: Any) -> Announcement:
    """An announcement that these people got."""
    made = await write(session, unit, **fields)
    made.state, made.send_at = SENT, NOW
    session.add_all([Recipient(announcement_id=made.id, person_id=each, state="sent") for each in people])
    await session.flush()
    return made


async def found(session: AsyncSession, announcement: Announcement) -> Announced:
    announced = await announcements.find(session, announcement.id)
    assert announced is not None
    return announced


# --- drafts ---------------------------------------------------------------------------------------------------------


async def test_a_draft_keeps_what_a_body_says_and_gives_it_back(office: Database) -> None:
    body: dict[str, Any] = {
        "text": "*A*", "link": {"label": "", "url": "https://a.vn"}, "files": [FILE], "kind": "news",
        "audience": {"units": [2]}, "asks_proof": True,
    }  # fmt: skip
    async with office.write() as session:
        made = await write(session, **body, state="sent", unknown=1)
    async with office.read() as session:
        kept = await session.get_one(Announcement, made.id)
        assert (kept.state, announcements.body_of(kept)) == (DRAFT, body)


async def test_every_change_makes_older_buttons_stale_and_is_written_down(office: Database) -> None:
    async with office.write() as session:
        made = await write(session)
        await announcements.change(session, made, LATER, text="B", asks_proof=True)
        assert (made.version, made.text) == (2, "B")
        noted = (await session.scalars(select(Audit).where(Audit.object == f"announcement:{made.id}"))).all()
        assert [(each.action, each.person_id) for each in noted] == [
            ("announcement.begin", MINE),
            ("announcement.change", MINE),
        ]
        assert noted[1].detail == {"fields": ["asks_proof", "text"]}


async def test_a_draft_thrown_away_is_empty_and_its_number_is_never_used_again(office: Database) -> None:
    async with office.write() as session:
        made = await write(session, files=[FILE], link={"label": "", "url": "https://a.vn"})
        await announcements.discard(session, made, LATER)
        assert (made.state, made.text, made.files, made.link) == (CANCELLED, "", [], {})
        assert (await write(session)).id > made.id
        with pytest.raises(Refusal, match="no_draft"):
            await announcements.discard(session, made, LATER)


async def test_a_draft_is_in_its_authors_lists_alone_and_the_rest_in_those_of_the_office(office: Database) -> None:
    async with office.write() as session:
        draft, planned = await write(session), await write(session)
        planned.state, planned.send_at = "planned", LATER
        below = await went_out(session, LEADER, unit=COMMUNE, author=COLLEAGUE)
        elsewhere = await went_out(session, LEADER, unit=OTHER, author=COLLEAGUE)
        await session.flush()
        province, commune = "/1/", f"/1/{COMMUNE}/"

        async def numbers(path: str, who: int, name: str) -> list[int]:
            listed = await announcements.of_office(session, [path], who, name)
            assert len(listed) == (await announcements.count_by_list(session, [path], who))[name]
            return [each.announcement.id for each in listed]

        assert await numbers(province, MINE, "drafts") == [draft.id]
        assert await numbers(province, COLLEAGUE, "drafts") == []
        assert await numbers(province, COLLEAGUE, "planned") == [planned.id]
        assert await numbers(province, MINE, "done") == [elsewhere.id, below.id]
        assert await numbers(commune, MINE, "done") == [below.id]
        assert await numbers(commune, MINE, "planned") == []
        paged = await announcements.of_office(session, [province], MINE, "done", offset=1, limit=1)
        assert [each.announcement.id for each in paged] == [below.id]


async def test_what_is_done_is_listed_by_when_it_went_out_and_what_was_refused_is_still_being_written(
    office: Database,
) -> None:
    async with office.write() as session:
        early, late, refused = [await write(session) for _ in range(3)]
        for each, state, at in ((early, "sent", LATER + timedelta(days=2)), (late, "recalled", LATER)):
            each.state, each.send_at = state, at
        refused.state = "refused"
        await session.flush()
        done = await announcements.of_office(session, ["/1/"], MINE, "done")
        assert [each.announcement.id for each in done] == [early.id, late.id]
        assert [each.announcement.id for each in await announcements.of_office(session, ["/1/"], MINE, "drafts")] == [
            refused.id
        ]


# --- what came ------------------------------------------------------------------------------------------------------


async def test_what_waits_for_being_confirmed_comes_first_and_nobody_elses_is_there(office: Database) -> None:
    async with office.write() as session:
        asks = await went_out(session, LEADER, TWIN, asks_proof=True)
        news = await went_out(session, LEADER)
        later = await went_out(session, TWIN)
        latest = await received_announcements.latest(session, LEADER, 0, 9)
        assert [(each.number, each.is_open) for each in latest] == [(asks.id, True), (news.id, False)]
        assert await received_announcements.count(session, LEADER) == (2, 1)
        theirs = (await session.scalars(select(Recipient.id).where(Recipient.announcement_id == later.id))).one()
        assert await received_announcements.find(session, LEADER, theirs) is None
        assert await received_announcements.find(session, TWIN, theirs) is not None


@pytest.mark.parametrize("state", ["recalled", "replaced"])
async def test_what_holds_no_more_is_found_again_but_waits_for_nothing(office: Database, state: str) -> None:
    async with office.write() as session:
        made = await went_out(session, LEADER, asks_proof=True)
        made.state = state
        newer = await went_out(session, LEADER)
        newer.replaces_id, newer.started_at = made.id, NOW
        await session.flush()
        assert await received_announcements.count(session, LEADER) == (2, 0)
        latest = await received_announcements.latest(session, LEADER, 0, 9)
        assert [(each.number, each.holds, each.is_open) for each in latest] == [
            (newer.id, True, False),
            (made.id, False, False),
        ]
        assert await received_announcements.replaced_by(session, [made.id]) == {made.id: newer.id}


@pytest.mark.parametrize(
    "state, row", [("planned", "waiting"), ("recalled", "muted"), ("replaced", "failed"), ("sent", "stopped")]
)
async def test_cannot_read_what_never_came(office: Database, state: str, row: str) -> None:
    async with office.write() as session:
        made = await went_out(session, LEADER, asks_proof=True)
        made.state = state
        got = (await session.scalars(select(Recipient))).one()
        got.state = row
        await session.flush()
        assert await received_announcements.count(session, LEADER) == (0, 0)
        assert await received_announcements.find(session, LEADER, got.id) is None


# --- how it looks ---------------------------------------------------------------------------------------------------


async def test_a_recipient_sees_what_the_author_saw_in_the_test(office: Database) -> None:
    async with office.write() as session:
        link = {"label": "Xem", "url": "https://a.vn/x"}
        made = await write(session, asks_proof=True, link=link, files=[FILE])
        announced = await found(session, made)
        real, test = message_of(announced, recipient_id=7), message_of(announced, is_test=True)
        said = WORDS.say(test.key, test.values)
        assert "BẢN THỬ" in said
        assert said.endswith(WORDS.say(real.key, real.values))
        labels = [[button.label for button in row] for row in real.buttons]
        assert labels == [[button.label for button in row] for row in test.buttons]
        acts = [(each.action, each.object) for row in real.buttons for each in row if each.action]
        assert acts == [("announcement.confirm", 7), ("announcement.reply", 7)]
        assert {each.action for row in test.buttons for each in row} == {"", "announcement.sample"}
        assert real.values["announcement_files"] == [{"sha256": FILE["sha256"], "name": FILE["name"]}]


async def test_a_chat_of_several_people_gets_nothing_to_press_but_links(office: Database) -> None:
    async with office.write() as session:
        made = await write(session, asks_proof=True, link={"label": "Xem", "url": "https://a.vn/x"})
        shown = group_message_of(await found(session, made), "https://t.me/bot")
        assert [each.url for row in shown.buttons for each in row] == ["https://a.vn/x", "https://t.me/bot"]
        assert "Đã nắm" not in WORDS.say(shown.key, shown.values)


async def test_a_table_sent_along_is_not_forgotten_with_those_that_were_read(office: Database) -> None:
    async with office.write() as session:
        await write(session, files=[FILE])
        await write(session, files=[FILE | {"sha256": "b" * 64, "mime": "application/pdf"}])
        assert await file_names.in_announcements(session, XLSX) == {"a" * 64}


# --- people ---------------------------------------------------------------------------------------------------------


async def test_somebody_sees_what_they_wrote_and_got(office: Database) -> None:
    async with office.write() as session:
        made = await went_out(session, LEADER, MINE)
        mine = await own_announcements.facts(session, MINE)
        assert [(each["kind"], each["number"]) for each in mine] == [
            ("announcement", made.id),
            ("announcement_got", made.id),
        ]
        theirs = await own_announcements.facts(session, LEADER)
        assert [each["kind"] for each in theirs] == ["announcement_got"]
        assert await own_announcements.facts(session, TWIN) == []
        assert "thông báo số" in WORDS.say("account.data", {"facts": [*mine, *theirs], "page": 1, "pages": 1})


async def test_whoever_is_forgotten_leaves_no_draft_and_no_name_and_the_ledger_adds_up(office: Database) -> None:
    async with office.write() as session:
        draft, gone_out = await write(session, text="Nháp"), await went_out(session, MINE, LEADER)
        await privacy.erase(session, MINE, event=("telegram", "e"), now=LATER)
        assert (draft.state, draft.text) == (CANCELLED, "")
        assert (await found(session, gone_out)).author == ""
        rows = (await session.scalars(select(Recipient).where(Recipient.announcement_id == gone_out.id))).all()
        assert [(each.state, each.account_id, each.reason) for each in rows] == [("sent", None, "")] * 2
        assert gone_out.text == "A", "what the office said stays said"


@pytest.mark.parametrize("who", [LEADER, TWIN])
async def test_two_who_are_one_confirm_once(office: Database, who: int) -> None:
    async with office.write() as session:
        both = await went_out(session, LEADER, TWIN, asks_proof=True)
        only = await went_out(session, TWIN, asks_proof=True)
        mine = (Recipient.announcement_id == both.id, Recipient.person_id == who)
        (await session.scalars(select(Recipient).where(*mine))).one().confirmed_at = NOW
        into, gone = await session.get_one(Person, LEADER), await session.get_one(Person, TWIN)
        await session.flush()
        await merging._merge(session, into, gone, LATER)
        rows = (await session.scalars(select(Recipient).where(Recipient.announcement_id == both.id))).all()
        assert [each.confirmed_at for each in rows] == [NOW, NOW]
        assert len(rows) == 2, "the numbers of the ledger stay as they were"
        assert await received_announcements.count(session, LEADER) == (2, 1)
        left = select(Recipient.person_id, Recipient.confirmed_at).where(Recipient.announcement_id == only.id)
        assert (await session.execute(left)).one() == (LEADER, None)
