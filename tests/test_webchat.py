"""The web chat over HTTP: a real server, database and client; only the bot behind it is an echo."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import yaml

from bot.channels import Choice, Rendered, SendFailed
from bot.phones import PAGE
from bot.turning import turned
from bot.words import TEXTS
from models import webchat
from models.database import Database
from tests.echoing import MORNING, Echo, served

OURS = {"X-Requested-With": "webchat"}
OFFICE = ZoneInfo("Asia/Ho_Chi_Minh")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def echoing(sqlite_db: Database, tmp_path: Path) -> Echo:
    return Echo(sqlite_db, tmp_path)


@pytest.fixture
async def page(echoing: Echo) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(echoing) as address, aiohttp.ClientSession(address, headers=OURS) as session:
        yield session


async def talk_of(page: aiohttp.ClientSession, address: str = "lan") -> list[dict[str, Any]]:
    async with page.get("/webchat/state") as response:
        messages: list[dict[str, Any]] = (await response.json())["messages"][address]
        return messages


async def post(
    page: aiohttp.ClientSession, path: str, body: dict[str, Any], **headers: str
) -> tuple[int, dict[str, Any]]:
    async with page.post(path, json=body, headers=headers) as response:
        return response.status, await response.json()


async def answered(app: Echo) -> None:
    await asyncio.gather(*app.answering)


def form(*files: tuple[str, str, bytes], caption: str = "", nonce: str = "nonce-file") -> aiohttp.FormData:
    data = aiohttp.FormData(quote_fields=False)  # as browsers do: names in UTF-8
    data.add_field("nonce", nonce)
    data.add_field("caption", caption)
    for name, mime, content in files:
        data.add_field("file", content, filename=name, content_type=mime)
    return data


async def heard(response: aiohttp.ClientResponse, wanted: str) -> tuple[Any, str]:
    """The next event of a kind: its data and its id."""
    return (await heard_all(response, wanted))[wanted]


async def heard_all(response: aiohttp.ClientResponse, *wanted: str) -> dict[str, tuple[Any, str]]:
    """The next event of each kind, in whatever order they come."""
    found: dict[str, tuple[Any, str]] = {}
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 5)).decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if fields.get("event") in wanted:
            found.setdefault(fields["event"], (json.loads(fields["data"]), fields.get("id", "")))
        if len(found) == len(wanted):
            return found
        fields = {}


# What is said is kept, and reaches the bot once


async def test_what_is_typed_stands_in_the_talk_with_the_answer(echoing: Echo, page: aiohttp.ClientSession) -> None:
    assert await post(page, "/webchat/lan/say", {"text": "báo cáo <3", "nonce": "nonce-0001"}) == (200, {"ok": True})
    await answered(echoing)
    said, heard_back = await talk_of(page)
    assert (said["mine"], said["html"], said["nonce"]) == (True, "báo cáo &lt;3", "nonce-0001")
    assert heard_back["rows"] == [[["Bấm", "tick", ""]]]
    incoming = echoing.webchat.read(echoing.events[0].payload)
    assert incoming is not None
    assert (incoming.kind, incoming.text, incoming.name) == ("text", "báo cáo <3", "Nguyễn Thị Lan")
    assert (incoming.address, incoming.sender, incoming.at) == ("lan", "lan", MORNING)


async def test_letters_typed_in_two_parts_reach_the_bot_as_one(echoing: Echo, page: aiohttp.ClientSession) -> None:
    await post(page, "/webchat/lan/say", {"text": "ba\u0301o ca\u0301o", "nonce": "nonce-0001"})
    assert echoing.events[0].payload["text"] == "báo cáo"


async def test_a_double_submit_is_one_bubble_and_one_event(echoing: Echo, page: aiohttp.ClientSession) -> None:
    body = {"text": "126", "nonce": "nonce-0001"}
    await asyncio.gather(*(post(page, "/webchat/lan/say", body) for _ in range(3)))
    await answered(echoing)
    assert [one["mine"] for one in await talk_of(page)] == [True, False]
    assert {one.event_id for one in echoing.events} == {"nonce-0001"}


async def test_a_press_leaves_no_bubble_and_changes_its_card(echoing: Echo, page: aiohttp.ClientSession) -> None:
    card = await echoing.webchat.send("lan", Rendered("Cũ", ((Choice("Bấm", "tick"),),)))
    body = {"message_id": int(card), "data": "tick", "nonce": "nonce-0002"}
    assert (await post(page, "/webchat/lan/press", body))[0] == 200
    await answered(echoing)
    (only,) = await talk_of(page)
    assert (only["id"], only["html"], only["edited"]) == (int(card), "Đã bấm", True)
    incoming = echoing.webchat.read(echoing.events[0].payload)
    assert incoming is not None
    assert (incoming.kind, incoming.text, incoming.message_ref) == ("button", "tick", card)


async def test_cannot_edit_the_card_of_another_chat_or_ones_own_words(
    echoing: Echo, page: aiohttp.ClientSession
) -> None:
    card = await echoing.webchat.send("minh", Rendered("Của Minh"))
    fresh = await echoing.webchat.send("lan", Rendered("Mới", place="card"), card=card)
    assert fresh != card
    assert [one["html"] for one in await talk_of(page, "minh")] == ["Của Minh"]
    await post(page, "/webchat/hoa/say", {"text": "lời", "nonce": "nonce-0001"})
    await answered(echoing)
    own = (await talk_of(page, "hoa"))[0]["id"]
    assert await echoing.webchat.send("hoa", Rendered("Đè", place="card"), card=str(own)) != str(own)


async def test_the_talk_is_there_again_after_a_restart(echoing: Echo) -> None:
    await echoing.webchat.send("lan", Rendered("Trước"))
    for _ in range(2):
        async with served(echoing) as address, aiohttp.ClientSession(address) as page:
            assert [one["html"] for one in await talk_of(page)] == ["Trước"]


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("lan/say", {"text": "  ", "nonce": "nonce-0001"}, 400, "còn trống"),
        ("lan/say", {"text": "a" * 4097, "nonce": "nonce-0001"}, 413, "4.096 ký tự"),
        ("lan/say", {"text": "a"}, 400, "tải lại trang"),
        ("lan/say", {"text": "a", "nonce": "../../x y"}, 400, "tải lại trang"),
        ("ai-do/say", {"text": "a", "nonce": "nonce-0001"}, 404, "không còn nữa"),
        ("lan/press", {"message_id": 999, "data": "x", "nonce": "nonce-0001"}, 404, "không còn nữa"),
        ("lan/press", {"message_id": "1", "data": "x", "nonce": "nonce-0001"}, 400, "tải lại trang"),
        ("lan/press", {"message_id": 1, "data": "x" * 65, "nonce": "nonce-0001"}, 400, "tải lại trang"),
        ("clock", {"hours": -1}, 400, "quay tới trước"),
    ],
)
async def test_cannot_send_what_makes_no_sense_and_is_told_why(
    echoing: Echo, page: aiohttp.ClientSession, path: str, body: dict[str, Any], status: int, sentence: str
) -> None:
    got, answer = await post(page, f"/webchat/{path}", body)
    assert got == status
    assert sentence in answer["error"]
    assert not echoing.events


async def test_cannot_press_a_button_on_somebody_elses_phone(echoing: Echo, page: aiohttp.ClientSession) -> None:
    card = int(await echoing.webchat.send("minh", Rendered("Của Minh", ((Choice("Bấm", "tick"),),))))
    status, _ = await post(page, "/webchat/lan/press", {"message_id": card, "data": "tick", "nonce": "nonce-0001"})
    assert status == 404
    assert not echoing.events


# Files


async def test_a_photo_comes_through_whole_and_shows_on_the_page(echoing: Echo, page: aiohttp.ClientSession) -> None:
    async with page.post("/webchat/lan/files", data=form(("ảnh.png", "image/png", PNG), caption="ra quân")) as sent:
        assert sent.status == 200
    incoming = echoing.webchat.read(echoing.events[0].payload)
    assert incoming is not None
    assert (incoming.kind, incoming.text) == ("photo", "ra quân")
    (attachment,) = incoming.attachments
    assert (attachment.name, attachment.size) == ("ảnh.png", len(PNG))
    assert await echoing.webchat.fetch(attachment.ref) == PNG
    shown = (await talk_of(page))[0]["files"][0]
    async with page.get(shown["url"]) as picture:
        assert await picture.read() == PNG
        assert picture.headers["Content-Type"] == "image/png"
        assert picture.headers["Content-Disposition"].startswith("inline")


async def test_cannot_have_a_file_run_in_the_page(echoing: Echo, page: aiohttp.ClientSession) -> None:
    async with page.post("/webchat/lan/files", data=form(("x.html", "text/html", b"<script>1</script>"))):
        pass
    assert echoing.events[0].payload["kind"] == "file"
    async with page.get((await talk_of(page))[0]["files"][0]["url"]) as got:
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in got.headers["Content-Security-Policy"]


async def test_cannot_send_more_than_a_telegram_bot_could_fetch(echoing: Echo, page: aiohttp.ClientSession) -> None:
    large = b"x" * (20 * 1024 * 1024 + 65 * 1024)
    async with page.post("/webchat/lan/files", data=form(("to.bin", "application/zip", large))) as refused:
        assert refused.status == 413
        assert "20 MB" in (await refused.json())["error"]
    many = [(f"{number}.png", "image/png", PNG) for number in range(11)]
    async with page.post("/webchat/lan/files", data=form(*many)) as refused:
        assert "10 tệp" in (await refused.json())["error"]
    async with page.post("/webchat/lan/files", data=form()) as refused:
        assert refused.status == 400
    assert not echoing.events


async def test_the_bots_document_downloads_under_its_name(echoing: Echo, page: aiohttp.ClientSession) -> None:
    document = await echoing.keep("out/tổng hợp.xlsx", b"table")
    await echoing.webchat.send("hoa", Rendered("Bảng", files=(document,)))
    (file,) = (await talk_of(page, "hoa"))[0]["files"]
    assert (file["name"], file["size"]) == ("tổng hợp.xlsx", 5)
    async with page.get(file["url"]) as got:
        assert await got.read() == b"table"


async def test_cannot_reach_files_outside_the_data_directory(echoing: Echo, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(SendFailed):
        await echoing.webchat.fetch("../../../secret")
    with pytest.raises(SendFailed):
        await echoing.webchat.fetch("0" * 64)
    stray = await echoing.keep("out/a.txt", b"x")
    with pytest.raises(SendFailed):
        await echoing.webchat.send("lan", Rendered("x", files=(type(stray)("../secret", "secret", ""),)))


# What the open page hears


async def test_a_page_that_comes_back_hears_what_it_missed(echoing: Echo, page: aiohttp.ClientSession) -> None:
    await echoing.webchat.send("lan", Rendered("một"))
    async with page.get("/webchat/events") as first:
        message, change = await heard(first, "bubble")
        assert message["html"] == "một"
    await echoing.webchat.send("lan", Rendered("hai"))
    async with page.get("/webchat/events", headers={"Last-Event-ID": change}) as again:
        message, _ = await heard(again, "bubble")
        assert message["html"] == "hai"


async def test_the_open_page_hears_at_once(echoing: Echo, page: aiohttp.ClientSession) -> None:
    card = int(await echoing.webchat.send("lan", Rendered("Cũ", ((Choice("Bấm", "tick"),),))))
    async with page.get("/webchat/events") as open_page:
        assert await heard(open_page, "hello") == ({"change": 1}, "")
        assert (await heard(open_page, "clock"))[0]["now"].startswith("2026-11-25T01:12")
        assert (await heard(open_page, "phones"))[0][0]["name"] == "Nguyễn Thị Lan"
        await post(page, "/webchat/lan/press", {"message_id": card, "data": "tick", "nonce": "nonce-0001"})
        came = await heard_all(open_page, "typing", "notice", "bubble")
        assert came["typing"][0] == {"address": "lan"}
        assert came["notice"][0] == {"address": "lan", "nonce": "nonce-0001", "text": "Đã ghi"}
        message, change = came["bubble"]
        assert (message["id"], message["html"], change) == (card, "Đã bấm", "2")
        await echoing.webchat.send("lan", Rendered("Sau"))
        assert (await heard(open_page, "bubble"))[0]["html"] == "Sau"
        await post(page, "/webchat/clock", {"hours": 1})
        assert (await heard(open_page, "clock"))[0]["now"].startswith("2026-11-25T02:12")


async def test_the_bot_can_stop_while_a_page_is_open(echoing: Echo) -> None:
    async with aiohttp.ClientSession() as page:
        async with served(echoing) as address:
            open_page = await page.get(f"{address}/webchat/events")
            await heard(open_page, "hello")
        assert await asyncio.wait_for(open_page.content.read(), 5) is not None


# The clock and the phones


@pytest.mark.parametrize(
    ("wish", "office_time"),
    [
        ({"hours": 1}, "2026-11-25 09:12"),
        ({"days": 1}, "2026-11-26 08:12"),
        ({"day": 26}, "2026-11-26 08:00"),
        ({"day": 25}, "2026-12-25 08:00"),
        ({"day": 22}, "2026-12-22 08:00"),
        ({"hours": 0}, None),
        ({"days": 32}, None),
        ({"day": 31}, None),
        ({"day": "25"}, None),
        ({}, None),
    ],
)
def test_the_clock_only_turns_forward(wish: dict[str, Any], office_time: str | None) -> None:
    moment = turned(MORNING, OFFICE, wish)
    assert (moment and moment.astimezone(OFFICE).strftime("%Y-%m-%d %H:%M")) == office_time


def test_the_day_is_counted_at_the_office_not_in_greenwich() -> None:
    late = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)  # 01:30 on the 25th at the office
    assert turned(late, OFFICE, {"day": 25}) == datetime(2026, 11, 25, 1, tzinfo=UTC)


async def test_turning_the_clock_is_the_bots_to_do(echoing: Echo, page: aiohttp.ClientSession) -> None:
    status, answer = await post(page, "/webchat/clock", {"days": 1})
    assert (status, echoing.turned) == (200, [MORNING + timedelta(days=1)])
    assert datetime.fromisoformat(answer["now"]) == MORNING + timedelta(days=1)


async def test_a_new_phone_belongs_to_a_stranger_and_can_speak(echoing: Echo, page: aiohttp.ClientSession) -> None:
    _, first = await post(page, "/webchat/phones", {})
    _, second = await post(page, "/webchat/phones", {})
    assert [one["name"] for one in second["phones"]][-2:] == ["Khách 1", "Khách 2"]
    assert second["phones"][-1]["role"] == "Người chưa được mời"
    body = {"text": "/start", "nonce": "nonce-0001"}
    assert (await post(page, f"/webchat/{first['address']}/say", body))[0] == 200
    assert echoing.events[0].payload["name"] == "Khách 1"


def test_an_invitation_opens_the_page_with_its_code(echoing: Echo) -> None:
    assert echoing.webchat.link("AB 12") == "http://127.0.0.1:8080/?ma=AB%2012"


# Who may come in


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8080"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"X-Requested-With": ""},
        {"X-Requested-With": "XMLHttpRequest"},
    ],
)
async def test_cannot_be_steered_by_another_site(
    echoing: Echo, page: aiohttp.ClientSession, headers: dict[str, str]
) -> None:
    body = {"text": "a", "nonce": "nonce-0001"}
    assert (await post(page, "/webchat/lan/say", body, **headers))[0] == 403
    assert not echoing.events


async def test_cannot_be_read_through_another_name_of_this_machine(page: aiohttp.ClientSession) -> None:
    async with page.get("/webchat/state", headers={"Host": "evil.example"}) as refused:
        assert refused.status == 403
        assert "127.0.0.1" in (await refused.json())["error"]


async def test_there_is_no_web_chat_outside_the_demo(echoing: Echo) -> None:
    async with served(echoing, demo=False) as address, aiohttp.ClientSession(address, headers=OURS) as page:
        for path in ("/", "/webchat/state", "/webchat/events", "/webchat/static/chat.js"):
            async with page.get(path) as nothing:
                assert nothing.status == 404, path
        async with page.get("/healthz", headers={"Host": "bot.example"}) as health:
            assert (health.status, await health.json()) == (200, {"ok": True})
        async with page.get("/metrics") as metrics:
            assert "python_info" in await metrics.text()
        async with page.post("/telegram/hush", json={}) as hook:
            assert await hook.json() == {"secret": "hush"}


# The page itself


async def test_the_page_and_all_it_asks_for_come_from_here(page: aiohttp.ClientSession) -> None:
    async with page.get("/") as got:
        assert got.headers["Content-Security-Policy"].startswith("default-src 'self'")
        html = await got.text()
    asked = re.findall(r'(?:src|href)="(/[^"]+)"', html)
    assert "/webchat/static/chat.js" in asked
    for path in asked:
        async with page.get(path) as part:
            assert part.status == 200, path
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:", html)


def test_cannot_put_markup_together_in_the_pages_scripts() -> None:
    for script in PAGE.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", script.read_text()), (
            script
        )


def test_every_word_of_the_page_is_used_and_none_is_missing() -> None:
    words = set(yaml.safe_load((TEXTS / "webchat.yaml").read_text(encoding="utf-8")))
    sources = [*PAGE.glob("*.js"), PAGE / "index.html", PAGE.parent / "phones.py", PAGE.parent / "live.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    asked = set(re.findall(r'(?:say\(|words\[|_no\(\d+, |data-(?:word|label|title|name)=)"(\w+)"', text))
    asked |= set(re.findall(r"words\.(error_\w+)", text))
    asked |= {key for pair in re.findall(r'\? "(\w+)" : [`"](\w+)', text) for key in pair if key in words}
    families = tuple(re.findall(r"(?:say\(|: )`(\w+_)\$\{", text))
    assert families
    assert not asked - words
    assert not {key for key in words - asked if not key.startswith(families)}


# The bubbles, on both databases


async def test_answers_at_once_are_told_in_the_order_they_can_be_seen(db: Database, tmp_path: Path) -> None:
    chat = Echo(db, tmp_path).webchat
    await asyncio.gather(*(chat.send("lan", Rendered(str(n))) for n in range(10)))
    async with db.read() as session:
        rows = await webchat.since(session, 0, 100)
        assert [row.change for row in rows] == list(range(1, 11))
        assert [row.id for row in await webchat.latest(session, "lan", 3)] == [row.id for row in rows][-3:]


async def test_a_changed_card_is_told_again_after_all_others(db: Database, tmp_path: Path) -> None:
    chat = Echo(db, tmp_path).webchat
    card = await chat.send("lan", Rendered("cũ"))
    await chat.send("lan", Rendered("sau"))
    assert await chat.send("lan", Rendered("mới", place="card"), card=card) == card
    async with db.read() as session:
        assert [row.body["html"] for row in await webchat.since(session, 2, 100)] == ["mới"]
        assert [row.body["html"] for row in await webchat.latest(session, "lan", 9)] == ["mới", "sau"]


@pytest.mark.parametrize("keeps", [True, False])
async def test_a_changed_card_keeps_its_files_only_when_told_to(db: Database, tmp_path: Path, keeps: bool) -> None:
    echo = Echo(db, tmp_path)
    chat = echo.webchat
    card = await chat.send("lan", Rendered("cũ", files=(await echo.keep("out/bảng.pdf", b"%PDF"),)))
    assert await chat.send("lan", Rendered("mới", place="card", keeps_files=keeps), card=card) == card
    async with db.read() as session:
        [row] = await webchat.latest(session, "lan", 9)
    assert (row.body["html"], [each["name"] for each in row.body["files"]]) == ("mới", ["bảng.pdf"] if keeps else [])


async def test_the_same_words_submitted_at_once_stand_there_once(db: Database, tmp_path: Path) -> None:
    app = Echo(db, tmp_path)
    lan = (await app.personas())[0]
    await asyncio.gather(*(app.webchat.say(lan, "nonce-0001", "126") for _ in range(5)))
    async with db.read() as session:
        assert len(await webchat.latest(session, "lan", 9)) == 1


async def test_every_added_phone_has_its_own_number(db: Database) -> None:
    async def add() -> str:
        async with db.write() as session:
            return (await webchat.add_phone(session, "Khách {number}"))["name"]

    assert sorted(await asyncio.gather(*(add() for _ in range(4)))) == [f"Khách {n}" for n in range(1, 5)]
