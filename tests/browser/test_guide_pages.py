"""The pages of the guides in a real browser: on a small phone, by keyboard, on paper."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pypdfium2
import pytest
from playwright.async_api import Page, async_playwright, expect

from models.database import Database
from tests.reading import Reading, served, two_units

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here; on Debian or Ubuntu: apt install chromium"),
]
STAY = "/guides/dang-ky-tam-tru?noi=28.261%2FA"


@pytest.fixture
async def reading(sqlite_db: Database, tmp_path: Path) -> Reading:
    await two_units(sqlite_db)
    return Reading(sqlite_db, tmp_path)


@pytest.fixture
async def page(reading: Reading) -> AsyncIterator[Page]:
    """A small phone that runs no script of a page; anything that a page's policy forbids fails the test."""
    wrong: list[str] = []
    flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    async with served(reading) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = await browser.new_context(
            viewport={"width": 360, "height": 740}, base_url=address, java_script_enabled=False, locale="vi-VN"
        )
        opened = await context.new_page()
        opened.on("console", lambda line: wrong.append(line.text))
        yield opened
        await browser.close()
    assert not [line for line in wrong if "404" not in line]


async def test_no_page_is_wider_than_a_small_phone(reading: Reading, page: Page) -> None:
    paths = ["", "?tim=" + "x" * 90, "khong-co", *(guide.address for guide in reading.shelf.files.all)]
    for path in paths:
        await page.goto(f"/guides/{path}", wait_until="domcontentloaded")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360, path


async def test_letters_are_large_and_what_is_pressed_is_large_enough_for_a_thumb(page: Page) -> None:
    await page.goto(STAY)
    line = await page.locator(".lead").bounding_box()
    assert line is not None
    assert line["height"] >= 18 * 1.5
    for button in [await each.bounding_box() for each in await page.locator("nav a, .button").all()]:
        assert button is not None
        assert button["height"] >= 44


async def test_the_keyboard_comes_first_to_the_way_past_the_head(page: Page) -> None:
    await page.goto(STAY)
    await page.keyboard.press("Tab")
    skip = page.locator(".skip")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    assert page.url.endswith("#main")


async def test_a_search_by_thumb_leads_to_the_guide_and_keeps_the_place(page: Page) -> None:
    await page.goto("/guides/?noi=28.261%2FA")
    await page.get_by_label("Tìm bài hướng dẫn").fill("tam tru")
    await page.get_by_role("button", name="Tìm").click()
    await page.get_by_role("link", name="Đăng ký tạm trú qua VNeID").first.click()
    await expect(page.locator(".here")).to_contain_text("Tại Đoàn phường An Phú")
    await page.get_by_role("link", name="sang bước 2").first.click()
    assert page.url.endswith("#buoc-o-bao-lau")


async def test_a_picture_is_told_in_words_to_whoever_does_not_see_it(page: Page) -> None:
    await page.goto(STAY)
    said = "Hình vẽ màn hình «VNeID», các dòng từ trên xuống: Ví giấy tờ; Thủ tục hành chính; An sinh xã hội."
    await expect(page.get_by_role("img", name=said)).to_be_visible()


async def test_on_paper_only_what_is_read_remains(page: Page, tmp_path: Path) -> None:
    await page.goto(STAY)
    await page.emulate_media(media="print")
    for name in ("header", "nav", ".skip", ".button"):
        await expect(page.locator(name).first).to_be_hidden()
    await expect(page.locator(".here")).to_be_visible()
    document = pypdfium2.PdfDocument(await page.pdf(prefer_css_page_size=True))
    assert len(document) <= 7
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    document.close()
