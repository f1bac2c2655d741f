"""The drawn screens: readable, the row to tap stands out, and what is written on them is text."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageFont

from bot import guides
from bot.replies import made_later
from bot.screen_drawing import EDGE, MARK, WIDTH, Box, Label, Pointer, as_png, as_svg, drawn, picture
from bot.typeface import BOLD, REGULAR
from models.messages import Message
from models.rules.guides import Screen

SCREENS = [(f"{guide.code}.{step.code}", step.screen) for guide in guides.read_all() for step in guide.steps]
CAPITALS = "THỦ TỤC HÀNH CHÍNH MỨC ĐỘ 28"
CROWDED = Screen(CAPITALS, (CAPITALS, "Một"), CAPITALS)
WIDEST = Screen("W" * 28, ("W" * 28, "Đăng ký " * 3, "x"), "W" * 28)


@pytest.mark.parametrize("screen", [screen for _, screen in SCREENS if screen] + [CROWDED, WIDEST])
def test_all_words_stand_inside_the_phone_and_no_line_over_another(screen: Screen) -> None:
    drawing = drawn(screen)
    labels = [shape for shape in drawing.shapes if isinstance(shape, Label)]
    assert [label.text for label in labels] == [screen.title, *screen.rows]
    for label in labels:
        letters = ImageFont.truetype(BOLD if label.bold else REGULAR, label.size)
        end = label.x + letters.getlength(label.text)
        assert end <= WIDTH - EDGE - 8 or screen is WIDEST
        assert all(abs(label.y - other.y) >= 36 for other in labels if other is not label)
    assert max(label.y for label in labels) < drawing.height - EDGE


@pytest.mark.parametrize("tap, marked", [("Hai", 1), ("", 0)])
def test_only_the_row_to_tap_is_framed_and_pointed_at(tap: str, marked: int) -> None:
    shapes = drawn(Screen("Màn hình", ("Một", "Hai"), tap)).shapes
    assert sum(isinstance(shape, Box) and shape.line == MARK for shape in shapes) == marked
    assert sum(isinstance(shape, Pointer) for shape in shapes) == marked
    assert [shape.text for shape in shapes if isinstance(shape, Label) and shape.bold] == ["Màn hình", tap][
        : 1 + marked
    ]


def test_what_is_written_in_a_drawing_is_text() -> None:
    screen = Screen("<script>", ('"><b>', "Cài & đặt"), "Cài & đặt")
    svg = as_svg(drawn(screen), '"><script>alert(1)</script>')
    root = ElementTree.fromstring(str(svg))
    assert [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")] == ["<script>", '"><b>', "Cài & đặt"]
    assert root.get("aria-label") == '"><script>alert(1)</script>'
    assert "<script" not in svg
    assert " style=" not in svg


def test_a_chat_gets_a_picture_of_a_size_that_every_channel_takes() -> None:
    for screen in (WIDEST, Screen("A", ("b", "c"))):
        content = as_png(drawn(screen))
        image = Image.open(io.BytesIO(content))
        assert image.width == 900
        assert image.width + image.height < 10_000  # what Telegram takes as a photo
        assert len(content) < 100_000


def test_a_screen_is_drawn_once_and_kept_by_what_it_shows(tmp_path: Path) -> None:
    one, two = Screen("A", ("b", "c"), "b"), Screen("A", ("b", "c"), "c")
    first = picture(tmp_path, one, "G01-x.png")
    kept = tmp_path / first.path
    kept.write_bytes(kept.read_bytes() + b"mark")
    assert picture(tmp_path, one, "G02-y.png").path == first.path
    assert kept.read_bytes().endswith(b"mark")
    assert picture(tmp_path, two, "G01-x.png").path != first.path


def test_a_message_that_wants_a_picture_or_a_poster_has_it_made_after_its_transaction() -> None:
    wanted = {"screen_file": {"title": "A"}, "poster_file": {"guide": "G08", "unit": 1}}
    assert made_later(Message("guide.step", {"number": 1, **wanted})) == wanted
