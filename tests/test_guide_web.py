"""The guides as web pages, over HTTP: whoever scans the code reads, and nothing a reader sends does any harm."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from sqlalchemy import event, select, update

from bot.guide_web import guide_routes
from bot.guides import read_all, read_fields
from bot.web import make_web
from models.database import Database
from models.guides import GuideShelf
from models.tables import Audit, GuideChange, Inbox, Unit
from tests.echoing import Echo
from tests.reading import NOW, Reading, served, two_units

STAY = "/guides/dang-ky-tam-tru"
HERE = f"{STAY}?noi=28.261%2FA"


@pytest.fixture
async def reading(sqlite_db: Database, tmp_path: Path) -> Reading:
    await two_units(sqlite_db)
    return Reading(sqlite_db, tmp_path)


@pytest.fixture
async def web(reading: Reading) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(reading) as address, aiohttp.ClientSession(address) as session:
        yield session


async def read(web: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with web.get(path) as response:
        assert response.status == status
        assert response.content_type == "text/html"
        return await response.text()


class Page(HTMLParser):
    """What a browser makes of a page: its links, the places they may jump to, its elements, headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.lang = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += given
        self.links += [given["href"]] if tag == "a" else []
        self.places += [given["id"]] if "id" in given else []
        self.lang = given.get("lang", self.lang)


async def test_every_guide_has_a_page_whose_links_lead_somewhere(reading: Reading, web: aiohttp.ClientSession) -> None:
    known = {f"/guides/{guide.address}" for guide in reading.shelf.files.all} | {"/guides/"}
    for guide in reading.shelf.files.all:
        text = await read(web, f"/guides/{guide.address}")
        page = Page(text)
        assert (page.tags.count("h1"), page.lang) == (1, "vi")
        assert f"<h1>{guide.title}</h1>" in text
        assert len(page.places) == len(set(page.places))
        jumps = [link[1:] for link in page.links if link.startswith("#")]
        assert set(jumps) <= set(page.places)
        inside = [link for link in page.links if not link.startswith(("#", "http"))]
        assert {urljoin(f"/guides/{guide.address}", link) for link in inside} <= known
        assert text.count('class="step"') == len(guide.steps)
        assert text.count("<svg") == sum(step.screen is not None for step in guide.steps)
        assert not {"script", "iframe", "img", "object"} & set(page.tags)
        assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
        assert ("Trang chính thức" in text) == bool(guide.portal)


async def test_the_list_has_every_guide_once_in_its_field(reading: Reading, web: aiohttp.ClientSession) -> None:
    page = Page(await read(web, "/guides/"))
    assert sorted(link for link in page.links if not link.startswith((".", "#"))) == sorted(
        guide.address for guide in reading.shelf.files.all
    )
    assert set(page.places) >= {field.code for field in reading.shelf.files.fields}


async def test_a_step_that_branches_says_where_each_answer_leads(web: aiohttp.ClientSession) -> None:
    text = await read(web, HERE)
    assert re.search(r"Có rồi:\s+<a href=\"#buoc-o-bao-lau\">sang bước 2</a>", text)
    first = r"Chưa có:\s+<a href=\"vneid-muc-2\?noi=28.261%2FA\">Cài và kích hoạt VNeID mức 2</a>, rồi\s+<a"
    assert re.search(first, text)
    assert re.search(r"có chữ ký trên CT01:\s+<a href=\"#buoc-tai-ct01\">sang bước 11</a>", text)
    assert re.search(r"Xong bước này:\s+<a href=\"#buoc-hop-dong\">sang bước 12</a>", text)
    assert "gặp cán bộ. Chủ trọ có nghĩa vụ" in text


async def test_only_an_address_of_the_web_becomes_a_link(sqlite_db: Database, tmp_path: Path) -> None:
    files = GuideShelf(read_all(), read_fields()).files
    guide = replace(files.all[7], portal="javascript:alert(1)", summary="<img src=x onerror=alert(1)>")
    reading = Reading(sqlite_db, tmp_path, shelf=GuideShelf([guide], files.fields))
    async with served(reading) as address, aiohttp.ClientSession(address) as session:
        text = await read(session, STAY)
    assert "Trang chính thức: javascript:alert(1)" in text
    assert "img" not in Page(text).tags
    assert [link for link in Page(text).links if link.startswith("javascript")] == []


