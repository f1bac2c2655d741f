"""A poster (tờ quét mã) as one A4 page of PDF. Black on white with a line of red: offices print in black and white.

All measures in points (1/72 inch), from the left lower corner, as PDF has them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bot import typeface
from bot.poster import Code, Poster, Section
from models.rules.folding import shorten

PLAIN, BOLD = "Roboto", "Roboto-Bold"
WIDTH, HEIGHT = A4
MARGIN = 14 * mm
INSIDE = WIDTH - 2 * MARGIN
CODE_COLUMN, BETWEEN = 68 * mm, 7 * mm  # the column with the codes to scan, and the room beside it
SMALLEST_CODE = 46 * mm  # without its quiet zone: read from arm's length
QUIET = 4  # modules around a code that stay white (ISO/IEC 18004)
TITLE, SUMMARY, BODY, CONTACT, SMALL = 32.0, 13.5, 13.0, 11.5, 9.5  # sizes of letters
LEADING = 1.3  # of a line, in its letters
# how much is given up until everything fits: size of the letters, items in a section, characters of an item
TIGHTER = (
    *((scale, 99, 400) for scale in (1.15, 1.1, 1.05, 1.0, 0.96, 0.92, 0.88, 0.84, 0.8)),
    *((0.8, 5, 400), (0.8, 4, 200), (0.74, 3, 140), (0.7, 2, 90), (0.7, 1, 60)),
)


@dataclass(slots=True)
class Pen:
    """Writes downwards from `y` between `x` and `x + width`; `dry`: only to see how far it would come."""

    canvas: Canvas
    x: float
    y: float
    width: float
    dry: bool = False
    indent: float = 0.0

    def write(self, text: str, size: float, font: str = PLAIN, *, centred: bool = False) -> None:
        for line in _wrapped(_drawable(text), font, size, self.width - self.indent):
            self.y -= size * LEADING
            if self.dry:
                continue
            self.canvas.setFont(font, size)
            if centred:
                self.canvas.drawCentredString(self.x + self.width / 2, self.y, line)
            else:
                self.canvas.drawString(self.x + self.indent, self.y, line)

    def mark(self, size: float, *, ticked: bool) -> None:
        """A box to tick, or a dot, before the line that comes next."""
        if self.dry:
            return
        base = self.y - size * LEADING
        if ticked:
            self.canvas.setLineWidth(1)
            self.canvas.rect(self.x + 1, base - 0.04 * size, 0.78 * size, 0.78 * size)
        else:
            self.canvas.circle(self.x + 0.45 * size, base + 0.33 * size, 0.16 * size, stroke=0, fill=1)

    def rule(self, thick: float) -> None:
        if not self.dry:
            self.canvas.setLineWidth(thick)
            self.canvas.line(self.x, self.y, self.x + self.width, self.y)


def as_pdf(poster: Poster) -> bytes:
    """The page. The same poster always gives the same bytes."""
    _load_letters()
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1, lang="vi", pageCompression=1)
    canvas.setTitle(f"{poster.title} – {poster.place}")
    top = _head(canvas, poster)
    bottom = _foot(canvas, poster)
    _codes(canvas, poster, top, bottom)
    _sections(canvas, poster, top, bottom)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _head(canvas: Canvas, poster: Poster) -> float:
    """Where it hangs, the title, what it is about. Returns how far down that reaches."""
    pen = Pen(canvas, MARGIN, HEIGHT - MARGIN + 6, INSIDE)
    pen.write(shorten(poster.place, 90).upper(), 14, BOLD)
    pen.y -= 7
    pen.rule(2)
    pen.y -= 4
    pen.write(poster.title, _title_size(poster.title), BOLD)
    pen.y -= 7
    pen.write(poster.summary, SUMMARY)
    return pen.y - 16


def _title_size(title: str) -> float:
    """In one line if its letters stay large, else in two."""
    for largest, smallest, lines in ((TITLE, 26, 1), (28, 16, 2)):
        for size in range(int(largest), smallest - 1, -1):
            if len(_wrapped(title, BOLD, size, INSIDE)) <= lines:
                return size
    return 16


def _foot(canvas: Canvas, poster: Poster) -> float:
    """From the lower edge upwards: small print, above it the rules of conduct in a frame. Returns its upper edge."""
    small = Pen(canvas, MARGIN, 0, INSIDE, dry=True)
    _small_print(small, poster)
    small.y, small.dry = MARGIN - 6 - small.y, False
    upper = small.y + 6
    _small_print(small, poster)
    pen = Pen(canvas, MARGIN + 10, 0, INSIDE - 20, dry=True)
    _section(pen, poster.conduct, 0.94)
    height = 12 - pen.y
    canvas.setStrokeColorRGB(0.7, 0.15, 0.12)
    canvas.setLineWidth(2)
    canvas.roundRect(MARGIN, upper, INSIDE, height, 6)
    canvas.setStrokeColorRGB(0, 0, 0)
    pen.y, pen.dry = upper + height - 1, False
    _section(pen, poster.conduct, 0.94)
    return upper + height + 10


def _small_print(pen: Pen, poster: Poster) -> None:
    for line in poster.contact:
        pen.write(line, CONTACT, BOLD)
    for line in poster.foot:
        pen.write(line, SMALL)


def _codes(canvas: Canvas, poster: Poster, top: float, bottom: float) -> None:
    """All the codes, the first one large; where there is no room for all, the first one stands alone."""
    for codes, wanted in ((poster.codes, CODE_COLUMN), (poster.codes, 0), (poster.codes[:1], CODE_COLUMN)):
        pen = Pen(canvas, WIDTH - MARGIN - CODE_COLUMN, top, CODE_COLUMN, dry=True)
        _all_codes(pen, codes, wanted)
        if pen.y >= bottom or len(codes) < 2:
            pen.y, pen.dry = top, False
            _all_codes(pen, codes, wanted)
            return


def _all_codes(pen: Pen, codes: Sequence[Code], wanted: float) -> None:
    for at, code in enumerate(codes):
        pen.y -= 12 * (at > 0)
        _draw_code(pen, code.link, wanted if at == 0 else 0)
        pen.write(code.words, 12.5, BOLD, centred=True)
        if code.typed:
            pen.write(code.typed, 11, centred=True)


def _draw_code(pen: Pen, link: str, wanted: float) -> None:
    """A code with its white rim, as large as `wanted` and never too small to be read."""
    rows = list(segno.make_qr(link, error="m").matrix_iter(border=QUIET))
    modules = len(rows)
    side = max(wanted, SMALLEST_CODE * modules / (modules - 2 * QUIET))
    one, left, upper = side / modules, pen.x + (pen.width - side) / 2, pen.y
    pen.y -= side
    if pen.dry:
        return
    path = pen.canvas.beginPath()
    for down, row in enumerate(rows):
        for start, length in _runs(row):
            path.rect(left + start * one, upper - (down + 1) * one, length * one, one)
    pen.canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Where dark modules stand side by side: the first, and how many. Drawn as one, no hair of white parts them."""
    start = 0
    for at, dark in enumerate([*row, 0]):
        if not dark:
            if at > start:
                yield start, at - start
            start = at + 1


