"""The numbers in a piece of text that may be values, and the words around them.

Dates, telephone numbers, numbers of decisions, of houses and of questions are no values: each becomes a word, or
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from models.rules import Refusal
from models.rules.number_words import number_word
from models.rules.numbers import read_number
from models.rules.pasting_units import KNOWN
from models.rules.pasting_words import flat, words_of_flat

COMMA = ","  # stands between two parts of a piece

_DATE = r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?"
_NUMBER = r"\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,]\d+)*"
_SCALE = r"(?: ?(?:nghin|ngan|chuc|tram|trieu|ruoi|ta|ty)\b|(?:k|tr)(?=[\d\s,.;]|$)\d*)*"
_PLACE = "dot|lan|khoa|cum|to|ap|khom|khu pho|kp|thon|xom|to dan pho|nhom|chi doan|khoi|lop|so nha|cau|trang"
_TOKENS = re.compile(
    r"(?:(?<![a-z])|(?![a-z]))(?:"  # nothing of interest begins inside a word
    + "|".join(
        (
            rf"(?P<span>\(? ?(?:tu )?(?:ngay )?(?P<since>{_DATE})"
            rf" ?(?:-|\u2013|->|den)(?: het)?(?: ngay)? ?(?P<until>{_DATE}) ?\)?)",
            r"(?P<nothing>https?://\S+|www\.\S+|\S{1,64}@\S{1,64}|\u2022+"
            rf"|(?:tinh )?\b(?:den|het)(?: het)?(?: ngay)? {_DATE}"
            r"|\b4\.0\b|\b[45]g\b|\b24/(?:7|24)\b|\b\d{1,2} ?h ?(?:\d{2})?(?!\w)|\b\d{1,2}:\d{2}\b"
            r"|\b(?:quyet dinh|qd|nghi quyet|nq|cong van|cv|thong tu|nghi dinh|chi thi|ket luan)(?: so)?:? *"
            rf"(?:\d+(?:[/-][\w/-]+)?)?(?: *ngay {_DATE})?"
            r"|\bho so (?:ma )?so:? *\d+(?:[.-]\d+)*"
            r"|\b(?:bao cao|bc|to trinh|thong bao|ke hoach|de an|huong dan|kh|hd) so:? *"
            rf"(?:\d+(?:[/-][\w/-]+)?)?(?: *ngay {_DATE})?"
            r"|\b(?:doi|doi hinh|phuong|(?<!ra )quan|xa) \d{1,2}(?=[\s,.:;)]|$)"
            r"|\b(?:tri gia|kinh phi)(?: [a-z]+){0,2} \d[\d.,]*(?: ?(?:trieu|ty|nghin|ngan))?(?: ?(?:dong|d)\b)?"
            r"|(?<!trao )\b(?:tang|giam|vuot)(?: them)? \d[\d.,]*)",
            r"(?P<month>\b(?:thang ?|t\.?)(?P<which>1[0-2]|0?[1-9])\b(?:(?: nam | ?[/.-] ?)\d{2,4})?"
            r"(?! (?:nguoi|luot|ho|ho so|hs|buoi|lop|tin|bai)(?:[,;.)]|$)))",  # "trong tháng 8 người"
            r"(?P<day>\b(?:ngay|hom|sang|chieu|toi|luc) \d{1,2}(?:[/.-]\d{1,2})?(?:[/.-]\d{2,4})?"
            r"|(?<!lan )\bthu [2-7]\b|\bchu nhat\b|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})",
            r"(?P<week>\btuan (?:thu )?\d)",
            r"(?P<long>\bquy (?:[1-4]|i{1,3}|iv)\b|\bnam 20\d\d\b|(?<!ngay )\b\d{1,2} thang\b(?! ?\d))",
            r"(?P<part>" rf"\b(?:{_PLACE}) (?:so )?\d{{1,3}}(?=[\s,.:;)]|$))",
            r"(?P<level>(?:\bmuc ?(?:do ?)?|(?<=vneid )m)(?P<grade>[12])\b)",
            rf"(?P<percent>(?:{_NUMBER}) ?(?:%|phan tram\b))",
            rf"(?P<pair>(?<![a-z\d])(?P<first>{_NUMBER}) ?(?:/|\btren\b(?: tong(?: so)?)?) ?(?P<second>{_NUMBER}))",
            rf"(?P<range>(?<![a-z\d])(?P<low>{_NUMBER}) ?(?:[-=]+>|\u2192|-|\u2013|~|\bden\b|\btoi\b) ?"
            rf"(?P<high>{_NUMBER}))",
            rf"(?P<number>(?<![a-z\d])(?:{_NUMBER}){_SCALE})",
            r"(?P<comma>,|;|\+| [-\u2013\u2014] |\bva\b|(?<!so )\bvoi\b)",
        )
    )
    + ")"
)
_ABOUT_BEFORE = re.compile(
    r"(?:^|[^a-z])(?:khoang|gan|hon|tren|duoi|chung|ngot|xap xi|uoc|uoc tinh|uoc dat|vai|may|nhieu|it nhat|toi da"
    r"|toi thieu|tam|[~<\u2248\u2264\u2265]|(?<![-=])>)[ =:]*$"
)
_LONGEST_ABOUT = 14
_ABOUT_AFTER = re.compile(r" ?\+| (?:hon|may|tro len|tro xuong|le)\b")
_OFFICIAL = re.compile(r"0\d")
_LONGEST_SPAN = 31  # days: what is counted over more is no number of one month
_CODE = re.compile(r"\d+ ?[-/] ?[A-Z\u0110]{2,}[\w/\u0110-]*")  # 15-QĐ/ĐTN


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that may be a value: what it can mean, likeliest first. `of`: the whole it is a part of.

    With `is_percent` it is a share in percent: no value, but a proof of one.
    """

    options: tuple[Decimal, ...]
    sure: bool
    at: tuple[int, int] = (0, 0)  # where it stands in the piece, from and to
    of: Decimal | None = None
    is_percent: bool = False