async def test_a_place_adds_its_name_and_notes_and_nothing_else(web: aiohttp.ClientSession) -> None:
    text = await read(web, HERE)
    assert "Tại Đoàn phường An Phú" in text
    assert "Phí: Miễn phí đến hết năm 2026 &lt;b&gt;" in text
    assert "Số 12 Nguyễn Huệ" in text
    assert "Tại " not in await read(web, STAY)
    other = await read(web, "/guides/vneid-muc-2?noi=28.261/A")
    assert "Tại Đoàn" not in other  # it has no note about that guide
    assert 'href="./?noi=28.261%2FA"' in other


@pytest.mark.parametrize("place", ["", "khong-co", "28.261%2FA%00", "%00", "'", "%F0%9F%98%80", "x" * 3000, "%ff%fe"])
@pytest.mark.parametrize("path", [STAY, "/guides/", "/guides/khong-co"])
async def test_a_place_that_is_not_there_is_as_good_as_none(web: aiohttp.ClientSession, path: str, place: str) -> None:
    status = 404 if path.endswith("khong-co") else 200
    assert await read(web, f"{path}?noi={place}", status) == await read(web, path, status)


async def test_what_cannot_be_a_code_is_never_asked_of_postgres_either(db: Database, tmp_path: Path) -> None:
    await two_units(db)
    async with served(Reading(db, tmp_path)) as address, aiohttp.ClientSession(address) as session:
        assert "Tại Đoàn phường An Phú" in await read(session, HERE)
        for broken in ("%00", "28.261%2FA%00"):
            assert "Tại" not in await read(session, f"{STAY}?noi={broken}")
            await read(session, f"/guides/?tim={broken}")


async def test_a_closed_unit_is_not_shown(reading: Reading, web: aiohttp.ClientSession) -> None:
    async with reading.db.write() as session:
        await session.execute(update(Unit).where(Unit.code == "28.261/A").values(closed_on=NOW.date()))
    assert "An Phú" not in await read(web, HERE)


@pytest.mark.parametrize(
    "path",
    ["/guides/khong-co", "/guides/G99", "/guides/a/b", "/guides/%00", "/guides/..%2f..%2fetc", "/guides/" + "x" * 2000],
)
async def test_what_is_not_there_is_said_in_vietnamese_with_a_way_on(web: aiohttp.ClientSession, path: str) -> None:
    text = await read(web, f"/guides/{path}", 404)
    assert "<h1>Không có trang này</h1>" in text
    assert 'role="search"' in text


@pytest.mark.parametrize(
    "path, to",
    [
        ("/guides", "/guides/"),
        ("/guides/g08", STAY),
        ("/guides/G08?noi=28.261/A", HERE),
        ("/guides/g08?noi=khong-co", STAY),
    ],
)
async def test_short_ways_lead_to_the_one_address(web: aiohttp.ClientSession, path: str, to: str) -> None:
    async with web.get(path, allow_redirects=False) as response:
        assert response.status in (307, 308)
        assert urljoin(path, response.headers["Location"]) == to


@pytest.mark.parametrize("wanted", ["tạm trú", "dang ky tam tru", "%20TAM%20TRU%20"])
async def test_the_search_needs_no_diacritics_and_no_script(web: aiohttp.ClientSession, wanted: str) -> None:
    page = Page(await read(web, f"/guides/?tim={wanted}"))
    assert page.links[2] == "dang-ky-tam-tru"  # after the way past the head, and the head


async def test_a_search_that_finds_nothing_says_so_and_repeats_it_as_text(web: aiohttp.ClientSession) -> None:
    text = await read(web, "/guides/?tim=%3Cscript%3Ealert(1)%3C/script%3E%22zzqq")
    assert "Chưa tìm thấy bài nào" in text
    assert "<script" not in text
    assert 'value="&lt;script&gt;alert(1)&lt;/script&gt;&#34;zzqq"' in text
    assert len(await read(web, f"/guides/?tim={'tam tru ' * 500}")) < 100_000