def _sections(canvas: Canvas, poster: Poster, top: float, bottom: float) -> None:
    """What is to be read, as large as there is room for it."""
    width = INSIDE - CODE_COLUMN - BETWEEN if poster.codes else INSIDE
    for scale, most, letters in TIGHTER:
        pen = Pen(canvas, MARGIN, top, width, dry=True)
        _all_sections(pen, poster, scale, most, letters)
        if pen.y >= bottom or (scale, most, letters) == TIGHTER[-1]:
            _all_sections(Pen(canvas, MARGIN, top, width), poster, scale, most, letters)
            return


def _all_sections(pen: Pen, poster: Poster, scale: float, most: int, letters: int) -> None:
    left_out = False
    for section in poster.sections:
        shown = tuple(shorten(item, letters) for item in section.items[:most])
        left_out = left_out or shown != section.items
        _section(pen, Section(section.title, shown, section.ticked), scale)
        pen.y -= 9 * scale
    if left_out:
        pen.write(poster.more, BODY * scale, BOLD)


def _section(pen: Pen, section: Section, scale: float) -> None:
    size = BODY * scale
    pen.write(section.title, size * 1.12, BOLD)
    pen.y -= 2 * scale
    pen.indent = 1.35 * size
    for item in section.items:
        pen.mark(size, ticked=section.ticked)
        pen.write(item, size)
        pen.y -= 2.5 * scale
    pen.indent = 0


def _drawable(text: str) -> str:
    """Without what the letters do not have, such as the emoji that somebody typed: nothing is drawn as an empty box."""
    return "".join(char for char in text if ord(char) in _known_letters())


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """The lines of a text; a word that is wider than the line, such as an address, is broken where the line ends."""
    lines: list[str] = []
    for line in simpleSplit(text, font, size, width):
        while stringWidth(line, font, size) > width and len(line) > 1:
            cut = next(
                at for at in range(len(line) - 1, 0, -1) if at == 1 or stringWidth(line[:at], font, size) <= width
            )
            lines.append(line[:cut])
            line = line[cut:]
        lines.append(line)
    return lines


@cache
def _load_letters() -> None:
    registerFont(TTFont(PLAIN, typeface.REGULAR))
    registerFont(TTFont(BOLD, typeface.BOLD))


@cache
def _known_letters() -> frozenset[int]:
    return frozenset(getFont(PLAIN).face.charToGlyph) & frozenset(getFont(BOLD).face.charToGlyph)
