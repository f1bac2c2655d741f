"""The page in a real browser: what a visitor sees and does."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from bot.channels import Choice, Rendered
from models.database import Database
from tests.echoing import Echo, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian or Ubuntu: apt install chromium"),
]

CARD = Rendered("Mục <b>4/12</b>", ((Choice("Lấy 126", "take"), Choice("Bỏ qua", "skip")),))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield started
        await started.close()


@pytest.fixture
def echoing(sqlite_db: Database, tmp_path: Path) -> Echo:
    return Echo(sqlite_db, tmp_path)


@pytest.fixture
async def page(echoing: Echo, browser: Browser) -> AsyncIterator[Page]:
    """The page in a wide window; a mistake of its scripts, or anything its policy forbids, fails the test."""
    wrong: list[str] = []

    def note(line: ConsoleMessage) -> None:
        # a handler inside a bubble is reported while the bubble is taken apart, and never runs
        if "Content Security" in line.text and "inline event handler" not in line.text:
            wrong.append(line.text)

    async with served(echoing) as address:
        opened_page = await browser.new_page(viewport={"width": 1400, "height": 900}, locale="vi-VN")
        opened_page.on("pageerror", lambda error: wrong.append(str(error)))
        opened_page.on("console", note)
        await opened_page.goto(address)
        await opened_page.locator("#phone-lan").wait_for()
        yield opened_page
        await opened_page.close()
    assert not wrong


async def test_three_phones_stand_side_by_side_equally_high(page: Page) -> None:
    boxes = [await phone.bounding_box() for phone in await page.locator(".phone").all()]
    assert len(boxes) == 3
    assert len({(box["y"], box["height"]) for box in boxes if box}) == 1
    await expect(page.locator(".clock")).to_have_text("thứ Tư 25/11/2026 08:12")
    await expect(page.locator("#phone-lan .who")).to_contain_text("đội trưởng · Đội hình xã Tân Lập")


async def test_enter_sends_and_the_answer_arrives_on_this_phone_alone(page: Page) -> None:
    lan = page.locator("#phone-lan")
    await lan.locator("textarea").fill("xin chào")
    await lan.locator("textarea").press("Shift+Enter")
    await lan.locator("textarea").press("a")
    await lan.locator("textarea").press("Enter")
    await expect(lan.locator(".mine .text")).to_have_text("xin chào\na")
    await expect(lan.locator(".theirs .text b")).to_have_text("xin chào\na")
    await expect(lan.locator(".mine.stored .ticks")).to_have_attribute("aria-label", "Bot đã nhận")
    await expect(lan.locator("textarea")).to_have_value("")
    await expect(page.locator("#phone-minh .line")).to_have_count(0)


async def test_a_press_changes_the_card_in_its_place(echoing: Echo, page: Page) -> None:
    await echoing.webchat.send("lan", CARD)
    lan = page.locator("#phone-lan")
    await lan.get_by_role("button", name="Lấy 126").click()
    await expect(lan.locator(".toast")).to_have_text("Đã ghi")
    await expect(lan.locator(".line.changed .text")).to_have_text("Đã bấm")
    await expect(lan.locator(".line")).to_have_count(1)


async def test_buttons_rest_while_a_press_is_on_its_way(echoing: Echo, page: Page) -> None:
    gate = asyncio.Event()

    async def slowly(app: Echo, _: object) -> None:
        await gate.wait()
        await app.webchat.send("lan", Rendered("xong"))

    echoing.answer = slowly
    await echoing.webchat.send("lan", CARD)
    lan = page.locator("#phone-lan")
    await lan.get_by_role("button", name="Lấy 126").click()
    await lan.get_by_role("button", name="Bỏ qua").click(force=True)
    await expect(lan.locator(".choices [aria-disabled]")).to_have_count(2)
    await expect(lan.locator(".typing")).to_be_visible()
    gate.set()
    await expect(lan.locator(".choices [aria-disabled]")).to_have_count(0)
    await expect(lan.locator(".typing")).to_have_count(0)
    assert len(echoing.events) == 1


async def test_cannot_bring_markup_into_the_page(echoing: Echo, page: Page) -> None:
    await echoing.webchat.send(
        "lan",
        Rendered(
            '<b>đậm</b><img src=x onerror="document.title=1"><script>document.title=2</script>'
            '<a href="javascript:document.title=3">x</a><a href="https://example.org/">y</a><u onclick="">z</u>',
            ((Choice("lạ", url="javascript:document.title=4"),),),
        ),
    )
    text = page.locator("#phone-lan .text")
    await expect(text).to_have_text("đậmxyz")
    assert await text.evaluate("one => [...one.querySelectorAll('*')].map(e => e.tagName).join()") == "B,A"
    await expect(text.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    await page.locator("#phone-lan .choices a").click(force=True)
    await expect(page).to_have_title("Sổ Tay Số")


async def test_a_reader_further_up_is_left_there_and_told_of_news(echoing: Echo, page: Page) -> None:
    for number in range(20):
        await echoing.webchat.send("lan", Rendered(f"tin {number}\n\n"))
    lan = page.locator("#phone-lan")
    await expect(lan.locator(".line")).to_have_count(20)
    await lan.locator(".log").evaluate("log => log.scrollTop = 0")
    await page.wait_for_function("document.querySelector('#phone-lan .log').scrollTop === 0")
    await echoing.webchat.send("lan", Rendered("mới nhất"))
    await expect(lan.locator(".newer")).to_be_visible()
    assert await lan.locator(".log").evaluate("log => log.scrollTop") == 0
    await lan.locator(".newer").click()
    await expect(lan.get_by_text("mới nhất")).to_be_in_viewport()
    await expect(lan.locator(".newer")).to_be_hidden()


async def test_a_photo_shows_as_a_picture_and_a_file_as_a_card(tmp_path: Path, page: Page) -> None:
    await page.screenshot(path=tmp_path / "ra quân.png")
    (tmp_path / "mẫu.xlsx").write_bytes(b"x" * 2048)
    lan = page.locator("#phone-lan")
    await lan.locator("input[type=file]").set_input_files([tmp_path / "ra quân.png", tmp_path / "mẫu.xlsx"])
    await expect(lan.locator(".chips li")).to_have_count(2)
    await lan.locator("textarea").fill("buổi sáng")
    await lan.get_by_role("button", name="Gửi", exact=True).click()
    await expect(lan.locator(".mine .photo img")).to_have_js_property("complete", True)
    await expect(lan.locator(".mine .file")).to_contain_text("mẫu.xlsx2 KB")
    await expect(lan.locator(".mine .text")).to_have_text("buổi sáng")
    await expect(lan.locator(".chips li")).to_have_count(0)


async def test_cannot_pick_a_file_that_is_too_large(tmp_path: Path, echoing: Echo, page: Page) -> None:
    (tmp_path / "to.bin").write_bytes(b"\0" * (20 * 1024 * 1024 + 1))
    lan = page.locator("#phone-lan")
    await lan.locator("input[type=file]").set_input_files(tmp_path / "to.bin")
    await expect(lan.locator(".toast")).to_contain_text("tối đa 20 MB")
    await expect(lan.locator(".chips li")).to_have_count(0)


async def test_commands_are_one_tap_away_also_by_keyboard(page: Page) -> None:
    lan = page.locator("#phone-lan")
    await lan.get_by_role("button", name="Các lệnh").press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(lan.locator(".mine .text")).to_have_text("/baocao")
    await expect(lan.get_by_role("menu")).to_be_hidden()


async def test_turning_the_clock_shows_on_the_page_and_parts_the_days(echoing: Echo, page: Page) -> None:
    await echoing.webchat.send("lan", Rendered("hôm nay"))
    await page.get_by_role("button", name="+1 ngày").click()
    await expect(page.locator(".clock")).to_have_text("thứ Năm 26/11/2026 08:12")
    await echoing.webchat.send("lan", Rendered("hôm sau"))
    await expect(page.locator("#phone-lan .day")).to_have_text(["thứ Tư 25/11/2026", "thứ Năm 26/11/2026"])
    await page.get_by_role("button", name="8 giờ sáng ngày 22").click()
    await expect(page.locator(".clock")).to_have_text("thứ Ba 22/12/2026 08:00")


async def test_what_could_not_be_sent_can_be_sent_again(echoing: Echo, page: Page) -> None:
    await page.route("**/say", lambda route: route.abort())
    lan = page.locator("#phone-lan")
    await lan.locator("textarea").fill("126")
    await lan.locator("textarea").press("Enter")
    await expect(lan.locator(".failure")).to_contain_text("Chưa gửi được")
    await page.unroute("**/say")
    await lan.get_by_role("button", name="Gửi lại").click()
    await expect(lan.locator(".mine.stored")).to_have_count(1)
    assert len(echoing.events) == 1


async def test_a_lost_connection_is_said_and_mended(echoing: Echo, browser: Browser) -> None:
    page = await browser.new_page()
    async with served(echoing) as address:
        await page.goto(address)
        await page.locator("#phone-lan").wait_for()
    await expect(page.locator(".connection")).to_contain_text("Đang nối lại")
    await echoing.webchat.send("lan", Rendered("trong lúc vắng"))
    async with served(echoing, port=int(address.rpartition(":")[2])):
        await expect(page.get_by_text("trong lúc vắng")).to_be_visible(timeout=15_000)
        await expect(page.locator(".connection")).to_be_hidden()
        await page.close()


async def test_a_narrow_window_shows_one_phone_and_counts_what_comes_on_the_others(echoing: Echo, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".phone:visible")).to_have_count(1)
    await echoing.webchat.send("hoa", Rendered("báo cáo mới"))
    tab = page.get_by_role("tab", name=re.compile("Hoa"))
    await expect(tab.locator(".count")).to_have_text("1")
    await tab.click()
    await expect(page.get_by_text("báo cáo mới")).to_be_visible()
    await expect(tab.locator(".count")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_everything_to_touch_is_large_enough(echoing: Echo, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await echoing.webchat.send("lan", CARD)
    await page.get_by_role("button", name="Lấy 126").wait_for()
    small = await page.evaluate(
        """[...document.querySelectorAll('button, .choices a')]
            .filter(one => one.offsetParent && (one.offsetWidth < 44 || one.offsetHeight < 44))
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert not small