async def test_a_page_is_sent_again_only_when_it_changed(reading: Reading, web: aiohttp.ClientSession) -> None:
    async with web.get(STAY) as first:
        mark = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "public, max-age=300"
    for known in (mark, f'W/{mark}, "other"'):
        async with web.get(STAY, headers={"If-None-Match": known}) as second:
            assert (second.status, await second.read(), second.headers["ETag"]) == (304, b"", mark)
    await approve(reading, "Bấm thật chậm.")
    async with web.get(STAY, headers={"If-None-Match": mark}) as third:
        text = await third.text()
        assert (third.status, third.headers["ETag"] != mark) == (200, True)
    assert "Bấm thật chậm." in text
    assert "bản 2" in text


async def approve(reading: Reading, new: str) -> None:
    old = reading.shelf.files.all[7].step("mo-thu-tuc").do
    async with reading.db.write() as session:
        office = (await session.scalars(select(Unit.id))).first()
        asked = {"guide": "G08", "place": "steps.mo-thu-tuc.do", "old": old, "new": new, "reason": "đổi tên mục"}
        dates = {"proposed_at": NOW, "decided_at": NOW, "state": "approved", "unit_id": office}
        session.add(GuideChange(**asked, **dates))


async def test_a_page_that_was_not_checked_for_long_says_so(reading: Reading, web: aiohttp.ClientSession) -> None:
    assert "Kiểm tra ngày 20/11/2026" in await read(web, STAY)
    reading.clock.set(NOW + timedelta(days=400))
    assert "Chưa kiểm tra lại từ 20/11/2026" in await read(web, STAY)


async def test_what_is_not_confirmed_is_said_to_be_so(web: aiohttp.ClientSession) -> None:
    text = await read(web, "/guides/vneid-muc-2")
    assert "Số tổng đài VNeID và cước gọi: chưa xác nhận, hỏi nơi tiếp nhận" in text


async def test_the_page_opens_the_bot_at_the_guide_and_the_place(web: aiohttp.ClientSession) -> None:
    assert 'href="https://t.me/sotayso_bot?start=g-G08-28_d261_sA"' in await read(web, HERE)
    assert 'href="https://t.me/sotayso_bot?start=g-G08"' in await read(web, STAY)


@pytest.mark.parametrize("path", ["/guides/", STAY, "/guides/khong-co", "/guides/style.css"])
async def test_no_page_may_run_or_load_anything_foreign(web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(path) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "set-cookie" not in response.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_can_be_sent_to_a_page(web: aiohttp.ClientSession, method: str) -> None:
    async with web.request(method, STAY, data={"a": "b"}) as response:
        assert response.status == 405


async def test_reading_writes_nothing(reading: Reading, web: aiohttp.ClientSession) -> None:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(reading.db.engine.sync_engine, "before_cursor_execute", note)
    for path in (HERE, "/guides/?tim=vneid", "/guides/khong-co"):
        async with web.get(path) as response:
            await response.read()
    event.remove(reading.db.engine.sync_engine, "before_cursor_execute", note)
    assert said
    assert [each for each in said if not re.match(r"\s*(SELECT|BEGIN|PRAGMA)", each, re.IGNORECASE)] == []
    assert len(said) <= 12
    async with reading.db.read() as session:
        assert (await session.scalars(select(Inbox.id))).all() == []
        assert (await session.scalars(select(Audit.id).where(Audit.action.like("guide%")))).all() == []


async def test_pages_and_phones_of_the_demo_stand_side_by_side(reading: Reading, tmp_path: Path) -> None:
    web = make_web(Echo(reading.db, tmp_path), demo=True, extra=guide_routes(reading, reading.link))
    async with served(reading, web) as address, aiohttp.ClientSession(address) as session:
        assert "Đăng ký tạm trú" in await read(session, STAY)
        async with session.get("/") as response:
            assert "chat.js" in await response.text()
