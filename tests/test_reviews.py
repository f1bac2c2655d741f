"""The life of a report after it is sent: accepted, returned, locked, opened again; and more time for it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import extensions, locks, owings, own_data, people, reports, reviews, submissions
from models.board import board
from models.database import Database
from models.messages import Button
from models.rules import Refusal
from models.rules.reviews import Scope
from models.tables import Audit, Obligation, Outbox, PeriodRow, Report, Review, Unit
from tests.desk import Desk, open_desk
from tests.office import Office, at, open_office

PROVINCE = [Scope("/1/", False)]
REVIEWER = 1  # the province's coordinator


@pytest.fixture
async def office(db: Database) -> Office:
    """November, filed by the first team in time, three days before it was due."""
    office = await open_office(db)
    await office.tick(at("2026-11-20"), deliver=False)
    return office


async def file_whole(office: Office, unit_id: int, when: datetime, **values: Any) -> int:
    """A report filed as the chat does it, with what is not given left empty."""
    async with office.db.write() as session:
        period = await _period(session)
        report_id = await reports.begin(session, period, unit_id, person_id=unit_id, now=when)
        sheet = await reports.load(session, office.library, report_id)
        assert sheet is not None
        await submissions.submit(session, sheet, person_id=unit_id, at=when, now=when)
    return report_id


async def _period(session: Any) -> int:
    wanted = select(PeriodRow.id).where(PeriodRow.key == "2026-11", PeriodRow.duty == "DE-AN-CDS/BC-THANG")
    return int((await session.scalars(wanted)).one())


async def do(office: Office, report_id: int, deed: Any, **more: Any) -> Any:
    """One deed on a report, in a transaction of its own."""
    async with office.db.write() as session:
        sheet = await reports.load(session, office.library, report_id, lock=True)
        assert sheet is not None
        return await deed(session, sheet, **more)


async def standing_of(office: Office, unit_id: int, now: datetime) -> owings.Owing:
    async with office.db.read() as session:
        found = await owings.pending(session, now, period_id=await _period(session))
    return next(each for each in found if each.unit_id == unit_id)


async def give_back(office: Office, report_id: int, now: datetime, until: datetime) -> None:
    said: dict[str, Any] = {"person_id": REVIEWER, "now": now}
    await do(office, report_id, lambda session, sheet: reviews.send_back(session, sheet, "", "xem lại", until, **said))


async def test_a_returned_report_is_owed_again_until_the_correction_and_stays_on_time(office: Office) -> None:
    team = office.teams[0]
    report_id = await file_whole(office, team, at("2026-11-22"))
    assert (await standing_of(office, team, at("2026-11-23"))).state == "submitted"
    await give_back(office, report_id, at("2026-11-26"), at("2026-11-28", "23:59"))
    back = await standing_of(office, team, at("2026-11-27"))
    assert (back.state, back.is_owed, back.deadline) == ("returned", True, at("2026-11-28", "23:59"))
    assert (back.standing.kind, back.standing.days) == ("due", 1)  # against the correction, not against the 25th
    await _mend(office, report_id, at("2026-11-28"))
    mended = await standing_of(office, team, at("2026-11-29"))
    assert (mended.state, mended.is_owed, mended.standing.kind) == ("submitted", False, "on_time")


async def _mend(office: Office, report_id: int, when: datetime, note: str = "đã xem lại") -> Any:
    how: dict[str, Any] = {"person_id": office.teams[0], "at": when, "now": when}
    return await do(office, report_id, lambda session, sheet: submissions.resubmit(session, sheet, note, **how))


async def test_the_reminders_of_a_returned_report_count_from_the_day_it_is_awaited(office: Office) -> None:
    team = office.teams[0]
    report_id = await file_whole(office, team, at("2026-11-22"))
    await give_back(office, report_id, at("2026-12-27"), at("2026-12-29", "23:59"))  # its period is over a month old
    told = []
    now = at("2026-12-27", "10:00")
    while now < at("2027-01-06"):
        await office.tick(now)
        mine = [each for each in office.reminders() if each.account == team and each.at == now]
        told += [(each.message.key, each.at) for each in mine if each.message.values["items"][0]["state"] == "returned"]
        now += timedelta(hours=2)
    assert {key for key, _ in told} == {"reminder.returned"}
    days = [f"{moment.day:02d}" for _, moment in told]
    assert days == ["28", "29", "29", "30", "04"]  # the third day after is New Year's: said when work begins again


async def test_an_unchanged_correction_is_taken_only_of_what_was_returned(office: Office) -> None:
    report_id = await file_whole(office, office.teams[0], at("2026-11-22"))
    with pytest.raises(Refusal, match="no_changes"):
        await _mend(office, report_id, at("2026-11-23"))
    await give_back(office, report_id, at("2026-11-23"), at("2026-11-25"))
    revision = await _mend(office, report_id, at("2026-11-24"), "số đúng")
    assert (revision.number, revision.changes, revision.note) == (2, [], "số đúng")


async def test_several_returns_keep_their_history_and_every_word_is_audited(office: Office) -> None:
    report_id = await file_whole(office, office.teams[0], at("2026-11-22"))
    await give_back(office, report_id, at("2026-11-23"), at("2026-11-25"))
    await _mend(office, report_id, at("2026-11-24"))
    await give_back(office, report_id, at("2026-11-24", "10:00"), at("2026-11-26"))
    await _mend(office, report_id, at("2026-11-25"))
    how: dict[str, Any] = {"person_id": REVIEWER, "now": at("2026-11-26")}
    await do(office, report_id, lambda session, sheet: reviews.accept(session, sheet, **how))
    async with office.db.read() as session:
        said = await reviews.history(session, report_id)
        deeds = (await session.scalars(select(Audit.action).where(Audit.object == f"report:{report_id}"))).all()
        report = await session.get_one(Report, report_id)
    assert [(each.review.kind, each.review.revision, each.name) for each in said] == [
        ("returned", 1, "Người 1"), ("returned", 2, "Người 1"), ("accepted", 3, "Người 1")
    ]  # fmt: skip
    assert [deed for deed in deeds if deed in ("report.return", "report.accept")] == [
        "report.return", "report.return", "report.accept"
    ]  # fmt: skip
    assert (report.state, report.return_due_at) == ("accepted", None)


async def test_whoever_judged_or_asked_sees_that_it_is_kept(office: Office) -> None:
    report_id = await file_whole(office, office.teams[0], at("2026-11-22"))
    await give_back(office, report_id, at("2026-11-23"), at("2026-11-25"))
    await extend(office, office.teams[1], at("2026-11-28"), at("2026-11-24"))
    async with office.db.read() as session:
        judge = [each for each in await own_data.facts(session, REVIEWER) if each["kind"] in ("review", "extension")]
        asker = [each for each in await own_data.facts(session, office.teams[1]) if each["kind"] == "extension"]
    assert [(each["kind"], each.get("deed"), each.get("asked")) for each in judge] == [
        ("review", "returned", None), ("extension", None, False)
    ]  # fmt: skip
    assert [each["asked"] for each in asker] == [True]


async def test_many_are_accepted_at_once_but_none_that_changed_or_gives_cause(office: Office) -> None:
    one, two, three, _ = office.teams
    values: dict[str, Any] = dict.fromkeys(await _codes(office), 10)
    for team in (one, two):
        await office.submit(team, at("2026-11-22"), **values)
    late = await office.submit(three, at("2026-11-26"), **values)
    now = at("2026-11-27")
    async with office.db.write() as session:
        found = await reviews.looked_through(session, office.library, PROVINCE, now)
        clear = [each for each in found if not each.concerns]
        assert {each.report_id for each in found} - {each.report_id for each in clear} == {late}
        (await session.get_one(Report, clear[0].report_id)).version += 1
        await session.flush()
        assert await reviews.accept_all(session, clear, person_id=REVIEWER, now=now) == 1
        assert await reviews.count_waiting(session, PROVINCE, now) == 2


async def _codes(office: Office) -> list[str]:
    async with office.db.read() as session:
        programmes = await office.library.current(session)
    form = next(plan for _, plan in programmes if plan.code == "DE-AN-CDS").form("BC-CĐS-TN")
    return [each.code for each in form.indicators_for("team")]


async def test_a_reviewer_sees_only_what_lies_below_and_not_the_unit_itself(office: Office) -> None:
    report_id = await file_whole(office, office.teams[0], at("2026-11-22"))
    async with office.db.read() as session:
        path = (await owings.pending(session, at("2026-11-23"), period_id=await _period(session)))[0].unit_path
        now = at("2026-11-23")
        assert [each.report_id for each in await reviews.waiting(session, PROVINCE, now)] == [report_id]
        assert await reviews.waiting(session, [Scope(path, False)], now) == []
        assert [each.report_id for each in await reviews.waiting(session, [Scope(path, True)], now)] == [report_id]
        assert await reviews.waiting(session, [], now) == []


async def test_unlocking_clears_the_acceptance_and_ends_by_itself(office: Office) -> None:
    report_id = await file_whole(office, office.teams[0], at("2026-11-22"))
    how: dict[str, Any] = {"person_id": REVIEWER, "now": at("2026-11-26")}
    await do(office, report_id, lambda session, sheet: reviews.accept(session, sheet, **how))
    now, until = at("2027-01-11"), at("2027-01-13")

    async def unlock(session: Any, sheet: Any) -> Review:
        assert sheet.closed(now).reason == "locked"
        return await locks.unlock(session, sheet, "tỉnh yêu cầu", until, person_id=REVIEWER, revision=1, now=now)

    await do(office, report_id, unlock)
    async with office.db.read() as session:
        sheet = await reports.load(session, office.library, report_id)
    assert sheet is not None
    assert sheet.report.state == "submitted"
    assert sheet.closed(until) is None
    closed = sheet.closed(until + timedelta(seconds=1))
    assert closed is not None
    assert (closed.reason, closed.since) == ("reopening_over", until)


async def test_what_is_locked_is_nobodys_debt_but_the_board_still_counts_it(office: Office) -> None:
    missing = await standing_of(office, office.teams[0], at("2027-01-11"))
    assert (missing.state, missing.locked, missing.is_owed) == ("missing", True, False)
    async with office.db.read() as session:
        counts = (await board(session, "/1/", await _period(session), at("2027-01-11"))).counts
    assert counts.missing == 4


# --- more time --------------------------------------------------------------------------------------------------------


async def extend(office: Office, unit_id: int, until: datetime, now: datetime) -> None:
    async with office.db.write() as session:
        case = await extensions.case_of(session, await _period(session), unit_id)
        assert case is not None
        asked = await extensions.ask(session, case, "đi tập huấn", until, person_id=unit_id, now=now)
        found = await extensions.find(session, asked.id)
        assert found is not None
        await extensions.grant(session, found, until, person_id=REVIEWER, now=now)


async def test_with_more_time_the_report_is_on_time_and_the_board_says_both_rates(office: Office) -> None:
    one, two, *_ = office.teams
    await extend(office, one, at("2026-11-28", "23:59"), at("2026-11-24"))
    await file_whole(office, one, at("2026-11-27"))
    await file_whole(office, two, at("2026-11-24"))
    assert (await standing_of(office, one, at("2026-11-30"))).state == "submitted"
    async with office.db.read() as session:
        counts = (await board(session, "/1/", await _period(session), at("2026-11-30"))).counts
    assert (counts.on_time, counts.punctual, counts.extended, counts.late) == (2, 1, 1, 0)


async def test_after_the_extended_moment_it_is_late_by_that_moment(office: Office) -> None:
    team = office.teams[0]
    await extend(office, team, at("2026-11-28", "23:59"), at("2026-11-24"))
    await file_whole(office, team, at("2026-11-30"))
    owing = await standing_of(office, team, at("2026-12-01"))
    assert (owing.state, owing.standing.days, owing.is_punctual) == ("late", 2, False)


async def test_a_new_request_takes_the_place_of_the_one_that_waits(office: Office) -> None:
    async with office.db.write() as session:
        case = await extensions.case_of(session, await _period(session), office.teams[0])
        assert case is not None
        for day in ("2026-11-27", "2026-11-28"):
            await extensions.ask(session, case, "đi tập huấn", at(day), person_id=1, now=at("2026-11-20"))
        waiting = await extensions.waiting(session, PROVINCE)
        assert [each.extension.wanted_until for each in waiting] == [at("2026-11-28")]
        assert await extensions.count_waiting(session, PROVINCE) == 1
        assert await extensions.count_waiting(session, [Scope("/1/3/", False)]) == 0


async def test_what_was_filed_in_time_needs_no_answer_any_more(office: Office) -> None:
    team = office.teams[0]
    async with office.db.write() as session:
        case = await extensions.case_of(session, await _period(session), team)
        assert case is not None
        await extensions.ask(session, case, "đi tập huấn", at("2026-11-28"), person_id=team, now=at("2026-11-20"))
    await file_whole(office, team, at("2026-11-24"))
    async with office.db.read() as session:
        assert await extensions.count_waiting(session, PROVINCE) == 0
        assert list(await extensions.waiting(session, PROVINCE)) == []


@pytest.mark.parametrize("seed", range(4))
async def test_in_simulated_months_nobody_with_more_time_hears_that_they_are_late(
    sqlite_db: Database, seed: int
) -> None:
    """Half of the teams are given more time at a chance moment; the clock ticks through the weeks around the 25th."""
    chance = random.Random(seed)
    office = await open_office(sqlite_db, teams=4)
    now, end = at("2026-11-17", "07:31"), at("2026-12-10")
    granted = {team: chance.randint(0, 7) for team in office.teams[:2]}
    ends = {team: at("2026-11-25", "23:59:59") + timedelta(days=chance.randint(1, 9)) for team in granted}
    done: set[int] = set()
    while now < end:
        for team, day in granted.items():
            if team not in done and now >= at("2026-11-18") + timedelta(days=day):
                await extend(office, team, ends[team], now)
                done.add(team)
        await office.tick(now)
        now += timedelta(minutes=chance.choice((60, 90, 300)))
    mine = [each for each in office.reminders() if each.account in granted]
    assert {each.account for each in mine} == set(granted)
    due = at("2026-11-25", "23:59:59")
    between = [each for each in mine if due < each.at <= ends[each.account]]
    assert [each for each in between if each.message.key == "reminder.late"] == []
    listed = [item for each in between for item in each.message.values["items"] if item["key"] == "2026-11"]
    assert [item for item in listed if item["kind"] == "overdue"] == []
    others = [each for each in office.reminders() if each.account in office.teams[2:] and each.at > due]
    assert {each.message.key for each in others} == {"reminder.late"}
    for each in mine:
        assert not (ends[each.account] < each.at and each.message.key != "reminder.late")
    async with office.db.read() as session:
        keys = (await session.scalars(select(Outbox.once).where(Outbox.kind == "reminder"))).all()
        extended = (await session.scalars(select(Obligation.extended_until))).all()
    assert len(keys) == len(set(keys))
    assert len([each for each in extended if each is not None]) == 2


# --- at the chat ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def desk(db: Database) -> Desk:
    """The world of the transcripts, with a secretary of the province."""
    desk = await open_desk(db)
    async with db.write() as session:
        account, *_ = await people.meet(session, "webchat", "hieu", "Hồ Trung Hiếu", desk.now)
        who = await people.introduce(session, account, desk.now)
        root = (await session.scalars(select(Unit.id).where(Unit.name == "Tỉnh Đoàn Đồng Tháp"))).one()
        await people.grant(session, who.id, root, "secretary", by=None, now=desk.now)
    return desk


async def test_a_report_never_begun_is_opened_by_its_unit_and_period(desk: Desk) -> None:
    desk.now = at("2027-01-11")
    async with desk.db.read() as session:
        period = await _period(session)
        unit = (await session.scalars(select(Unit).where(Unit.name.contains("Cao Lãnh"), Unit.kind == "team"))).one()
    begin = Button("unlock.button_unlock", "unlock.unit", unit.id, arg=f"{period}.0")
    with pytest.raises(Refusal, match="not_found"):
        await desk.tap("tuan", begin)  # a coordinator, and of another commune
    with pytest.raises(Refusal, match="not_found"):
        await desk.tap("an", begin)  # the province's coordinator watches, and has no key
    await desk.tap("hieu", begin)
    await desk.say("hieu", "mạng ở xã hỏng cả tuần")
    await desk.press("hieu", "Mở khoá")
    assert await desk.count(Report, Report.unit_id == unit.id, Report.unlocked_until.is_not(None)) == 1
    assert await desk.count(Outbox, Outbox.once.startswith("review:")) == 1  # the one leader of the team is told
    report = Button("report.button_begin", "report.open", period, arg=str(unit.id))
    await desk.tap("binh", report)
    await desk.press("binh", "Không phát sinh")
    await desk.say("binh", "mạng hỏng nên không có hoạt động")
    assert await desk.count(Report, Report.unit_id == unit.id, Report.state == "submitted") == 1


@pytest.mark.parametrize("action", ["report.set", "report.skip", "report.submit", "report.amend", "report.resubmit"])
async def test_whoever_judges_a_report_cannot_change_a_number_in_it(desk: Desk, action: str) -> None:
    async with desk.db.read() as session:
        report = (await session.scalars(select(Report).where(Report.submitted_at.is_not(None)))).one()
    for who in ("tuan", "an"):
        with pytest.raises(Refusal, match="not_found"):
            await desk.tap(who, Button("report.button_set", action, report.id, arg="1:99"))
        await desk.tap(who, Button("report.button_view", "report.view", report.id))  # though they may read it


async def test_nobody_judges_the_report_of_their_own_unit(desk: Desk) -> None:
    async with desk.db.read() as session:
        report = (await session.scalars(select(Report).where(Report.submitted_at.is_not(None)))).one()
    for who in ("lan", "minh", "hoa", "hieu"):
        for action in ("review.accept", "review.return", "review.send"):
            with pytest.raises(Refusal, match="not_found"):
                await desk.tap(who, Button("review.button_accept", action, report.id, report.version))
    assert await desk.count(Review) == 0


async def test_a_decision_pressed_twice_counts_once(desk: Desk) -> None:
    async with desk.db.write() as session:
        team = (await session.scalars(select(Unit).where(Unit.name.contains("Mỹ Tho"), Unit.kind == "team"))).one()
        case = await extensions.case_of(session, await _period(session), team.id)
        assert case is not None
        asked = await extensions.ask(session, case, "đi tập huấn", at("2026-11-28"), person_id=1, now=desk.now)
    grant = Button("extension.button_grant", "extension.grant", asked.id, asked.version)
    assert (await desk.tap("tuan", grant)).key == "extension.granted_now"
    assert (await desk.tap("an", grant)).key == "extension.settled"
    refuse = Button("extension.button_refuse", "extension.refuse", asked.id, asked.version)
    assert (await desk.tap("tuan", refuse)).key == "extension.settled"
    assert await desk.count(Audit, Audit.action == "extension.granted") == 1
    assert await desk.count(Outbox, Outbox.once.startswith(f"extension:{asked.id}:")) == 2  # the leader and the deputy


async def test_a_period_opened_before_its_plan_said_when_it_locks_is_told_so_with_a_week_to_go(office: Office) -> None:
    async with office.db.write() as session:
        period = await session.get_one(PeriodRow, await office.period())
        planned, period.locks_at = period.locks_at, None
        opened = await _moment_set(office, session, at("2026-11-20"), period)
        assert opened == planned  # of the plan: later than in a week
        period.locks_at = None
        assert await _moment_set(office, session, at("2027-03-01"), period) == at("2027-03-08", "23:59:59")
        assert await _moment_set(office, session, at("2027-06-01"), period) == at("2027-03-08", "23:59:59")


async def _moment_set(office: Office, session: AsyncSession, now: datetime, period: PeriodRow) -> datetime | None:
    await session.flush()
    await locks.set_missing(session, office.library, now)
    await session.flush()
    return period.locks_at
