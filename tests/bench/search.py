"""Searching the guides: how often the right one is found, and how long it takes, over those we ship and over 6,000."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from random import Random

import psutil

from bot.guides import read_all, read_words
from models.rules.folding import fold
from models.rules.guide_search import GuideIndex
from models.rules.guides import Guide
from tests.guide_queries import SETS, Quality, quality, queries

MANY, QUICK_MANY = 6000, 1500
SEED = 20261120
TITLES = 400  # of the many that are asked for: as written, without marks, and with one slip of the finger

# What procedures are about: each of the many is one of these acts on one of these things for one of those.
ACTS = (
    "Cấp", "Cấp lại", "Cấp đổi", "Đăng ký", "Gia hạn", "Xác nhận", "Thu hồi", "Điều chỉnh", "Bổ sung", "Công nhận",
    "Thẩm định", "Thông báo", "Chuyển nhượng", "Đính chính", "Trích lục", "Miễn giảm", "Hỗ trợ", "Chấm dứt",
)  # fmt: skip
THINGS = (
    "giấy phép xây dựng nhà ở", "chứng chỉ hành nghề dược", "khai thác nước dưới đất", "thẻ hướng dẫn viên du lịch",
    "chứng nhận an toàn thực phẩm", "giấy phép lao động", "sổ hộ nghèo", "trợ cấp khuyết tật", "thẻ thương binh",
    "giấy phép bán lẻ rượu", "giấy phép karaoke", "trường mầm non tư thục", "bằng tốt nghiệp", "bảo hiểm tàu cá",
    "khai thác thuỷ sản", "mã số cơ sở đóng gói", "kiểm dịch thực vật", "hợp đồng lao động", "giấy phép lái tàu",
    "biển hiệu tàu du lịch", "hạ tầng giao thông", "đất trồng lúa", "mặt nước ven biển", "hội chợ triển lãm",
    "khuyến mại", "nhượng quyền thương mại", "hộ chiếu thuyền viên", "hoạt động báo chí", "con nuôi", "giám hộ",
    "thay đổi họ tên", "quốc tịch", "hành nghề luật sư", "công chứng viên", "trọng tài", "cơ sở bảo trợ xã hội",
)  # fmt: skip
WHOM = (
    "cho cá nhân", "cho tổ chức", "cho hộ gia đình", "cho doanh nghiệp", "cho hợp tác xã", "cho người nước ngoài",
    "cho người cao tuổi", "cho học sinh", "khi bị mất", "khi hết hạn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of one core at work; `megabytes`: how much the process grew with the index.

    `first`, `three`: the part of the titles, as written, without marks and slipped, whose guide came first, or in the
    first three.
    """

    guides: int
    build: float
    megabytes: float
    asked: int
    p50: float
    p99: float
    longest: float
    first: float
    three: float


def measure(quick: bool) -> tuple[dict[str, Quality], list[Measured]]:
    """How well our own queries are answered, and how fast any are, by the guides we ship and by many more."""
    shipped = read_all()
    index = GuideIndex(shipped, read_words())
    found = {name: quality(index, (each for each in queries() if each.set == name)) for name in SETS}
    many = [*shipped, *islice(synthetic(shipped), (QUICK_MANY if quick else MANY) - len(shipped))]
    return found, [_measured(shipped), _measured(many)]


def synthetic(like: Sequence[Guide]) -> Iterator[Guide]:
    """Guides as long as ours, about other things: the same at every run, no two with the same title."""
    chance = Random(SEED)
    about = list(product(ACTS, THINGS, WHOM))
    chance.shuffle(about)
    for number, (act, thing, whom) in enumerate(about, 100):
        names = (
            f"{act.lower()} {thing}",
            thing,
            f"làm {thing} {whom}",
            f"thủ tục {thing}",
            f"{thing} {chance.choice(WHOM)}",
        )
        title = f"{act} {thing} {whom}"
        other = chance.choice(like)
        yield replace(other, code=f"G{number}", title=title, short_title=title[:28], keywords=names)


def _measured(guides: Sequence[Guide]) -> Measured:
    gc.collect()
    process, began = psutil.Process(), time.process_time()
    before = process.memory_info().rss
    index = GuideIndex(guides, read_words())
    build, grown = time.process_time() - began, process.memory_info().rss - before
    asked = [(each.text, "") for each in queries()] + list(_titles(guides))
    times, places = [], []
    for text, code in asked:
        began = time.process_time()
        found = index.find(text)
        times.append((time.process_time() - began) * 1000)
        if code:
            places.append(next((at for at, hit in enumerate(found) if hit.code == code), len(guides)))
    times.sort()
    return Measured(
        guides=len(guides), build=build * 1000, megabytes=grown / 1e6, asked=len(asked), p50=times[len(times) // 2],
        p99=times[len(times) * 99 // 100], longest=times[-1], first=_part(places, 1), three=_part(places, 3),
    )  # fmt: skip


def _titles(guides: Sequence[Guide]) -> Iterator[tuple[str, str]]:
    chance = Random(SEED)
    for guide in chance.sample(guides, min(TITLES, len(guides))):
        for text in (guide.title, fold(guide.title), _slipped(fold(guide.title), chance)):
            yield text, guide.code


def _slipped(text: str, chance: Random) -> str:
    """With two neighbouring letters of one of the longer words changed about."""
    words = text.split()
    at = max(range(len(words)), key=lambda each: (len(words[each]), chance.random()))
    word = words[at]
    cut = chance.randrange(1, len(word) - 1)
    words[at] = word[:cut] + word[cut + 1] + word[cut] + word[cut + 2 :]
    return " ".join(words)


def _part(places: Sequence[int], within: int) -> float:
    return sum(at < within for at in places) / len(places)