async def test_an_invitations_link_opens_a_new_phone_with_the_code_ready(echoing: Echo, page: Page) -> None:
    echoing.webchat.base = page.url.rstrip("/")
    link = echoing.webchat.link("TL-2026")
    await echoing.webchat.send("lan", Rendered(f'Gửi đường dẫn này: <a href="{link}">{link}</a>'))
    await page.locator("#phone-lan .text a").click()
    newcomer = page.locator("#phone-phone-1")
    await expect(newcomer.locator("textarea")).to_have_value("/start TL-2026")
    await newcomer.locator("textarea").press("Enter")
    await expect(newcomer.locator(".theirs")).to_contain_text("/start TL-2026")
    await page.goto(link)
    await expect(page.locator("#phone-phone-2 textarea")).to_have_value("/start TL-2026")
    assert page.url.endswith("/")


async def test_a_reminder_finds_its_phone_while_the_clock_is_turned(echoing: Echo, page: Page) -> None:
    async def remind(target: object) -> None:
        echoing.clock.moment += timedelta(hours=1)
        await echoing.webchat.send("minh", Rendered("Nhắc: còn 1 ngày"))

    echoing.turn_clock = remind  # type: ignore[method-assign]
    await page.get_by_role("button", name="+1 giờ").click()
    await expect(page.locator("#phone-minh .theirs")).to_contain_text("Nhắc: còn 1 ngày09:12")
