"""Reports in the database and in the hands of two people: kept at once, one per period, never changed silently."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.report_view import show_report
from handlers.turn import StoredFile, Turn
from models import answers, merging, people, reports, submissions
from models.database import Database
from models.messages import Button, Incoming
from models.programmes import Library
from models.rules import Refusal
from models.rules.forms import Value
from models.tables import (
    Answer,
    Audit,
    Evidence,
    Obligation,
    Outbox,
    PeriodRow,
    Person,
    Remark,
    Report,
    Revision,
    Role,
    Team,
    Unit,
)
from tests.desk import ZONE, Desk, open_desk

TEAM = "Đội hình chuyển đổi số Mỹ Tho"


async def numbers(session: AsyncSession, report_id: int) -> dict[str, Decimal | None]:
    rows = await session.scalars(select(Answer).where(Answer.report_id == report_id))
    return {each.indicator: each.number for each in rows}


@pytest.fixture
async def desk(db: Database) -> Desk:
    """The world of the transcripts, on both kinds of database."""
    return await open_desk(db)


async def november(desk: Desk) -> Report:
    async with desk.db.read() as session:
        wanted = select(Report).join(PeriodRow, PeriodRow.id == Report.period_id)
        return (await session.scalars(wanted.where(PeriodRow.key == "2026-11"))).one()


async def filed(desk: Desk, **more: Any) -> Report:
    """Lan answers one question, leaves the rest empty and sends."""
    await desk.say("lan", "/baocao", "sửa 2", "42")
    await desk.press("lan", "Gửi báo cáo", "Để trống hết", "Gửi báo cáo")
    await desk.press("lan", "Gửi luôn", **more)
    assert desk.screens["lan"].key == "report.receipt"
    return await november(desk)


async def test_every_answer_is_kept_at_once(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15", "42")
    report = await november(desk)
    async with desk.db.read() as session:
        assert await numbers(session, report.id) == {"LL02": Decimal(15), "LL03": Decimal(42)}
    assert report.state == "draft"


async def test_skipped_is_stored_as_missing_and_not_as_zero(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "Bỏ qua", "0", "Đúng")
    report = await november(desk)
    async with desk.db.read() as session:
        assert await numbers(session, report.id) == {"LL02": None, "LL03": Decimal(0)}


async def test_an_ordinary_answer_takes_few_statements(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    desk.statements.clear()
    await desk.say("lan", "42")
    ours = [each for each in desk.statements if "talk" not in each.lower().split("where")[0]]
    counting = [each for each in ours if "FROM visit" in each]  # the next question is one that visits are counted for
    assert len(ours) - len(counting) <= 5, ours
    assert len(counting) == 1, ours


async def test_two_people_open_one_report(desk: Desk) -> None:
    await desk.say("lan", "/baocao")
    await desk.say("minh", "/baocao")
    assert await desk.count(Report, Report.id == (await november(desk)).id) == 1
    async with desk.db.write() as session:
        report = await november(desk)
        again = await reports.begin(session, report.period_id, report.unit_id, person_id=1, now=desk.now)
    assert again == report.id


async def test_a_double_tap_changes_nothing_the_second_time(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu")
    button = desk.button("lan", "Bỏ qua")
    await desk.tap("lan", button)
    version = (await november(desk)).version
    again = await desk.tap("lan", button)
    assert again.notice == "access.stale"
    assert again.values["position"] == 2
    assert (await november(desk)).version == version


async def test_every_button_that_changes_something_is_stale_once_the_other_answered(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu")
    seen: dict[str, Button] = {}
    for label in ("", "Chuyển mục", "Quay lại", "Lưu, để sau", "Tiếp tục", "Xem lại", "Khó khăn", "Thiếu mạng"):
        message = await desk.press("lan", label) if label else desk.screens["lan"]
        seen |= {each.action: each for row in message.buttons for each in row if each.version}
    await desk.say("minh", "/baocao", "sửa 5", "31")
    before = await november(desk)
    for button in seen.values():
        message = await desk.tap("lan", button)
        assert message.notice == "access.stale", button.action
    assert {"report.skip", "report.nothing", "report.submit", "report.bare"} <= seen.keys()
    assert (await november(desk)).version == before.version
    assert await desk.count(Audit, Audit.action == "report.submit", Audit.object == f"report:{before.id}") == 0


async def test_cannot_overwrite_silently_what_the_other_typed(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    await desk.say("minh", "/baocao", "Tiếp tục", "41")
    message = await desk.say("lan", "42")
    assert message.values["position"] == 3
    report = await november(desk)
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 41
    await desk.press("lan", "Thay bằng 42")
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 42


async def test_two_answers_at_the_same_moment_are_told_apart(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    await desk.say("minh", "/baocao", "Tiếp tục")
    first, second = await asyncio.gather(desk.say("lan", "42"), desk.say("minh", "41"))
    said = [each.values["before"][0]["key"] for each in (first, second)]
    assert sorted(said) == ["report.answered_meanwhile", "report.kept"]
    report = await november(desk)
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == (42 if said[0] == "report.kept" else 41)


async def test_on_time_is_judged_by_when_the_person_sent_it(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 26, 0, 3, tzinfo=ZONE)
    report = await filed(desk, at=datetime(2026, 11, 25, 23, 59, 59, tzinfo=ZONE))
    assert report.submitted_at == datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
    assert desk.screens["lan"].values["standing"] == "on_time"


async def test_a_clock_ahead_of_ours_does_not_date_a_report_into_the_future(desk: Desk) -> None:
    report = await filed(desk, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert report.submitted_at == desk.now.astimezone(UTC)


async def test_an_ordinary_submission_writes_to_nobody_else(desk: Desk) -> None:
    before = await desk.count(Outbox)
    await filed(desk)
    assert await desk.count(Outbox) == before


async def test_a_correction_counts_only_once_it_is_sent(desk: Desk) -> None:
    report = await filed(desk)
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Sửa")
    await desk.say("lan", "2", "44")
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 42
    await desk.press("lan", "Gửi bản sửa")
    await desk.say("lan", "gõ nhầm")
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 44
        sent = (await session.scalars(select(Revision).where(Revision.report_id == report.id))).all()
    assert [(each.number, each.changes, each.note) for each in sent] == [
        (1, [], ""),
        (2, [["LL03", "42", "44"]], "gõ nhầm"),
    ]
    after = await november(desk)
    assert after.submitted_at == report.submitted_at
    assert after.corrected_at is not None


async def test_the_coordinator_of_the_commune_is_told_of_a_correction_once(desk: Desk) -> None:
    await filed(desk)
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Sửa")
    await desk.say("lan", "2", "44")
    await desk.press("lan", "Gửi bản sửa")
    await desk.say("lan", "gõ nhầm")
    async with desk.db.read() as session:
        alerts = (await session.scalars(select(Outbox).where(Outbox.kind == "news"))).all()
    assert [each.address for each in alerts] == ["tuan"]
    assert alerts[0].body["values"]["changes"][0]["old"] == "42"
    assert alerts[0].body["values"]["changes"][0]["new"] == "44"


async def test_a_correction_given_up_leaves_what_was_sent(desk: Desk) -> None:
    report = await filed(desk)
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Sửa")
    await desk.say("lan", "2", "44")
    await desk.press("lan", "Bỏ bản sửa")
    assert await desk.count(Revision, Revision.report_id == report.id) == 1
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 42


async def test_nothing_to_report_takes_the_typed_numbers_out(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Không phát sinh", "Thiên tai, dịch bệnh", "Gửi Không phát sinh")
    report = await november(desk)
    assert (report.state, report.no_activity) == ("submitted", "Thiên tai, dịch bệnh")
    assert await desk.count(Answer, Answer.report_id == report.id) == 0


async def test_the_same_photo_twice_is_one(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu")
    photo = StoredFile("a" * 64, "ra-quan.jpg", "image/jpeg", 1000)
    await desk.turn("lan", "photo", files=(photo,))
    message = await desk.turn("lan", "photo", files=(photo,))
    assert message.key == "report.ask"
    assert await desk.count(Evidence) == 1


async def test_cannot_keep_the_identity_of_a_citizen(desk: Desk) -> None:
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Xem lại", "Khó khăn", "Thiếu mạng, sóng yếu")
    message = await desk.say("lan", "bác Ba số 0912345678")
    assert message.values["before"][0]["key"] == "report.identity"
    assert await desk.count(Remark) == 0
    assert (await november(desk)).version == 1


@pytest.mark.parametrize("who", ["binh", "hoa", "tuan", "an"])
async def test_cannot_write_a_report_that_is_not_ones_own(desk: Desk, who: str) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    report = await november(desk)
    for action, arg in (("skip", "2"), ("set", "2:9"), ("submit", ""), ("nothing", ""), ("start", ""), ("go", "2")):
        with pytest.raises(Refusal) as refused:
            await desk.tap(who, Button("", f"report.{action}", report.id, report.version, arg))
        assert refused.value.key == "permission.not_found"
    assert (await november(desk)).version == report.version


async def test_a_stranger_s_button_leads_to_the_door(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    report = await november(desk)
    message = await desk.tap("khach", Button("", "report.submit", report.id, report.version))
    assert message.key == "start.stranger"
    assert (await november(desk)).version == report.version


async def test_the_office_above_reads_a_report_and_a_neighbour_does_not(desk: Desk) -> None:
    report = await filed(desk)
    for who in ("tuan", "an", "lan", "hoa"):
        message = await desk.tap(who, Button("", "report.view", report.id))
        assert message.key == "report.view"
        assert message.values["rows"][1]["amount"] == "42"
    for who, number in (("binh", report.id), ("lan", 999_999)):
        with pytest.raises(Refusal):
            await desk.tap(who, Button("", "report.view", number))


async def test_show_report_takes_its_number_from_the_caller(desk: Desk) -> None:
    report = await filed(desk)
    async with desk.db.read() as session:
        account, _person, actor, talk = await people.meet(session, "webchat", "tuan", "", desk.now)
        incoming = Incoming("webchat", "tuan", "x", "button", desk.now)
        turn = Turn(session, incoming, desk.now, account, actor, talk, desk.library)
        assert (await show_report(turn, report.id)).values["code"] == f"BC-2026-11-{report.id:04d}"


async def test_a_team_not_confirmed_yet_is_told_so(desk: Desk) -> None:
    async with desk.db.write() as session:
        team = (await session.scalars(select(Team).join(Unit, Unit.id == Team.unit_id).where(Unit.name == TEAM))).one()
        team.state = "waiting"
    assert (await desk.say("lan", "/baocao")).key == "report.team_waiting"


async def test_nothing_owed_is_explained(desk: Desk) -> None:
    async with desk.db.write() as session:
        for each in await session.scalars(select(Obligation)):
            each.waived = "nghỉ hè"
    assert (await desk.say("lan", "/baocao")).key == "report.nothing_owed"
    assert (await desk.say("tuan", "/baocao")).key == "report.nothing_owed_office"


async def test_whoever_leads_two_teams_is_asked_which(desk: Desk) -> None:
    async with desk.db.write() as session:
        other = (await session.scalars(select(Unit).where(Unit.name == "Đội hình chuyển đổi số Cao Lãnh"))).one()
        lan = (
            await session.scalars(select(Role.person_id).join(Unit).where(Unit.name == TEAM, Role.kind == "leader"))
        ).one()
        session.add(Role(person_id=lan, unit_id=other.id, kind="leader", since=desk.now))
    assert (await desk.say("lan", "/baocao")).key == "report.which_unit"
    message = await desk.press("lan", "Cao Lãnh")
    assert message.key == "report.start"
    assert message.values["team"] == other.name


async def test_a_rate_is_asked_in_two_numbers_or_taken_in_one(desk: Desk) -> None:
    await _ask_everything(desk)
    await desk.say("lan", "/baocao", "sửa LL05")
    message = await desk.say("lan", "180")
    assert message.values["numerator_given"] == "180"
    await desk.say("lan", "240", "sửa DVC04", "95/110")
    report = await november(desk)
    async with desk.db.read() as session:
        rows = {
            each.indicator: each for each in await session.scalars(select(Answer).where(Answer.report_id == report.id))
        }
    assert (rows["LL05"].number, rows["LL05"].denominator) == (Decimal(180), Decimal(240))
    assert (rows["DVC04"].number, rows["DVC04"].denominator) == (Decimal(95), Decimal(110))


async def test_a_part_above_its_whole_is_asked_about(desk: Desk) -> None:
    await _ask_everything(desk)
    await desk.say("lan", "/baocao", "sửa LL05")
    assert (await desk.say("lan", "60/45")).key == "report.over"
    await desk.say("lan", "45/60")
    assert "45/60" in desk.text("lan")


async def test_a_long_form_is_jumped_in_by_its_sections(desk: Desk) -> None:
    await _ask_everything(desk)
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Bắt đầu", "Chuyển mục")
    assert desk.screens["lan"].key == "report.sections"
    await desk.press("lan", "Truyền thông")
    first = desk.screens["lan"].values["first"]
    assert (await desk.say("lan", str(first))).values["section"] == "Truyền thông"


async def _ask_everything(desk: Desk) -> None:
    """Make the team a kind of unit that is asked the whole form."""
    async with desk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == TEAM))).one()
        unit.kind = "affiliated"


async def test_every_answer_is_in_the_audit(desk: Desk) -> None:
    report = await filed(desk)
    async with desk.db.read() as session:
        rows: Sequence[Audit] = (
            await session.scalars(select(Audit).where(Audit.object == f"report:{report.id}").order_by(Audit.id))
        ).all()
    assert [each.action for each in rows] == ["report.begin", *["report.answer"] * 12, "report.submit"]
    assert rows[1].detail == {"indicator": "LL03", "old": None, "new": "42"}


async def test_a_draft_goes_on_with_the_form_it_was_begun_on(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    report = await november(desk)
    async with desk.db.write() as session:
        sheet = await reports.load(session, desk.library, report.id)
        assert sheet is not None
        answers.keep(session, sheet, "LL03", Value(Decimal(41)), person_id=1, now=desk.now)
    async with desk.db.read() as session:
        after = await reports.load(session, Library(), report.id)
    assert after is not None
    assert after.report.programme_id == report.programme_id
    assert after.values["LL03"].number == 41


async def test_the_card_leads_the_office_back_to_the_board_and_the_writer_to_the_correction(desk: Desk) -> None:
    report = await filed(desk)
    ways: dict[str, list[str]] = {}
    for who in ("tuan", "an", "lan", "hoa"):
        message = await desk.tap(who, Button("", "report.view", report.id))
        ways[who] = [f"{each.action}/{each.arg}" for row in message.buttons for each in row]
    judging = ["review.accept/", "review.return/"]
    assert ways["tuan"] == ways["an"] == [*judging, f"board.open/{report.period_id}.0", "go/menu"]
    assert ways["lan"] == ["report.amend/", "go/tiendo", "go/menu"]
    assert ways["hoa"] == ["go/tiendo", "go/menu"]
    await desk.tap("tuan", Button("", "report.view", report.id))
    board_of_team = await desk.press("tuan", "Về tiến độ")
    assert (board_of_team.key, board_of_team.values["unit"]) == ("board.unit", TEAM)


async def test_the_receipt_opens_its_own_report_however_late(desk: Desk) -> None:
    report = await filed(desk)
    receipt = desk.button("lan", "Sửa báo cáo này")
    desk.now = datetime(2026, 12, 20, 9, tzinfo=ZONE)
    message = await desk.tap("lan", receipt)
    assert (message.key, message.values["code"]) == ("report.review", f"BC-2026-11-{report.id:04d}")
    await desk.say("lan", "2", "44")
    await desk.press("lan", "Gửi bản sửa")
    await desk.say("lan", "gõ nhầm")
    assert (await desk.tap("lan", receipt)).key == "report.review"


async def test_a_locked_report_offers_no_correction(desk: Desk) -> None:
    report = await filed(desk)
    desk.now = datetime(2027, 1, 10, 9, tzinfo=ZONE)
    message = await desk.tap("lan", Button("", "report.view", report.id))
    assert "report.amend" not in [each.action for row in message.buttons for each in row]
    await desk.tap("lan", Button("", "report.start", report.id))
    assert "bấm <b>Sửa</b>" not in desk.text("lan")


async def test_a_correction_of_photos_alone_is_sent_like_any_other(desk: Desk) -> None:
    report = await filed(desk)
    await desk.press("lan", "Sửa báo cáo này", "Ảnh")
    photo = StoredFile("a" * 64, "ra-quan.jpg", "image/jpeg", 1000)
    message = await desk.turn("lan", "photo", files=(photo,))
    assert "report.resubmit" in [each.action for row in message.buttons for each in row]
    message = await desk.press("lan", "Xem lại")
    assert (message.values["changes"], message.values["at_once"]) == (1, 1)
    await desk.press("lan", "Gửi bản sửa")
    await desk.say("lan", "gửi thêm ảnh")
    async with desk.db.read() as session:
        last = select(Revision).where(Revision.report_id == report.id, Revision.number == 2)
        assert (await session.scalars(last)).one().changes == [["photos", "0", "1"]]


@pytest.mark.parametrize("typed", ["400", "mười sáu"])
async def test_the_way_out_is_on_every_screen_that_asks_about_an_answer(desk: Desk, typed: str) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    message = await desk.say("lan", typed)
    assert message.key in ("report.far", "report.unsure")
    actions = [each.action for row in message.buttons for each in row]
    assert {"report.skip", "report.go", "report.leave"} <= set(actions)
    assert (await desk.press("lan", "Lưu, để sau")).key == "report.left"


@pytest.mark.parametrize("typed", ["luu lai", "quay lại", "xem lại", "để trống"])
async def test_a_way_typed_at_a_doubt_is_not_kept_as_the_reason(desk: Desk, typed: str) -> None:
    await desk.say("lan", "/baocao", "sửa 2", "42", "/baocao", "sửa 2", "400")
    assert desk.screens["lan"].key == "report.far"
    await desk.say("lan", typed)
    async with desk.db.read() as session:
        row = (await session.scalars(select(Answer).where(Answer.report_id == (await november(desk)).id))).one()
    assert (row.number, row.note) == (None if typed == "để trống" else Decimal(42), "")


async def test_cannot_empty_by_a_word_what_the_other_typed_meanwhile(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15")
    await desk.say("minh", "/baocao", "Tiếp tục", "41")
    message = await desk.say("lan", "để trống")
    assert message.values["position"] == 3
    report = await november(desk)
    async with desk.db.read() as session:
        assert (await numbers(session, report.id))["LL03"] == 41


async def test_an_erased_person_is_named_as_such_and_an_unknown_one_is_not_named(desk: Desk) -> None:
    await desk.say("minh", "/baocao", "Bắt đầu", "15")
    await desk.say("lan", "/baocao", "Tiếp tục")
    await desk.say("minh", "41")
    async with desk.db.write() as session:
        minh = (await session.scalars(select(Person).where(Person.name == "Phạm Minh"))).one()
        minh.name, minh.name_folded, minh.erased_at = "", "", desk.now
    await desk.say("lan", "42")
    assert "Người đã xoá dữ liệu vừa ghi Lượt ra quân = <b>41</b>" in desk.text("lan")
    await desk.say("lan", "sửa 1")
    assert "Đang ghi: <b>15</b> (người đã xoá dữ liệu ghi)" in desk.text("lan")
    async with desk.db.write() as session:
        for each in await session.scalars(select(Answer)):
            each.person_id = None
    await desk.say("lan", "sửa 1")
    assert "ghi)" not in desk.text("lan")


async def test_whoever_prepared_a_correction_is_named_to_the_other(desk: Desk) -> None:
    await filed(desk)
    await desk.say("minh", "/baocao")
    await desk.press("minh", "Sửa")
    await desk.say("minh", "2", "44")
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Sửa")
    await desk.say("lan", "2")
    assert "Đang ghi: <b>44</b> (Phạm Minh ghi)" in desk.text("lan")


async def test_a_value_of_somebody_who_is_somebody_else_by_now_is_that_persons(desk: Desk) -> None:
    await filed(desk)
    await desk.say("minh", "/baocao")
    await desk.press("minh", "Sửa")
    await desk.say("minh", "2", "44")
    async with desk.db.write() as session:
        found = {each.name: each for each in await session.scalars(select(Person))}
        minh, whole = found["Phạm Minh"], found["Nguyễn Thị Lan"]
        await merging._merge(session, whole, minh, desk.now)
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Sửa")
    await desk.say("lan", "2")
    assert "Đang ghi: <b>44</b>" in desk.text("lan")
    assert "Phạm Minh" not in desk.text("lan")
    report = await november(desk)
    async with desk.db.write() as session:
        sheet = await reports.load(session, desk.library, report.id)
        assert sheet is not None
        await submissions.resubmit(session, sheet, "", person_id=minh.id, at=desk.now, now=desk.now)
        kept = await session.scalar(
            select(Answer.person_id).where(Answer.report_id == report.id, Answer.number == Decimal(44))
        )
    assert kept == whole.id


async def test_numbers_given_up_for_nothing_to_report_can_still_be_read(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15", "42", "Bỏ qua", "Lưu, để sau", "/baocao")
    await desk.press("lan", "Không phát sinh", "Thiên tai")
    assert desk.screens["lan"].key == "report.nothing_sure"
    report = await november(desk)
    assert report.submitted_at is None
    assert await desk.count(Answer, Answer.report_id == report.id) == 3
    await desk.press("lan", "Gửi Không phát sinh")
    assert desk.screens["lan"].key == "report.receipt"
    async with desk.db.read() as session:
        assert await numbers(session, report.id) == {}
        wanted = select(Audit.detail).where(Audit.action == "report.submit", Audit.object == f"report:{report.id}")
        detail = (await session.scalars(wanted)).one()
    assert detail["dropped"] == {"answers": {"LL02": "15", "LL03": "42", "DVC01": ""}, "notes": {}}


async def test_a_number_typed_meanwhile_is_not_thrown_away_by_an_old_yes(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15", "Lưu, để sau", "/baocao")
    await desk.press("lan", "Không phát sinh", "Thiên tai")
    await desk.say("minh", "/baocao", "sửa 5", "31")
    await desk.press("lan", "Gửi Không phát sinh")
    assert (await november(desk)).submitted_at is None


async def test_an_old_yes_does_not_file_a_reason_that_stands_on_another_card(desk: Desk) -> None:
    await desk.say("lan", "/baocao", "Bắt đầu", "15", "Lưu, để sau", "/baocao")
    await desk.press("lan", "Không phát sinh", "Thiên tai")
    old = desk.button("lan", "Gửi Không phát sinh")
    await desk.say("lan", "đội tập trung ôn thi")
    assert "đội tập trung ôn thi" in desk.text("lan")
    await desk.tap("lan", old)
    assert desk.screens["lan"].key == "report.nothing"
    assert (await november(desk)).submitted_at is None
