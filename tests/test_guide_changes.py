"""Guides kept right from the chat: a correction is in force everywhere at the next look, decided once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import guides
from models import guide_changes, guide_checks, guide_faults, guide_news, guide_notes, own_data, privacy
from models.database import Database
from models.guide_changes import Proposal, proposal_of
from models.guides import GuideShelf, check_of
from models.messages import Message
from models.rules import Refusal
from models.rules.guide_remarks import MOST_NOTES
from models.tables import Account, Audit, GuideChange, GuideFault, Outbox, Person, Role, Unit

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
AUTHOR, CHIEF, OTHER_CHIEF, VOLUNTEER = 1, 2, 3, 4
TOP, COMMUNE, TEAM = 1, 2, 3
FEE = Proposal("G01", "fees.0.text", "Không mất phí", "10.000 đồng", "Mức mới", "25/11/2026, Nghị quyết 12")


def shelf() -> GuideShelf:
    return GuideShelf(guides.read_all(), guides.read_fields())


@pytest.fixture
async def db_with_people(db: Database) -> Database:
    """A top with two who decide, a commune with the author, a team with a volunteer."""
    async with db.write() as session:
        for number, kind, path in ((TOP, "central", "/1/"), (COMMUNE, "commune", "/1/2/"), (TEAM, "team", "/1/2/3/")):
            name = f"Đơn vị {number}"
            parent = number - 1 or None
            session.add(
                Unit(id=number, code=str(number), name=name, name_folded=name, kind=kind, parent_id=parent, path=path)
            )
            await session.flush()
        held = {
            AUTHOR: (COMMUNE, "coordinator"),
            CHIEF: (TOP, "administrator"),
            OTHER_CHIEF: (TOP, "coordinator"),
            VOLUNTEER: (TEAM, "member"),
        }
        for number, (unit, role) in held.items():
            session.add(Person(id=number, name=f"Người {number}", name_folded=f"nguoi {number}", created_at=NOW))
            await session.flush()
            session.add(Account(id=number, channel="webchat", address=str(number), person_id=number, seen_at=NOW))
            session.add(Role(person_id=number, unit_id=unit, kind=role, since=NOW))
        await session.flush()
    return db


@pytest.fixture
async def session(db_with_people: Database) -> AsyncIterator[AsyncSession]:
    async with db_with_people.write() as session:
        yield session


async def proposed(session: AsyncSession, proposal: Proposal = FEE, by: int = AUTHOR) -> GuideChange:
    unit = await session.get_one(Unit, COMMUNE)
    return await guide_changes.propose(session, proposal, unit, by=by, now=NOW)


async def test_an_approved_change_is_seen_by_another_process_at_its_next_question(db_with_people: Database) -> None:
    here, elsewhere = shelf(), shelf()
    async with db_with_people.write() as session:
        change = await proposed(session)
        assert await here.current(session) is here.files
    async with db_with_people.read() as session:
        assert await elsewhere.current(session) is elsewhere.files
    async with db_with_people.write() as session:
        found = await guide_changes.find(session, change.id)
        assert found is not None
        await guide_changes.approve(session, found.change, by=CHIEF, now=NOW)
    for each in (here, elsewhere):
        async with db_with_people.read() as session:
            guide = (await each.current(session)).get("G01")
            assert guide is not None
            fee = guide.fees[0]
            assert (fee.text, fee.basis, fee.checked_on) == (FEE.new, FEE.source, date(2026, 11, 20))
            assert guide.edition == each.files.all[0].edition + 1


async def test_an_approval_that_was_rolled_back_leaves_nothing_in_the_book(db_with_people: Database) -> None:
    kept = shelf()
    async with db_with_people.write() as session:
        first = await proposed(session)
        second = await proposed(
            session, replace(FEE, place="summary", old=kept.files.all[0].summary, new="Gọn", source="")
        )
    with pytest.raises(ZeroDivisionError):
        async with db_with_people.write() as session:
            found = await guide_changes.find(session, first.id)
            assert found is not None
            await guide_changes.approve(session, found.change, by=CHIEF, now=NOW)
            assert (await kept.current(session)).all[0].fees[0].text == FEE.new
            raise ZeroDivisionError
    async with db_with_people.write() as session:
        found = await guide_changes.find(session, second.id)
        assert found is not None
        await guide_changes.approve(session, found.change, by=CHIEF, now=NOW)
        guide = (await kept.current(session)).all[0]
        assert (guide.fees[0].text, guide.summary) == (FEE.old, "Gọn")


async def test_an_outdated_change_is_not_applied_and_is_listed(session: AsyncSession) -> None:
    change = await proposed(session, replace(FEE, old="Chữ của tệp cũ"))
    await guide_changes.approve(session, change, by=CHIEF, now=NOW)
    book = await shelf().current(session)
    assert book.all[0].fees[0].text == "Không mất phí"
    assert book.outdated == (change.id,)
    assert [each.change.id for each in await guide_changes.of_ids(session, book.outdated)] == [change.id]


@pytest.mark.parametrize(
    "changed, key",
    [
        ({}, ""),
        ({"old": "Chữ cũ"}, "guide_change.moved"),
        ({"new": "Không mất phí"}, "guide_change.same"),
        ({"new": "x" * 301}, "guide_change.too_long"),
        ({"guide": "G99"}, "guide_change.no_place"),
        ({"place": "steps.xa.do"}, "guide_change.no_place"),
        ({"place": "short_title", "old": "Cài VNeID mức 2", "new": "Đổi, cấp lại thẻ căn cước!"}, ""),
    ],
)
async def test_what_could_not_be_in_force_is_refused(session: AsyncSession, changed: dict[str, str], key: str) -> None:
    book = await shelf().current(session)
    proposal = replace(FEE, **changed)  # type: ignore[arg-type]
    if not key:
        return guide_changes.tried(session, book, proposal, NOW)
    with pytest.raises(Refusal) as no:
        guide_changes.tried(session, book, proposal, NOW)
    assert no.value.key == key


async def test_two_guides_never_share_the_name_on_their_buttons(session: AsyncSession) -> None:
    book = await shelf().current(session)
    taken = replace(FEE, place="short_title", old=book.all[0].short_title, new=book.all[1].short_title)
    with pytest.raises(Refusal) as no:
        guide_changes.tried(session, book, taken, NOW)
    assert no.value.key == "guide_change.twice"


async def test_of_two_corrections_of_one_place_the_second_no_longer_fits(session: AsyncSession) -> None:
    kept = shelf()
    first, second = await proposed(session), await proposed(session, replace(FEE, new="12.000 đồng"))
    assert (await guide_changes.open_at(session, "G01", FEE.place)) is first
    await guide_changes.approve(session, first, by=CHIEF, now=NOW)
    with pytest.raises(Refusal) as no:
        guide_changes.tried(session, await kept.current(session), proposal_of(second), NOW)
    assert no.value.key == "guide_change.moved"


async def test_of_two_decisions_at_once_one_counts(db_with_people: Database) -> None:
    async with db_with_people.write() as session:
        change = await proposed(session)

    async def decide(by: int) -> bool:
        async with db_with_people.write() as session:
            found = await guide_changes.find(session, change.id)
            assert found is not None
            if found.change.state != guide_changes.PROPOSED:
                return False
            if by == CHIEF:
                await guide_changes.approve(session, found.change, by=by, now=NOW)
            else:
                await guide_changes.refuse(session, found.change, "Chưa đúng", by=by, now=NOW)
            return True

    assert sorted(await asyncio.gather(decide(CHIEF), decide(OTHER_CHIEF))) == [False, True]
    async with db_with_people.read() as session:
        assert len((await session.scalars(select(Audit).where(Audit.object == f"guide_change:{change.id}"))).all()) == 2


async def test_only_the_top_decides_and_never_the_author(session: AsyncSession) -> None:
    assert await guide_changes.approvers(session, NOW, AUTHOR) == [CHIEF, OTHER_CHIEF]
    assert await guide_changes.approvers(session, NOW, CHIEF) == [OTHER_CHIEF]


async def reported(session: AsyncSession, by: int | None = VOLUNTEER) -> GuideFault:
    guide, unit = shelf().files.all[0], await session.get_one(Unit, TEAM)
    return await guide_faults.report(session, guide, guide.steps[0].code, "Nút đổi tên", unit, by=by, now=NOW)


@pytest.mark.parametrize("ending, state", [("approve", "settled"), ("refuse", "open"), ("withdraw", "open")])
async def test_a_report_is_settled_with_its_correction_and_waits_again_without(
    session: AsyncSession, ending: str, state: str
) -> None:
    fault = await reported(session)
    change = await proposed(session, replace(FEE, fault=fault.id))
    await session.refresh(fault)
    assert (fault.change_id, await guide_faults.count_open(session, "/1/2/")) == (change.id, 0)
    if ending == "approve":
        assert await guide_changes.approve(session, change, by=CHIEF, now=NOW) == [fault]
    elif ending == "refuse":
        await guide_changes.refuse(session, change, "Chưa đúng", by=CHIEF, now=NOW)
    else:
        await guide_changes.withdraw(session, change, by=AUTHOR, now=NOW)
    await session.refresh(fault)
    assert (fault.state, fault.change_id is None) == (state, state == "open")
    assert await guide_faults.count_open(session, "/1/2/") == (1 if state == "open" else 0)


async def test_a_report_goes_to_the_nearest_office_that_may_correct(session: AsyncSession) -> None:
    team = await session.get_one(Unit, TEAM)
    assert await guide_news.office_above(session, team, NOW, VOLUNTEER) == [AUTHOR]
    assert await guide_news.office_above(session, team, NOW, AUTHOR) == [CHIEF, OTHER_CHIEF]
    (await session.get_one(Account, AUTHOR)).unreachable = "blocked"
    await session.flush()
    assert await guide_news.office_above(session, team, NOW, VOLUNTEER) == [CHIEF, OTHER_CHIEF]


async def test_guides_are_due_after_their_own_number_of_days(session: AsyncSession) -> None:
    kept = shelf()
    book = await kept.current(session)
    guide = book.all[0]
    last = guide.check.on + timedelta(days=guide.check.within_days)
    assert guide.code not in [each.guide.code for each in await guide_checks.due(session, book, last)]
    overdue = await guide_checks.due(session, book, last + timedelta(days=1))
    assert guide.code in [each.guide.code for each in overdue]
    unit, today = await session.get_one(Unit, COMMUNE), last + timedelta(days=1)
    await guide_checks.check(session, guide, today, "VNeID 3", unit, by=AUTHOR, now=NOW)
    assert guide.code not in [each.guide.code for each in await guide_checks.due(session, book, today)]
    assert await check_of(session, guide) == replace(guide.check, on=today, app="VNeID 3")
    await guide_checks.check(session, guide, today, "", unit, by=AUTHOR, now=NOW)
    assert (await check_of(session, guide)).app == guide.check.app


async def test_a_unit_has_room_for_a_few_notes_and_they_hold_below_it(session: AsyncSession) -> None:
    unit = await session.get_one(Unit, COMMUNE)
    rows = [
        await guide_notes.add(session, "G01", unit, "fee", f"Phí {at}", by=AUTHOR, now=NOW) for at in range(MOST_NOTES)
    ]
    with pytest.raises(Refusal) as no:
        await guide_notes.add(session, "G01", unit, "fee", "Một nữa", by=AUTHOR, now=NOW)
    assert no.value.key == "guide_note.too_many"
    await guide_notes.remove(session, rows[0], by=AUTHOR, now=NOW)
    assert [note.text for note, _ in await guide_notes.of(session, "G01", ["/1/2/3/"])] == ["Phí 1", "Phí 2"]
    assert await guide_notes.of(session, "G01", ["/1/"]) == []
    assert await guide_notes.find(session, rows[0].id) is None


async def test_word_about_guides_waits_for_the_morning_and_comes_once(session: AsyncSession) -> None:
    night = datetime(2026, 11, 20, 16, tzinfo=UTC)  # 23:00 at the office
    for _ in range(2):
        assert await guide_news.tell(session, [CHIEF, CHIEF, None], Message("x.y"), once="guide:1", now=night) == 1
    (row,) = (await session.scalars(select(Outbox))).all()
    assert row.due_at == datetime(2026, 11, 21, 0, tzinfo=UTC)


async def test_whoever_is_erased_sees_it_before_and_leaves_no_name(session: AsyncSession) -> None:
    fault = await reported(session, by=AUTHOR)
    change = await proposed(session)
    unit = await session.get_one(Unit, COMMUNE)
    await guide_notes.add(session, "G01", unit, "fee", "Phí", by=AUTHOR, now=NOW)
    await guide_checks.check(session, shelf().files.all[0], NOW.date(), "", unit, by=AUTHOR, now=NOW)
    facts = [each["deed"] for each in await own_data.facts(session, AUTHOR) if each["kind"] == "guide"]
    assert facts == ["reported", "proposed", "noted", "checked"]
    await privacy.erase(session, AUTHOR, event=("webchat", "none"), now=NOW)
    await session.refresh(fault)
    await session.refresh(change)
    assert (fault.person_id, fault.text, change.proposed_by, change.state) == (None, "Nút đổi tên", None, "proposed")
    assert [each for each in await own_data.facts(session, AUTHOR) if each["kind"] == "guide"] == []
