"""The poster that hangs at a counter: one page whatever the guide, and a code that a telephone reads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2
import pytest
import segno
import zxingcpp
from PIL import Image

from bot import guides, poster
from bot.__main__ import parser
from bot.commands import COMMANDS
from bot.office import USAGE, Failed
from bot.poster import Checked, Code, Place, Poster, Section, codes_of, poster_of
from bot.poster_page import SMALLEST_CODE, WIDTH, as_pdf
from models.database import Database
from models.rules import Refusal
from models.rules.guide_links import GuideLink, payload_of
from models.rules.guides import Fact, Guide
from models.tables import GuideNote, Unit
from tests.reading import BOT, Reading, two_units
from tests.shipped import words_in

GUIDES = {guide.code: guide for guide in guides.read_all()}
BASE = "https://sotayso.example.vn"
ADDRESS = "Số 12 đường Nguyễn Huệ, mở cửa từ 7 giờ 30"
SHARP = 2.0  # pixels a point when a page is looked at


def unit(name: str = "Đoàn phường An Phú") -> Unit:
    return Unit(id=7, code="28261-3", name=name, kind="commune", path="/1/7/")


def note(kind: str, text: str) -> tuple[GuideNote, str]:
    return GuideNote(kind=kind, text=text), "Tỉnh Đoàn Đồng Tháp"


def both_codes(guide: Guide) -> tuple[Code, ...]:
    link = BOT + payload_of(GuideLink(guide.code, "28261-3"))
    return codes_of(words_in(), guide, unit(), BASE, {"telegram": link})


def made(guide: Guide, *notes: tuple[GuideNote, str], codes: Sequence[Code] = ()) -> Poster:
    checked = Checked(guide.check.on, False)
    return poster_of(words_in(), guide, Place(unit(), notes), checked, tuple(codes) or both_codes(guide))


@contextmanager
def page_of(content: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(content)
    try:
        assert len(document) == 1
        yield document[0]
    finally:
        document.close()


def text_of(content: bytes) -> str:
    with page_of(content) as page:
        return " ".join(str(page.get_textpage().get_text_range()).split())


def picture_of(content: bytes) -> Image.Image:
    with page_of(content) as page:
        image: Image.Image = page.render(scale=SHARP).to_pil()
        return image


def boxes_of(content: bytes) -> list[tuple[float, float, float, float]]:
    """Where letters stand: left, bottom, right, top, in points."""
    with page_of(content) as page:
        text = page.get_textpage()
        return [text.get_rect(at) for at in range(text.count_rects())]


def collisions(boxes: Sequence[tuple[float, float, float, float]]) -> list[Any]:
    """Letters over letters, or beyond the margins (what a printer cannot reach is 5 mm)."""
    beyond = [box for box in boxes if box[0] < 15 or box[2] > 580 or box[1] < 15 or box[3] > 827]
    over = [
        (one, two)
        for at, one in enumerate(boxes)
        for two in boxes[at + 1 :]
        if min(one[2], two[2]) - max(one[0], two[0]) > 1 and min(one[3], two[3]) - max(one[1], two[1]) > 1
    ]
    return [*beyond, *over]


@pytest.mark.parametrize("code", GUIDES)
def test_every_guide_is_one_page_on_which_nothing_stands_over_anything(code: str) -> None:
    guide = GUIDES[code]
    content = as_pdf(made(guide, note("address", ADDRESS), note("fee", "Miễn phí đến hết năm 2026")))
    said = text_of(content)
    assert collisions(boxes_of(content)) == []
    assert all(part in said for part in (guide.title, "ĐOÀN PHƯỜNG AN PHÚ", ADDRESS, f"{code} · bản {guide.edition}"))
    assert all(fact.text.rstrip(".") in said for fact in (*guide.fees, *guide.time_limits, *guide.prepare))
    assert said.count("chưa xác nhận, hỏi nơi tiếp nhận") == sum(
        each.unconfirmed for each in (*guide.for_whom, *guide.prepare, *guide.fees, *guide.time_limits)
    )
    assert ("Trang chính thức" in said) == bool(guide.portal)
    assert "Không đưa mật khẩu, mã OTP" in said


@pytest.mark.parametrize("code", ["G01", "G17", "G25", "G39"])
def test_a_telephone_reads_both_codes(code: str) -> None:
    guide = GUIDES[code]
    read = zxingcpp.read_barcodes(picture_of(as_pdf(made(guide))))
    page = f"{BASE}/guides/{guide.address}?noi=28261-3"
    assert {each.text for each in read} == {page, f"{BOT}g-{code}-28261-3"}


def test_a_code_is_large_enough_and_stands_in_white() -> None:
    image = picture_of(as_pdf(made(GUIDES["G08"]))).convert("L")
    for found in zxingcpp.read_barcodes(image):
        corners = [found.position.top_left, found.position.top_right, found.position.bottom_left]
        left, right, top, bottom = corners[0].x, corners[1].x, corners[0].y, corners[2].y
        assert (right - left) / SHARP >= SMALLEST_CODE - 2 > 45 * 72 / 25.4 - 2
        modules = segno.make_qr(found.text, error="m").symbol_size(border=0)[0]
        rim = int(4 * (right - left) / modules) - 2  # four modules wide (ISO/IEC 18004)
        around = image.crop((left - rim, top - rim, right + rim, bottom + rim))
        around.paste(255, (rim - 3, rim - 3, int(rim + right - left + 3), int(rim + bottom - top + 3)))
        assert around.getextrema() == (255, 255)


def test_what_people_noted_as_long_as_it_may_be_still_fits() -> None:
    long = " ".join(["Nghị quyết của Hội đồng nhân dân tỉnh"] * 8)[:300]
    facts = tuple(Fact(long, GUIDES["G08"].check.on, "high") for _ in range(12))
    guide = replace(
        GUIDES["G08"], title="Đăng ký " * 8 + "x", summary=long[:160], for_whom=facts, prepare=facts, fees=facts,
        time_limits=facts, hotlines=facts, portal="https://" + "a" * 200 + ".vn",
    )  # fmt: skip
    notes = [note(kind, (long * 2)[:400]) for kind in ("fee", "address", "address", "other")]
    page = replace(made(guide, *notes), place="Trung tâm Phục vụ hành chính công " * 6)
    content = as_pdf(page)
    assert collisions(boxes_of(content)) == []
    assert "quét mã để xem đủ" in text_of(content)


def test_a_short_guide_is_written_larger_than_a_long_one() -> None:
    def height(code: str) -> float:
        content = as_pdf(made(GUIDES[code]))
        return median(
            top - bottom for left, bottom, _, top in boxes_of(content) if left < WIDTH / 2 and 250 < top < 640
        )

    assert height("G38") > 1.15 * height("G32")


def test_what_the_letters_do_not_have_is_left_out_and_markup_is_text() -> None:
    plain, with_emoji = (
        as_pdf(made(GUIDES["G08"], note("address", f"Số 1 <b>&{emoji} phường</b>"))) for emoji in ("", " 🏛")
    )
    assert plain == with_emoji
    assert "Địa chỉ: Số 1 <b>& phường</b>" in text_of(plain)


def test_an_unconfirmed_number_to_call_is_not_printed() -> None:
    said = text_of(as_pdf(made(GUIDES["G01"])))
    assert "Công an xã, phường, đặc khu nơi gần nhất" in said
    assert "tổng đài VNeID" not in said


def test_a_guide_that_nobody_checked_for_long_says_so() -> None:
    guide = GUIDES["G08"]
    checked = Checked(guide.check.on, True)
    page = poster_of(words_in(), guide, Place(unit()), checked, both_codes(guide))
    assert re.search(r"chưa kiểm tra lại từ \d\d/\d\d/\d{4}", text_of(as_pdf(page)))


def test_the_same_poster_is_the_same_file() -> None:
    assert as_pdf(made(GUIDES["G08"])) == as_pdf(made(GUIDES["G08"]))


@pytest.mark.parametrize(
    "base, links, expected",
    [
        (BASE, {}, [f"{BASE}/guides/dang-ky-tam-tru?noi=28261-3"]),
        ("", {"telegram": "https://t.me/b?start=g"}, ["https://t.me/b?start=g"]),
        ("", {"zalo": "https://zalo.me/b", "telegram": "https://t.me/b"}, ["https://t.me/b", "https://zalo.me/b"]),
        (BASE, {"telegram": ""}, [f"{BASE}/guides/dang-ky-tam-tru?noi=28261-3"]),
    ],
)
def test_codes_lead_to_the_page_first_and_to_every_channel(
    base: str, links: dict[str, str], expected: list[str]
) -> None:
    assert [code.link for code in codes_of(words_in(), GUIDES["G08"], unit(), base, links)] == expected


def test_the_address_to_type_is_short() -> None:
    (code,) = codes_of(words_in(), GUIDES["G08"], unit(), BASE, {})
    assert code.typed == "hoặc gõ: sotayso.example.vn/guides/g08"


def test_without_any_address_nothing_is_printed() -> None:
    with pytest.raises(Refusal, match="no_address"):
        codes_of(words_in(), GUIDES["G08"], unit(), "", {"telegram": ""})


@pytest.mark.parametrize("lines, shown", [(2, 2), (16, 1), (28, 1)])
def test_where_two_codes_find_no_room_the_first_stands_alone(lines: int, shown: int) -> None:
    sections = (Section("Cần chuẩn bị", ("Một thứ",) * 3, True),)
    codes = tuple(Code(f"{BASE}/{'x' * 60 * at}", "Quét mã") for at in (1, 2))
    conduct = Section("An toàn", ("Một điều",) * lines)
    content = as_pdf(Poster("Nơi dán", "Bài", "Tóm tắt", sections, codes, conduct, (), ("bản 1",), "Còn nữa"))
    assert collisions(boxes_of(content)) == []
    assert [each.text for each in zxingcpp.read_barcodes(picture_of(content))].count(codes[0].link) == 1
    assert len(zxingcpp.read_barcodes(picture_of(content))) == shown


@pytest.mark.parametrize("asked", ["G08", " g08 ", "dang-ky-tam-tru"])
async def test_the_file_bears_what_holds_at_the_unit_and_above(db: Database, tmp_path: Path, asked: str) -> None:
    _, commune = await two_units(db)
    desk = Reading(db, tmp_path / "data", public_url=BASE)
    guide, found = await poster.subject(db, desk.shelf, asked, commune.id)
    document = await poster.document(desk, guide, found, {}, is_demo=False)
    path = await poster.into_folder(document, desk.settings.data_dir, tmp_path / "to" / "quet")
    said = text_of(path.read_bytes())
    assert path.name == "to-quet-ma-G08-doan-phuong-an-phu.pdf"
    assert "Miễn phí đến hết năm 2026 <b> (Tỉnh Đoàn Đồng Tháp)" in said
    assert "Địa chỉ: Số 12 Nguyễn Huệ" in said


async def test_what_is_not_there_is_said(sqlite_db: Database, tmp_path: Path) -> None:
    _, commune = await two_units(sqlite_db)
    desk = Reading(sqlite_db, tmp_path)
    for asked, number in (("G99", commune.id), ("G08", 999)):
        with pytest.raises(Refusal, match="unknown_guide"):
            await poster.subject(sqlite_db, desk.shelf, asked, number)
    guide, found = await poster.subject(sqlite_db, desk.shelf, "G08", commune.id)
    with pytest.raises(Refusal, match="no_address"):
        await poster.document(desk, guide, found, {}, is_demo=False)
    document = await poster.document(desk, guide, found, {}, is_demo=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="no_folder"):
        await poster.into_folder(document, tmp_path, tmp_path / "file")


async def test_the_command_says_where_the_file_is_and_fails_with_a_sentence(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await two_units(sqlite_db)
    given = {"DATABASE_URL": sqlite_db.url, "DATA_DIR": str(tmp_path / "data"), "WEBHOOK_SECRET": "x" * 20}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.office.set_up_logs", lambda *_: None)

    async def command(*words: str) -> str:
        asked = parser().parse_args(["poster", *words])
        await COMMANDS[asked.command].run(asked)
        return capsys.readouterr().out

    monkeypatch.setenv("PUBLIC_URL", BASE)
    told = json.loads(await command("g08", "an phu", "--out", str(tmp_path / "in"), "--json"))
    assert (told["guide"], told["unit"]) == ("G08", "28.261/A")
    assert "ĐOÀN PHƯỜNG AN PHÚ" in text_of(Path(told["files"][0]).read_bytes())
    monkeypatch.delenv("PUBLIC_URL")
    with pytest.raises(Failed, match="PUBLIC_URL") as failed:
        await command("G08", "an phu")
    assert failed.value.status == USAGE
