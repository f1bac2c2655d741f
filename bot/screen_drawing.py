"""A phone's screen in outline, with the row to tap: drawn from a step's words alone, so nothing is copied.

One drawing, written in two ways: SVG inside a web page, PNG for a chat.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont

from bot.typeface import BOLD, REGULAR
from bot.whole_files import appearing
from models.messages import Document
from models.rules.guides import Screen

FOLDER = "screens"
WIDTH, EDGE = 300, 10  # of the picture; around the phone
HEAD, ROW, GAP, FOOT = 46, 40, 10, 26  # heights: the title's bar, a row, between rows, below the last
LETTERS, SMALLEST = 16, 11  # sizes of letters
SHARPNESS = 3  # pixels of a PNG for each unit of the drawing
INK, LINE, PAPER, PALE, MARK = "#1a1a1a", "#8a8a8a", "#ffffff", "#f0f2f5", "#b3261e"
LOOK = 1  # goes up when the drawing looks otherwise, so that kept pictures are drawn anew


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners: its left top corner, its size, its colours, how thick its line is."""

    x: float
    y: float
    width: float
    height: float
    round: float
    fill: str
    line: str
    thick: float


@dataclass(frozen=True, slots=True)
class Label:
    """Words in one line: the left end of their middle."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Pointer:
    """An arrow head that points to the left: its tip."""

    x: float
    y: float


Shape = Box | Label | Pointer


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    shapes: tuple[Shape, ...]


def drawn(screen: Screen) -> Drawing:
    """The screen as shapes, from the back to the front."""
    height = 2 * EDGE + HEAD + GAP + len(screen.rows) * (ROW + GAP) + FOOT
    inside = WIDTH - 2 * EDGE
    shapes: list[Shape] = [
        Box(EDGE, EDGE, inside, height - 2 * EDGE, 22, PAPER, INK, 2.5),
        Box(EDGE + 12, EDGE + 10, inside - 24, HEAD - 14, 8, PALE, PALE, 1),
        _fitted(EDGE + 22, EDGE + 10 + (HEAD - 14) / 2, screen.title, inside - 44, bold=True),
        Box(WIDTH / 2 - 32, height - EDGE - FOOT / 2 - 2, 64, 4, 2, LINE, LINE, 0),
    ]
    top = EDGE + HEAD + GAP
    for at, row in enumerate(screen.rows):
        shapes += _row(row, top + at * (ROW + GAP), is_tapped=row == screen.tap)
    return Drawing(WIDTH, height, tuple(shapes))


def as_svg(drawing: Drawing, about: str) -> Markup:
    """The drawing for a web page; `about` says it in words, for those who do not see it."""
    parts = Markup("").join(_svg(shape) for shape in drawing.shapes)
    return Markup(
        '<svg class="screen" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}"'
        ' role="img" aria-label="{about}"><title>{about}</title>{parts}</svg>'
    ).format(w=drawing.width, h=drawing.height, about=about, parts=parts)


def as_png(drawing: Drawing) -> bytes:
    """The drawing for a chat."""
    size = (round(drawing.width * SHARPNESS), round(drawing.height * SHARPNESS))
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _paint(pen, shape)
    out = io.BytesIO()
    image.quantize(32).save(out, "PNG", optimize=True)
    return out.getvalue()


def picture(data_dir: Path, screen: Screen, name: str) -> Document:
    """The screen as a file for a chat, kept by what it shows: the same screen is drawn once."""
    content = repr((LOOK, astuple(screen))).encode()
    path = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:40]}.png"
    target = data_dir / path
    if not target.exists():
        with appearing(target) as part:
            part.write_bytes(as_png(drawn(screen)))
    return Document(path, name, "image/png")


def _row(text: str, y: float, *, is_tapped: bool) -> Sequence[Shape]:
    left, width = EDGE + 16, WIDTH - 2 * EDGE - 32
    if not is_tapped:
        return Box(left, y, width, ROW, 8, PAPER, LINE, 1), _fitted(left + 12, y + ROW / 2, text, width - 24)
    frame = Box(left - 3, y - 3, width + 6, ROW + 6, 10, PAPER, MARK, 3.5)
    words = _fitted(left + 12, y + ROW / 2, text, width - 46, bold=True)
    return frame, words, Pointer(left + width - 26, y + ROW / 2)


def _fitted(x: float, y: float, text: str, room: float, *, bold: bool = False) -> Label:
    """The words as large as the room lets them be."""
    size = float(LETTERS)
    # a reader's own letters may run wider than Roboto: the room is not used up to the last
    while size > SMALLEST and _letters(size, bold).getlength(text) > 0.94 * room:
        size -= 0.5
    return Label(x, y, text, size, bold)


@cache
def _letters(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BOLD if bold else REGULAR, size)


def _arrow(tip: Pointer) -> list[tuple[float, float]]:
    half = ((0, 0), (11, 9), (11, 3.5), (22, 3.5))
    upper = [(tip.x + right, tip.y - up) for right, up in half]
    return [*upper, *((tip.x + right, tip.y + down) for right, down in reversed(half))]


def _svg(shape: Shape) -> Markup:
    match shape:
        case Box(x, y, width, height, radius, fill, line, thick):
            place = Markup('<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="{:g}"').format(
                x, y, width, height, radius
            )
            return place + Markup(' fill="{}" stroke="{}" stroke-width="{:g}"/>').format(fill, line, thick)
        case Label(x, y, text, size, bold):
            place = Markup('<text x="{:g}" y="{:g}" font-size="{:g}"').format(x, y, size)
            weight = 700 if bold else 400
            return place + Markup(' font-weight="{}" fill="{}" dominant-baseline="central">{}</text>').format(
                weight, INK, text
            )
        case Pointer():
            points = " ".join(f"{x:g},{y:g}" for x, y in _arrow(shape))
            return Markup('<polygon points="{}" fill="{}"/>').format(points, MARK)


def _paint(pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    by = SHARPNESS
    match shape:
        case Box(x, y, width, height, radius, fill, line, thick):
            corners = (x * by, y * by, (x + width) * by, (y + height) * by)
            pen.rounded_rectangle(corners, radius * by, fill, line, round(thick * by))
        case Label(x, y, text, size, bold):
            pen.text((x * by, y * by), text, INK, _letters(size * by, bold), anchor="lm")
        case Pointer():
            pen.polygon([(x * by, y * by) for x, y in _arrow(shape)], MARK)
