"""From the printed code to a confirmed team with members: every step on the phones of the people in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import demo
from models import people, teams, webchat
from models.database import Database
from models.rules.teams import TeamCard
from models.tables import Person, Unit
from tests.room import Room, room

CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
MOST_LINES = 12


everywhere = pytest.mark.parametrize("played", ["webchat", "typing", "telegram"], indirect=True)


@pytest.fixture
async def played(request: pytest.FixtureRequest, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Room]:
    async with room(sqlite_db, tmp_path, getattr(request, "param", "webchat")) as made:
        yield made


class Talk:
    """Somebody at their phone; what they see after each act must hold the words named."""

    def __init__(self, played: Room, who: str) -> None:
        self.room, self.phone = played, played.phone(who)

    async def _seen(self, *words: str) -> str:
        await self.room.settle()
        seen: str = await self.phone.seen()
        for word in words:
            assert word in seen, f"{word} is not in:\n{seen}"
        return seen

    async def say(self, text: str, *words: str) -> str:
        await self.phone.say(text)
        return await self._seen(*words)

    async def press(self, label: str, *words: str) -> str:
        await self.phone.press(label)
        return await self._seen(*words)

    async def answer(self, label: str, *words: str, way: tuple[str, ...]) -> str:
        """Press a button of a message that came by itself; without buttons, the same is reached through /donvi."""
        if self.room.kind == "typing":
            await self.say("/donvi")
            for step in way[:-1]:
                await self.press(step)
            return await self.press(way[-1], *words)
        return await self.press(label, *words)

    async def sees(self, *words: str) -> str:
        return await self._seen(*words)


def code_in(screen: str) -> str:
    found = CODE.search(screen)
    assert found, screen
    return found[0]


async def founders_code(tuan: Talk) -> str:
    await tuan.say("/donvi", "Đoàn phường Mỹ Tho", "Phạm vi:")
    await tuan.press("Mời người", "vai trò nào")
    seen = await tuan.press("Người lập đội", "Lời mời: người lập đội", "Dùng được 1 lần")
    return code_in(seen)


async def register(thanh: Talk, name: str = "Đội hình Sen Hồng") -> None:
    await thanh.press("Đăng ký đội hình", "1/4", "Tên đội")
    await thanh.say(name, "2/4", "Số quyết định")
    await thanh.press("Bỏ qua", "3/4", "Ngày quyết định")
    await thanh.say("15/3/2026", "4/4", "thành viên")
    await thanh.say("12", "Kiểm tra trước khi gửi", name, "15/03/2026", "12 người")
    await thanh.press("Gửi đăng ký", "Đã gửi đăng ký", "đã được báo")


@everywhere
async def test_a_team_is_founded_confirmed_and_joined(played: Room) -> None:
    tuan, thanh, khach = Talk(played, "tuan"), Talk(played, "thanh"), Talk(played, "khach")
    code = await founders_code(tuan)
    await thanh.say(f"/start {code}", "Đoàn phường Mỹ Tho", "người lập đội")
    await tuan.sees("vừa vào", "Không phải người của chúng tôi")
    await register(thanh)
    await tuan.sees("Đội hình chờ xác nhận", "Đội hình Sen Hồng", "[Xác nhận]")
    await thanh.say("/donvi", "đang chờ")
    await tuan.answer("Xác nhận", "Đã xác nhận", way=("Đội chờ xác nhận", "Sen Hồng", "Xác nhận"))
    await thanh.sees("đã được xác nhận", "đội trưởng")
    await thanh.say("/donvi", "Đội hình Sen Hồng", "Thành viên: 1 đã vào bot / 12 đã khai")
    await thanh.press("Mời người", "mời ai vào đội")
    seen = await thanh.press("Tình nguyện viên", "Dùng được 50 lần")
    await khach.say("/start", "Nhập mã mời")
    await khach.press("Nhập mã mời", "12 chữ và số")
    await khach.say(code_in(seen).lower(), "Đội hình Sen Hồng", "tình nguyện viên")
    await thanh.sees("vừa vào", "tình nguyện viên")
    wrong = played.names.get("khach", "Khách")
    await thanh.answer("Không phải người của chúng tôi", "ra khỏi", way=("Thành viên", f"Đưa ra: {wrong}"))
    await thanh.press("Đưa ra khỏi đơn vị", "Đã đưa")
    await khach.sees("không còn là tình nguyện viên")


@everywhere
async def test_a_returned_team_is_corrected_and_sent_again(played: Room) -> None:
    tuan, thanh = Talk(played, "tuan"), Talk(played, "thanh")
    await thanh.say(f"/start {await founders_code(tuan)}")
    await register(thanh)
    await tuan.answer("Trả lại", "lý do", way=("Đội chờ xác nhận", "Sen Hồng", "Trả lại"))
    await tuan.say("x", "Lý do cần vài chữ")
    await tuan.say("Thiếu số quyết định", "Đã trả lại")
    await thanh.sees("được trả lại", "Thiếu số quyết định")
    await thanh.answer("Sửa và gửi lại", way=("Sửa và gửi lại",))
    await thanh.sees("Kiểm tra trước khi gửi", "Đội hình Sen Hồng")
    await thanh.press("Sửa số QĐ", "Số quyết định")
    await thanh.say("12-QĐ/ĐTN", "Kiểm tra trước khi gửi", "12-QĐ/ĐTN")
    await thanh.press("Gửi đăng ký", "Đã gửi đăng ký")
    await tuan.sees("12-QĐ/ĐTN", "[Xác nhận]")


async def test_each_answer_that_cannot_be_read_is_asked_again_and_back_leads_back(played: Room) -> None:
    tuan, thanh = Talk(played, "tuan"), Talk(played, "thanh")
    await thanh.say(f"/start {await founders_code(tuan)}")
    await thanh.press("Đăng ký đội hình", "1/4")
    await thanh.say("7", "chưa giống tên đội", "1/4")
    await thanh.say("Đội Một", "2/4")
    await thanh.press("Quay lại", "1/4", "Giữ: Đội Một")
    await thanh.press("Giữ: Đội Một", "2/4")
    await thanh.say("12-QĐ/ĐTN", "3/4")
    await thanh.say("31/2/2026", "28 ngày", "3/4")
    await thanh.say("1/1/2030", "chưa tới", "3/4")
    await thanh.say("15/3/2019", "Có phải ngày 15/03/2019")
    await thanh.press("Đúng, 15/03/2019", "4/4")
    await thanh.say("nhiều lắm", "4/4")
    await thanh.say("0", "từ 1 đến 2.000")
    await thanh.say("15", "Kiểm tra trước khi gửi", "15 người")
    await thanh.press("Huỷ", "dừng")
    await thanh.say("/donvi", "Lập đội hình mới")


async def test_a_code_typed_out_of_the_blue_joins_and_joining_twice_says_so(played: Room) -> None:
    tuan, thanh = Talk(played, "tuan"), Talk(played, "thanh")
    code = await founders_code(tuan)
    await thanh.say(code.lower().replace("-", " "), "người lập đội")
    await thanh.say(code, "từ trước")
    await thanh.say("/start " + code, "từ trước")


async def test_wrong_codes_are_told_apart_and_lock(played: Room) -> None:
    khach = Talk(played, "khach")
    await khach.say("/start", "mã mời")
    await khach.press("Nhập mã mời", "12 chữ và số")
    await khach.say("không có mã", "chưa phải mã mời")
    for _ in range(5):
        await khach.say("2222-AAAA-3333", "Không có lời mời")
    await khach.say("/start 2222-AAAA-3333", "60 phút")


async def test_a_revoked_invitation_lets_nobody_in(played: Room) -> None:
    tuan, thanh = Talk(played, "tuan"), Talk(played, "thanh")
    code = await founders_code(tuan)
    await tuan.press("Thu hồi lời mời", "Đã thu hồi")
    await thanh.say(f"/start {code}", "đã được thu hồi")


async def test_the_province_invites_into_a_commune_found_by_a_part_of_its_name(played: Room) -> None:
    an = Talk(played, "an")
    await an.say("/donvi", "Tỉnh Đoàn Đồng Tháp", "Xã, phường, đặc khu: 102")
    await an.press("Mời người", "Cán bộ phụ trách")
    await an.press("Cán bộ phụ trách", "một phần tên")
    await an.say("khong co", "Chưa thấy đơn vị nào")
    await an.say("my tho", "Đoàn phường Mỹ Tho", "Đoàn xã Mỹ Thọ")
    await an.press("Đoàn phường Mỹ Tho", "Lời mời: cán bộ phụ trách", "Đoàn phường Mỹ Tho")
    await an.say("/donvi")
    await an.press("Danh sách đơn vị", "Trang sau")
    await an.press("Trang sau", "trang 2", "Trang trước")


async def test_a_leader_sees_the_team_and_nobody_elses(played: Room) -> None:
    lan, binh = Talk(played, "lan"), Talk(played, "binh")
    seen = await lan.say("/donvi", "Đội hình chuyển đổi số Mỹ Tho", "Nguyễn Thị Lan", "15-QĐ/ĐTN", "Phạm Minh")
    assert "Cao Lãnh" not in seen
    await lan.press("Thành viên", "Trần Văn Hoà", "Đưa ra: Trần Văn Hoà")
    assert "Đưa ra: Nguyễn Thị Lan" not in await lan.sees()
    assert "Mỹ Tho" not in await binh.say("/donvi", "Cao Lãnh")


async def test_a_phones_own_name_is_no_name_and_the_name_is_asked(played: Room) -> None:
    played.names["khach"] = "Khách 1"
    tuan, khach = Talk(played, "tuan"), Talk(played, "khach")
    await khach.say(await founders_code(tuan), "người lập đội", "họ và tên")
    await khach.say("Bùi Thị Sen", "Đã ghi tên: Bùi Thị Sen", "Đăng ký đội hình")


async def test_the_demo_shows_of_each_phone_the_role_it_holds_now(played: Room, sqlite_db: Database) -> None:
    plan = {"people": {"hoa": {"name": "Trần Văn Hoà", "role": "role.member", "unit": "Đội nào đó"}}}
    async with sqlite_db.write() as session:
        await webchat.add_phone(session, "Khách {number}")
    played.names["phone-1"] = "Khách 1"

    async def lines() -> dict[str, tuple[str, str]]:
        shown = await demo.personas(sqlite_db, plan, played.clock.now())
        return {one.address: (one.role, one.unit) for one in shown}

    team = "Đội hình chuyển đổi số Mỹ Tho"
    assert await lines() == {"hoa": ("role.member", team), "phone-1": ("webchat.stranger_role", "")}
    await Talk(played, "phone-1").say(await founders_code(Talk(played, "tuan")), "họ và tên")
    lan = Talk(played, "lan")
    await lan.say("/donvi")
    await lan.press("Thành viên")
    await lan.press("Đưa ra: Trần Văn Hoà")
    await lan.press("Đưa ra khỏi đơn vị", "Đã đưa")
    assert await lines() == {
        "hoa": ("webchat.stranger_role", ""),
        "phone-1": ("role.founder", "Đoàn phường Mỹ Tho"),
    }


async def test_every_waiting_team_can_be_paged_to(played: Room, sqlite_db: Database) -> None:
    async with sqlite_db.write() as session:
        commune = (await session.scalars(select(Unit).where(Unit.name == "Đoàn phường Mỹ Tho"))).one()
        by = (await session.scalars(select(Person.id))).first() or 0
        for number in range(1, 10):
            card = TeamCard(f"Tổ chờ {number}", "", None, 9)
            await teams.register(session, commune, card, by=by, confirmed=False, now=datetime.now(UTC))
    tuan = Talk(played, "tuan")
    await tuan.say("/donvi", "Đội chờ xác nhận (9)")
    first = await tuan.press("Đội chờ xác nhận", "[Tổ chờ 1]", "[Tổ chờ 8]", "[Trang sau ›]")
    assert "Tổ chờ 9" not in first
    await tuan.press("Trang sau", "trang 2", "[Tổ chờ 9]", "[‹ Trang trước]")
    await tuan.press("Tổ chờ 9", "chờ cán bộ phụ trách xác nhận")


async def test_who_answers_for_two_units_chooses_and_finds_the_menu(played: Room, sqlite_db: Database) -> None:
    async with sqlite_db.write() as session:
        hoa = (await session.scalars(select(Person).where(Person.name == "Trần Văn Hoà"))).one()
        other = (await session.scalars(select(Unit).where(Unit.name == "Đội hình chuyển đổi số Cao Lãnh"))).one()
        await people.grant(session, hoa.id, other.id, "member", by=None, now=datetime(2026, 1, 1, tzinfo=UTC))
    await Talk(played, "hoa").say("/donvi", "Bạn có vai trò ở 2 đơn vị", "[Menu]")


async def test_no_screen_is_longer_than_a_phone(played: Room) -> None:
    tuan, lan, an, thanh = (Talk(played, who) for who in ("tuan", "lan", "an", "thanh"))
    screens = [await tuan.say("/donvi"), await lan.say("/donvi"), await an.say("/donvi"), await thanh.say("/start")]
    screens.append(await thanh.say(f"/start {await founders_code(tuan)}"))
    screens += [await an.press("Danh sách đơn vị"), await lan.press("Thành viên")]
    for screen in screens:
        lines = [line for line in screen.splitlines() if line.strip() and not line.startswith("[")]
        assert len(lines) <= MOST_LINES, screen


async def test_a_province_turns_the_pages_of_all_invitations_below_it_and_revokes_one(played: Room) -> None:
    an, tuan, khach = Talk(played, "an"), Talk(played, "tuan"), Talk(played, "khach")
    codes = [await founders_code(tuan) for _ in range(9)]
    await an.say("/donvi")
    seen = await an.press(
        "Lời mời đang mở", "Tỉnh Đoàn Đồng Tháp: 9", "8. người lập đội, Đoàn phường Mỹ Tho", "[Thu hồi 8]"
    )
    assert len([line for line in seen.splitlines() if line.strip() and not line.startswith("[")]) <= MOST_LINES
    seen = await an.press("Trang sau", "trang 2", "1. người lập đội, Đoàn phường Mỹ Tho", "Trang trước")
    assert "[Thu hồi 2]" not in seen
    await an.press("Thu hồi 1", "Đã thu hồi")
    await an.press("Lời mời đang mở", "Tỉnh Đoàn Đồng Tháp: 8")
    assert "Trang sau" not in await an.sees()
    await khach.say(codes[0], "đã được thu hồi")
    await khach.say(codes[1], "người lập đội")


async def test_of_two_coordinators_the_second_finds_it_done(played: Room) -> None:
    tuan, an, thanh = Talk(played, "tuan"), Talk(played, "an"), Talk(played, "thanh")
    await thanh.say(f"/start {await founders_code(tuan)}")
    await register(thanh)
    await an.sees("Đội hình chờ xác nhận", "[Trả lại]")
    await tuan.press("Xác nhận", "Đã xác nhận")
    seen = await an.press("Trả lại", "Đội hình Sen Hồng", "Đội trưởng:")
    assert "lý do" not in seen
    await thanh.say("/baocao", "Đội hình Sen Hồng")
