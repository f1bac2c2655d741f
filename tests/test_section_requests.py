"""Several people write one report: nothing is lost, nothing is shown or taken beyond what was asked."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select

from handlers.turn import Press
from models import people
from models.database import Database
from models.rules import Refusal
from models.tables import Answer, Audit, Outbox, Person, Report, Role, SectionRequest
from tests.desk import Desk, open_desk


@pytest.fixture
async def desk(db: Database) -> Desk:
    return await open_desk(db)


async def asked(desk: Desk, whom: str = "Hoà", section: str = "Tổ chức") -> SectionRequest:
    """Lan asks somebody for a section. Returns the request."""
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Cách khác", "Nhờ thành viên", section, whom, "Gửi luôn")
    async with desk.db.read() as session:
        return (await session.scalars(select(SectionRequest).order_by(SectionRequest.id.desc()))).first()  # type: ignore[return-value]


async def opened(desk: Desk, who: str, request: SectionRequest) -> str:
    return (await desk.turn(who, "button", press=Press("section.open", request.id))).key


async def value(desk: Desk, code: str) -> tuple[Decimal | None, str] | None:
    """An answer of the report with the name of whoever gave it."""
    async with desk.db.read() as session:
        wanted = select(Answer.number, Person.name).join(Person, Person.id == Answer.person_id)
        found = (await session.execute(wanted.join(Report, Report.id == Answer.report_id).where(
            Answer.indicator == code, Report.state == "draft"))).one_or_none()  # fmt: skip
        return None if found is None else (found[0], found[1])


async def state(desk: Desk, request: SectionRequest) -> str:
    async with desk.db.read() as session:
        return (await session.get_one(SectionRequest, request.id)).state


async def promises(desk: Desk, key: str) -> int:
    async with desk.db.read() as session:
        return sum(body["key"] == key for body in await session.scalars(select(Outbox.body)))


async def test_an_answer_stands_under_the_name_of_the_member(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    await desk.say("hoa", "15")
    assert await value(desk, "LL02") == (Decimal(15), "Trần Văn Hoà")


async def test_the_same_number_at_the_same_moment_is_told_apart(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    await desk.say("lan", "/baocao", "Bắt đầu")
    ours, theirs = await asyncio.gather(desk.say("lan", "16"), desk.say("hoa", "15"))
    said = [each.values["before"][0]["key"] for each in (ours, theirs)]
    assert sorted(said) == ["report.answered_meanwhile", "report.kept"]
    kept = (Decimal(16), "Nguyễn Thị Lan") if said[0] == "report.kept" else (Decimal(15), "Trần Văn Hoà")
    assert await value(desk, "LL02") == kept


async def test_two_members_who_type_at_once_lose_nothing(desk: Desk) -> None:
    first, second = await asked(desk), await asked(desk, "Minh", "Hành chính công")
    await opened(desk, "hoa", first)
    await opened(desk, "minh", second)
    for mine, other in (("15", "120"), ("40", "60")):
        await asyncio.gather(desk.say("hoa", mine), desk.say("minh", other))
    numbers = [await value(desk, code) for code in ("LL02", "LL03", "DVC01", "DVC02")]
    assert [each[0] for each in numbers if each] == [15, 40, 120, 60]


async def test_a_submission_while_a_member_types_takes_the_number_or_says_so(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    await desk.say("lan", "/baocao", "xem lại")
    await desk.press("lan", "Gửi báo cáo", "Để trống hết")
    message = await desk.press("lan", "Gửi báo cáo")
    sending = desk.button("lan", "Gửi luôn")
    mine, theirs = await asyncio.gather(desk.tap("lan", sending), desk.say("hoa", "15"))
    assert message.key == "report.empty_ones"
    if mine.key == "report.receipt":
        assert theirs.key == "section.over"
        assert await state(desk, request) == "closed"
        assert await desk.count(Answer, Answer.number == Decimal(15), Answer.indicator == "LL02") == 1, (
            "only last month's"
        )
    else:  # the number was first, so the old button to send is stale
        assert mine.notice == "access.stale"
        assert await value(desk, "LL02") == (Decimal(15), "Trần Văn Hoà")


async def test_the_asker_is_told_once(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    await desk.say("hoa", "15", "40")
    done = desk.button("hoa", "Xong")
    await desk.tap("hoa", done)
    again = await desk.tap("hoa", done)
    assert again.key == "section.over"
    assert await promises(desk, "section.answered") == 1
    assert await desk.count(Audit, Audit.action == "section.done") == 1


async def test_done_by_one_is_done_for_the_whole_team(desk: Desk) -> None:
    await asked(desk, "Cả đội")
    async with desk.db.read() as session:
        both = (await session.scalars(select(SectionRequest).order_by(SectionRequest.id))).all()
        names = {each.id: (await session.get_one(Person, each.person_id)).name for each in both}
    mine = next(each for each in both if names[each.id] == "Trần Văn Hoà")
    await opened(desk, "hoa", mine)
    await desk.say("hoa", "xem lại")
    await desk.press("hoa", "Xong")
    assert [await state(desk, each) for each in both] == ["done", "done"]
    assert (await promises(desk, "section.answered"), await promises(desk, "section.ended")) == (1, 1)


@pytest.mark.parametrize("who", ["minh", "lan", "binh", "tuan"])
async def test_nobody_else_comes_in_by_the_request(desk: Desk, who: str) -> None:
    request = await asked(desk)
    for action in ("open", "go", "set", "skip", "done", "decline", "refuse", "review", "next", "tick"):
        with pytest.raises(Refusal) as refused:
            await desk.turn(who, "button", press=Press(f"section.{action}", request.id, 0, "1:5"))
        assert refused.value.key == "permission.not_found"
    assert await state(desk, request) == "asked"


async def test_a_member_cannot_ask_others_nor_write_the_rest(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    for press in (
        Press("section.begin", request.report_id),
        Press("section.withdraw", request.id),
        Press("report.go", request.report_id, 0, "5"),
        Press("report.set", request.report_id, 0, "5:9"),
        Press("report.submit", request.report_id),
    ):
        with pytest.raises(Refusal):
            await desk.turn("hoa", "button", press=press)
    await desk.say("hoa", "sửa 2")
    with_code = await desk.say("hoa", "sửa DVC01")
    assert with_code.values["total"] == 2, "a question of another section is none here"


async def test_whoever_left_the_team_answers_no_more(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    async with desk.db.write() as session:
        role = (await session.scalars(select(Role).where(Role.person_id == request.person_id))).one()
        await people.end_role(session, role, by=None, now=desk.now)
    assert (await desk.say("hoa", "15")).key.startswith("start."), "a stranger again"
    assert await value(desk, "LL02") is None


async def test_an_old_button_of_the_section_writes_nothing(desk: Desk) -> None:
    request = await asked(desk)
    await opened(desk, "hoa", request)
    skip = desk.button("hoa", "Bỏ qua")
    await desk.say("hoa", "15")
    await desk.tap("hoa", skip)
    assert await value(desk, "LL02") == (Decimal(15), "Trần Văn Hoà")
    assert await value(desk, "LL03") is None


async def test_an_ordinary_submission_asks_one_question_more(desk: Desk) -> None:
    await asked(desk)
    await desk.say("lan", "/baocao", "xem lại")
    await desk.press("lan", "Gửi báo cáo", "Để trống hết", "Gửi báo cáo", "Gửi luôn")
    about = [each for each in desk.statements if "section_request" in each]
    assert len(about) <= 3, about