Part = str | Amount  # a word, COMMA, or a number


@lru_cache(maxsize=1024)
def parts(text: str) -> tuple[Part, ...]:
    """A piece of text as words, commas and numbers, in order. Whoever reads a text to its end forgets it here too."""
    return tuple(_parts(_CODE.sub(" ", text)))


def months_named(text: str) -> tuple[int, ...]:
    """The months that a text names, in order."""
    return tuple(int(each[2:-1]) for each in parts(text) if isinstance(each, str) and is_month(each))


def is_month(word: str) -> bool:
    """Whether a word of `parts` stands for a month that was named: "<m11>"."""
    return word.startswith("<m")


def spoken(text: str) -> tuple[Amount, str] | None:
    """The number that the words of a text begin with ("mười lăm người"), always to be confirmed, and what follows."""
    said: list[str] = []
    end = 0
    for word in re.finditer(r"[^\W\d_]+", text):
        if not number_word(word[0]):
            break
        said.append(word[0])
        end = word.end()
    amount = _amount(" ".join(said), about=True) if said else Amount((), False)
    return (amount, text[end:]) if amount.options else None


def _parts(text: str) -> Iterator[Part]:
    low, at = flat(text), 0
    for found in _TOKENS.finditer(low):
        yield from words_of_flat(low[at : found.start()])
        yield from (replace(each, at=found.span()) if isinstance(each, Amount) else each for each in _part(found))
        at = found.end()
    yield from words_of_flat(low[at:])


def _part(found: re.Match[str]) -> Iterator[Part]:
    low = found.string
    before = low[max(0, found.start() - _LONGEST_ABOUT) : found.start()]
    about = bool(_ABOUT_BEFORE.search(before) or _ABOUT_AFTER.match(low, found.end()))
    kind = next(name for name in _KINDS if found[name] is not None)
    match kind:
        case "percent":
            share = _decimal(found[0])
            yield Amount(() if share is None else (share,), False, is_percent=True)
        case "pair":
            first, second = _amount(found["first"], about), _amount(found["second"], about)
            of = second.options[0] if second.options else None
            yield Amount(first.options[:1], first.sure and second.sure, of=of)
        case "range":
            low_end, high_end = _amount(found["low"], about=True), _amount(found["high"], about=True)
            ends = tuple(dict.fromkeys((*low_end.options[:1], *high_end.options[:1])))
            yield Amount(ends, len(ends) == 1)
        case "number":
            yield Amount((), False) if _is_glued(low, found.end()) else _amount(found[0], about)
        case _:
            yield from _word(kind, found)


def _word(kind: str, found: re.Match[str]) -> Iterator[str]:
    """What stands for a time, a place, a level or a comma."""
    match kind:
        case "comma":
            yield COMMA
        case "span" if _days(found["since"], found["until"]) > _LONGEST_SPAN:
            yield "<long>"
        case "month":
            yield f"<m{int(found['which'])}>"
        case "day" | "week" | "long" | "part":
            yield f"<{kind}>"
        case "level":
            yield f"muc{found['grade']}"
            if not found[0].startswith("muc"):  # "VNeID m2": nobody else says so, worth a question
                yield found[0]


_KINDS = (
    "span", "nothing", "month", "day", "week", "long", "part", "level", "percent", "pair", "range", "number", "comma",
)  # fmt: skip


def _days(since: str, until: str) -> int:
    """Roughly how many days lie between two dates without their years."""
    (day, month), (last, end) = (tuple(int(each) for each in re.findall(r"\d+", one)[:2]) for one in (since, until))
    return (end - month) % 12 * 30 + last - day


def _is_glued(low: str, end: int) -> bool:
    """Whether a letter that begins no unit stands right behind a number: "4O", a slip."""
    behind = re.match("[a-z]+", low[end:])
    return behind is not None and not set(words_of_flat(behind[0])[:1]) & KNOWN


def _decimal(text: str) -> Decimal | None:
    """A share in percent: with a comma or a dot before its fraction."""
    digits = re.sub("[^0-9.]", "", text.replace(",", "."))
    return Decimal(digits) if digits.count(".") <= 1 else None


@lru_cache(maxsize=1024)
def _amount(text: str, about: bool) -> Amount:
    try:
        reading = read_number(text.strip(), whole=True)
    except Refusal:
        return Amount((), False)
    # "15 120" may be two cells of a table whose border was lost; "06" is how letters of offices write 6
    sure = (reading.sure or _OFFICIAL.fullmatch(text.strip()) is not None) and not about and " " not in text.strip()
    return Amount((reading.value, *reading.alternatives), sure)
