"""The guides we ship: all load, all fit a phone, none says what is no longer so, none states what nobody confirmed."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import guides
from bot.guides import FIELDS, FOLDER
from bot.office import Failed, plainly
from bot.words import Words
from handlers.guide_pages import step_values
from models.database import Database
from models.guides import GuideShelf, check_of
from models.rules import Refusal
from models.rules.guides import Guide
from models.tables import GuideChange, GuideCheck, Unit
from tests.room import plain

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
FILES = sorted(FOLDER.glob("*.yaml"))
WORDS = Words(ZoneInfo("Asia/Ho_Chi_Minh"))
LINES, LINE, LETTERS = 12, 40, 700  # of a phone
GUIDE_ORDER = [f"G{number:02d}" for number in range(1, 40)]

# guides-facts §0.2, one row each: how it used to be, as nobody may write it any more
OLD_WAYS = {
    "huyện, quận": r"\b[Hh]uyện\b|\b[Qq]uận\b",
    "Bộ, Sở TT&TT": r"(Bộ|Sở) (TT&TT|TTTT|Thông tin và Truyền thông)",
    "Nghị định 13/2023": r"13/2023",
    "tài khoản Cổng bằng số điện thoại": r"đăng (ký|nhập) (tài khoản |Cổng [^.;]*)*bằng (số điện thoại|mã số BHXH)",
    "cổng của tỉnh": r"dichvucong\.(?!gov\.vn|bocongan\.|baohiemxahoi\.)|[Cc]ổng dịch vụ công (của )?tỉnh",
    "bằng lái ở Sở GTVT, 135.000": r"GTVT|Giao thông vận tải|135\.000",
    "lý lịch tư pháp ở Sở Tư pháp": r"Sở Tư pháp",
    "hộ chiếu 180.000": r"180\.000",
    "thuế khoán, ngưỡng cũ": r"(?<!bỏ )(?<!không còn )thuế khoán|[Nn]gưỡng [^.]*\b(100|200|500) triệu",
    "Mobile Money 10 triệu": r"10 triệu đồng mỗi tháng|10 triệu đồng một tháng|10 triệu/tháng",
    "thẻ BHYT giấy cho mọi người": r"(mang|xuất trình|đổi) (theo )?thẻ (BHYT|bảo hiểm y tế) giấy",
    "OCOP do huyện chấm": r"(cấp |[Hh]ội đồng )huyện",
    "id.vn miễn phí 2 năm": r"miễn phí (2|hai) năm(?!.*đến 31/12/2025)",
    "mức phạt lưu trú cũ": r"(144/2021|lưu trú[^.]*phạt[^.]*\b(100\.000|200\.000|300\.000)\b)",
    "24/11 là ngày làm việc": r"24/11",
}
ALLOWED = {"Người dân nghe nói id.vn được miễn phí 2 năm."}  # what is then put right

# guides-facts, the points marked [CXN]: what may stand only where somebody is told to ask
NOT_CONFIRMED = [
    ("G01", r"1900 ?0368"),
    ("G06", r"6 tháng"),
    ("G11", r"200\.000|10 ngày"),
    ("G12", r"8 ngày làm việc|5 ngày"),
    ("G14", r"10 ngày"),
    ("G20", r"1900 ?9095"),
    ("G26", r"2\.000 đồng"),
    ("G29", r"buudien\.vn"),
    ("G38", r"binhdanhocvuso"),
]


def said(guide: Guide) -> Iterator[str]:
    """Every sentence that somebody reads as true; sources and what is still to be asked are not."""
    yield from (guide.title, guide.short_title, guide.summary, *guide.officer_when)
    for facts in (guide.for_whom, guide.prepare, guide.fees, guide.time_limits, guide.hotlines, guide.legal_basis):
        yield from (each.text for each in facts)
    for step in guide.steps:
        yield from (step.title, step.do, step.see, step.if_not)
        yield from step.screen.rows if step.screen else ()
        if step.fork:
            yield step.fork.question
            yield from (text for each in step.fork.options for text in (each.label, each.officer))
    yield from (text for each in guide.troubles for text in (each.when, each.mend))


# The files


def test_all_39_guides_load() -> None:
    assert [each.code for each in guides.read_all()] == GUIDE_ORDER


def test_every_field_of_the_menu_has_guides() -> None:
    assert {each.field for each in guides.read_all()} == {each.code for each in guides.read_fields()}


def test_the_name_of_a_file_begins_with_the_code_of_its_guide() -> None:
    assert [path.name[:4] for path in FILES] == [f"{code.lower()}-" for code in GUIDE_ORDER]


@pytest.mark.parametrize("guide", guides.read_all(), ids=lambda guide: guide.code)
def test_no_step_is_longer_than_a_phone_screen(guide: Guide) -> None:
    for step in guide.steps:
        text = plain(WORDS.say("guide.step_body", step_values(guide, step)))
        lines = sum(max(1, math.ceil(len(line) / LINE)) for line in text.split("\n"))
        assert (lines <= LINES, len(text) <= LETTERS) == (True, True), f"{step.code}: {lines} lines\n{text}"


@pytest.mark.parametrize("row", OLD_WAYS)
def test_nothing_is_written_the_old_way(row: str) -> None:
    texts = [(guide.code, text) for guide in guides.read_all() for text in said(guide) if text not in ALLOWED]
    assert [(code, text) for code, text in texts if re.search(OLD_WAYS[row], text)] == []


@pytest.mark.parametrize("code, pattern", NOT_CONFIRMED)
def test_what_nobody_confirmed_is_not_stated(code: str, pattern: str) -> None:
    guide = next(each for each in guides.read_all() if each.code == code)
    assert [text for text in said(guide) if re.search(pattern, text)] == []
    assert guide.open_points


# a law's number or a day is what to ask about here, not an answer
NAMED_BY_NUMBER = {"G32 31/12/2025", "G34 156", "G39 118/2025/QH15"}


@pytest.mark.parametrize("guide", guides.read_all(), ids=lambda guide: guide.code)
def test_a_fact_that_nobody_confirmed_says_no_figure(guide: Guide) -> None:
    facts = (*guide.for_whom, *guide.prepare, *guide.fees, *guide.time_limits, *guide.hotlines, *guide.legal_basis)
    figures = {
        f"{guide.code} {found}" for each in facts if each.unconfirmed for found in re.findall(r"\d\S*", each.text)
    }
    assert figures <= NAMED_BY_NUMBER
    for each in facts:
        if each.unconfirmed:
            shown = WORDS.say("guide.fact", {"text": each.text, "unconfirmed": True, "confidence": "", "on": None})
            assert shown.endswith(": chưa xác nhận, hỏi nơi tiếp nhận")


# A file that is wrong


def a_guide(code: str = "G01") -> str:
    return next(path for path in FILES if path.name.startswith(code.lower())).read_text(encoding="utf-8")


def refused(folder: Path, **files: str) -> Refusal:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as no:
        guides.read_all(folder, FIELDS)
    return no.value


@pytest.mark.parametrize(
    "old, new, key",
    [
        ("edition: 1\n", "edtion: 1\n", "programme.unknown_key"),
        ("confidence: high, app", "confidence: cao, app", "programme.not_one_of"),
        ("    next: xem-muc\n", "    next: xem-mucc\n", "guide_file.unknown_step"),
        ("tap: Kích hoạt}", "tap: Kich hoat}", "guide_file.unknown_tap"),
        ("care: [secrets]\n  - code: dat-mat-khau", "care: [secret]\n  - code: dat-mat-khau", "programme.not_one_of"),
        ("field: dinh-danh", "field: dinh-dang", "guide_file.unknown_field"),
        ("title: Cài và kích hoạt VNeID mức 2", "title: [VNeID", "programme.broken_yaml"),
    ],
)
def test_a_fault_is_told_with_file_line_and_what_to_do(tmp_path: Path, old: str, new: str, key: str) -> None:
    source = a_guide()
    assert source.count(old) == 1
    no = refused(tmp_path, g01=source.replace(old, new))
    line = source[: source.index(old)].count("\n") + 1
    sentence = WORDS.label(no.key, no.values)
    assert no.key == key
    assert sentence.startswith(f"g01.yaml, dòng {no.values['line']}")
    assert no.values["line"] in (line, line + 1)


def test_a_broken_file_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "g01.yaml").write_text(a_guide().replace("edition: 1\n", "edition: không\n"), encoding="utf-8")
    with pytest.raises(Failed, match=r"g01\.yaml, dòng 2, mục edition: cần một số nguyên") as stop, plainly(WORDS):
        guides.read_all(tmp_path, FIELDS)
    assert "\n" not in str(stop.value)


def test_two_files_cannot_bear_one_code(tmp_path: Path) -> None:
    no = refused(tmp_path, a=a_guide(), b=a_guide())
    assert WORDS.label(no.key, no.values).startswith("b.yaml, dòng 1: mã bài G01 đã dùng trong tệp a.yaml")


def test_a_guide_that_asks_for_one_that_is_not_there_is_told_by_its_line(tmp_path: Path) -> None:
    source = next(text for path in FILES if "guide: G01" in (text := path.read_text(encoding="utf-8")))
    no = refused(tmp_path, only=source)
    assert (no.key, no.values["file"]) == ("guide_file.unknown_guide", "only.yaml")
    assert f"guide: {no.values['code']}" in source.splitlines()[no.values["line"] - 1]


def test_every_fault_of_a_guide_file_has_its_sentence() -> None:
    top = FOLDER.parents[2]
    files = (*(top / "bot").glob("guide*.py"), *(top / "models" / "rules").glob("*.py"))
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    keys = set(re.findall(r'"(guide_file\.[a-z_]+)"', source))
    assert keys == {key for key in WORDS.keys if key.startswith("guide_file.")}


# The guides in force


def change(place: str, old: str, new: str, minute: int = 0, guide: str = "G01", state: str = "approved") -> GuideChange:
    decided = NOW.replace(minute=minute)
    return GuideChange(
        guide=guide, place=place, old=old, new=new, reason="Đã đổi", state=state, unit_id=1, proposed_at=NOW,
        decided_at=decided if state == "approved" else None,
    )  # fmt: skip


def shelf() -> GuideShelf:
    return GuideShelf(guides.read_all(), guides.read_fields())


@pytest.fixture
async def session(db: Database) -> AsyncIterator[AsyncSession]:
    async with db.write() as session:
        session.add(Unit(id=1, code="TW", name="Trung ương", name_folded="trung uong", kind="central", path="/1/"))
        await session.flush()
        yield session


async def test_without_corrections_the_files_are_in_force(session: AsyncSession) -> None:
    kept = shelf()
    book = await kept.current(session)
    assert book is kept.files is await kept.current(session)
    assert book.at("vneid-muc-2") is book.get("G01")
    assert book.get("G99") is None
    assert [each.field for each in book.in_field("xe")] == ["xe"] * len(book.in_field("xe"))


async def test_an_approved_correction_is_seen_at_the_next_look_by_every_process(session: AsyncSession) -> None:
    here, elsewhere = shelf(), shelf()
    before = await here.current(session)
    await elsewhere.current(session)
    session.add(change("fees.0.text", before.all[0].fees[0].text, "Miễn phí hoàn toàn."))
    session.add(change("summary", before.all[0].summary, "Chưa ai duyệt.", state="proposed"))
    await session.flush()
    for each in (here, elsewhere):
        guide = (await each.current(session)).all[0]
        assert guide.fees[0].text == "Miễn phí hoàn toàn."
        assert guide.fees[0].checked_on == date(2026, 11, 20)
        assert guide.summary == before.all[0].summary
        assert guide.edition == before.all[0].edition + 1
    assert await here.current(session) is not before


async def test_a_correction_whose_place_reads_otherwise_by_now_does_nothing_and_is_listed(
    session: AsyncSession,
) -> None:
    lost = [
        change("fees.0.text", "Chữ cũ của bản trước.", "Mới", 1),
        change("steps.khong-co.do", "x", "y", 2),
        change("title", "x", "y", 3, guide="G99"),
    ]
    first = change("fees.0.text", guides.read_all()[0].fees[0].text, "Lần một.", 4)
    second = change("fees.0.text", "Lần một.", "Lần hai.", 5)
    session.add_all([*lost, first, second])
    await session.flush()
    book = await shelf().current(session)
    assert book.all[0].fees[0].text == "Lần hai."
    assert book.outdated == tuple(each.id for each in lost)
    assert book.all[0].edition == guides.read_all()[0].edition + 4


async def test_a_later_check_counts_as_the_day_the_guide_was_checked(session: AsyncSession) -> None:
    guide = guides.read_all()[0]
    assert await check_of(session, guide) is guide.check
    for day in (date(2027, 1, 5), date(2025, 1, 1)):
        session.add(GuideCheck(guide="G01", checked_on=day, unit_id=1, at=NOW))
    await session.flush()
    assert (await check_of(session, guide)).on == date(2027, 1, 5)
