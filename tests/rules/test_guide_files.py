"""A guide file says what is wrong with it: which key, and where."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any
from unicodedata import normalize

import pytest

from models.rules import Refusal
from models.rules.guide_files import check_shelf, parse_fields, parse_guide
from models.rules.guides import END, Guide, GuideField

FIELDS = (GuideField("cu-tru", "Cư trú"),)
GOOD: dict[str, Any] = {
    "code": "G08",
    "edition": 1,
    "address": "dang-ky-tam-tru",
    "title": "Đăng ký tạm trú",
    "short_title": "Tạm trú",
    "field": "cu-tru",
    "keywords": ["xin tạm trú"],
    "summary": "Nộp hồ sơ tạm trú trên Cổng Dịch vụ công quốc gia.",
    "for_whom": ["Người ở nơi khác từ 30 ngày."],
    "prepare": ["VNeID mức 2"],
    "fees": [{"text": "Mức phí khi nộp muộn", "unconfirmed": True, "confidence": "low", "sources": ["s1"]}],
    "time_limits": ["3 ngày làm việc"],
    "steps": [
        {
            "code": "da-co",
            "title": "Đã có VNeID?",
            "do": "Hỏi người dân.",
            "fork": {
                "question": "Có VNeID mức 2 chưa?",
                "options": [
                    {"label": "Có rồi", "to": "mo"},
                    {"label": "Chưa có", "officer": "Mời người dân đến Công an xã."},
                ],
            },
        },
        {
            "code": "mo",
            "title": "Mở mục Thủ tục",
            "do": "Bấm Thủ tục.",
            "see": "Danh sách thủ tục.",
            "care": ["own_hands"],
            "screen": {"title": "VNeID", "rows": ["Ví giấy tờ", "Thủ tục"], "tap": "Thủ tục"},
        },
        {"code": "gui", "title": "Gửi", "do": "Bấm Gửi.", "if_not": "Làm lại.", "next": "end"},
    ],
    "troubles": [{"code": "mang", "when": "Mạng chậm.", "mend": "Đổi mạng.", "steps": ["mo"]}],
    "officer_when": ["Thông tin sai."],
    "portal": "https://dichvucong.gov.vn",
    "sources": [{"code": "s1", "title": "Luật Cư trú"}],
    "checked": {"on": "2026-11-20", "within_days": 90, "confidence": "high"},
}


def changed(*path: str | int, to: Any = None) -> dict[str, Any]:
    """The good guide with one place written otherwise; without a value the key is left out."""
    data: Any = deepcopy(GOOD)
    place = data
    for part in path[:-1]:
        place = place[part]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    assert isinstance(data, dict)
    return data


def refused(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as no:
        work()
    return no.value


def test_a_guide_is_read_with_what_its_facts_take_from_the_check() -> None:
    guide = parse_guide(GOOD)
    assert guide.check.on == guide.for_whom[0].checked_on == date(2026, 11, 20)
    assert (guide.for_whom[0].confidence, guide.fees[0].confidence) == ("high", "low")
    assert [each.unconfirmed for each in (*guide.fees, *guide.for_whom)] == [True, False]
    assert [guide.following(each.code) for each in guide.steps] == ["mo", "gui", END]


@pytest.mark.parametrize(
    "path, to, key, at",
    [
        (("titel",), "x", "programme.unknown_key", ("titel",)),
        (("summary",), None, "programme.missing", ("summary",)),
        (("for_whom",), [], "programme.missing", ("for_whom",)),
        (("prepare",), "Thẻ căn cước", "programme.not_a_list", ("prepare",)),
        (("title",), "Đ" * 71, "programme.too_long", ("title",)),
        (("short_title",), "Đ" * 29, "programme.too_long", ("short_title",)),
        (("keywords", 0), "x" * 61, "programme.too_long", ("keywords", 0)),
        (("code",), "G8", "guide_file.bad_code", ("code",)),
        (("address",), "Đăng ký", "guide_file.bad_address", ("address",)),
        (("edition",), 0, "programme.not_whole", ("edition",)),
        (("checked", "within_days"), 60, "guide_file.bad_within", ("checked", "within_days")),
        (("checked", "confidence"), "cao", "programme.not_one_of", ("checked", "confidence")),
        (("checked", "on"), "20/11/2026", "programme.not_a_date", ("checked", "on")),
        (("fees", 0, "sources"), ["s9"], "guide_file.unknown_source", ("fees", 0, "sources", 0)),
        (("fees", 0, "gia"), "x", "programme.unknown_key", ("fees", 0, "gia")),
        (("steps",), [], "programme.missing", ("steps",)),
        (("steps", 1, "code"), "Mở", "guide_file.bad_step_code", ("steps", 1, "code")),
        (("steps", 2, "code"), "end", "guide_file.bad_step_code", ("steps", 2, "code")),
        (("steps", 1, "code"), "m" * 25, "guide_file.bad_step_code", ("steps", 1, "code")),
        (("steps", 2, "code"), "mo", "programme.repeated_code", ("steps", 2)),
        (("steps", 1, "title"), "x" * 41, "programme.too_long", ("steps", 1, "title")),
        (("steps", 1, "do"), "x" * 201, "programme.too_long", ("steps", 1, "do")),
        (("steps", 1, "care"), ["mat_khau"], "programme.not_one_of", ("steps", 1, "care", 0)),
        (("steps", 1, "screen", "tap"), "Không có", "guide_file.unknown_tap", ("steps", 1, "screen", "tap")),
        (("steps", 1, "screen", "rows"), ["Thủ tục"], "guide_file.bad_rows", ("steps", 1, "screen", "rows")),
        (("steps", 2, "next"), "xa", "guide_file.unknown_step", ("steps", 2, "next")),
        (("steps", 0, "fork", "options", 0, "to"), "xa", "guide_file.unknown_step",
         ("steps", 0, "fork", "options", 0, "to")),
        (("steps", 0, "fork", "options", 0), {"label": "Có"}, "guide_file.bad_option",
         ("steps", 0, "fork", "options", 0)),
        (("steps", 0, "fork", "options", 0, "officer"), "Vì sao", "guide_file.bad_option",
         ("steps", 0, "fork", "options", 0)),
        (("steps", 0, "fork", "options"), [{"label": "Có", "to": "mo"}], "guide_file.one_option",
         ("steps", 0, "fork", "options")),
        (("steps", 0, "fork", "options", 0, "to"), "gui", "guide_file.unreachable_step", ("steps", 1)),
        (("steps", 2, "next"), "mo", "guide_file.endless_step", ("steps", 1)),
        (("troubles", 0, "steps"), ["xa"], "guide_file.unknown_step", ("troubles", 0, "steps", 0)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(
    path: tuple[str | int, ...], to: Any, key: str, at: tuple[str | int, ...]
) -> None:
    no = refused(lambda: parse_guide(changed(*path, to=to)))
    assert (no.key, no.values["path"]) == (key, at)


def test_an_application_is_filed_unless_the_guide_says_otherwise() -> None:
    assert parse_guide(GOOD).files
    assert not parse_guide({**GOOD, "files": False}).files
    with pytest.raises(Refusal, match="not_yes_or_no"):
        parse_guide({**GOOD, "files": "không"})


def test_a_step_that_fills_more_than_a_screen_is_refused() -> None:
    step = {**GOOD["steps"][1], "do": "x" * 200, "see": "x" * 140, "if_not": "x" * 100}
    assert refused(lambda: parse_guide(changed("steps", 1, to=step))).key == "guide_file.long_step"


def test_what_is_written_with_loose_marks_is_read_as_one_letter() -> None:
    loose = normalize("NFD", "Hồ sơ")
    assert parse_guide(changed("title", to=loose)).title == normalize("NFC", loose) != loose


# Between guides


def guide(code: str, **changes: Any) -> Guide:
    data = changed("code", to=code) | {"address": f"bai-{code.lower()}", "short_title": code} | changes
    return parse_guide(data)


def asking(code: str, other: str) -> Guide:
    """A guide before whose second step another one has to be done."""
    return guide(code, steps=[GOOD["steps"][0], {**GOOD["steps"][1], "guide": other}, GOOD["steps"][2]])


def offering(code: str, other: str) -> Guide:
    """A guide one answer of which leads through another one."""
    fork = {
        "question": "Chưa?",
        "options": [{"label": "Rồi", "to": "mo"}, {"label": "Chưa", "guide": other, "to": "mo"}],
    }
    return guide(code, steps=[{**GOOD["steps"][0], "fork": fork}, *GOOD["steps"][1:]])


def test_guides_that_ask_for_each_other_in_one_direction_are_a_shelf() -> None:
    check_shelf([asking("G03", "G02"), offering("G02", "G01"), guide("G01")], FIELDS)


@pytest.mark.parametrize(
    "shelf, key, code",
    [
        ([guide("G01", field="xe")], "guide_file.unknown_field", "G01"),
        ([guide("G01"), guide("G02", address="bai-g01")], "guide_file.used_twice", "G02"),
        ([guide("G01"), guide("G02", short_title="G01")], "guide_file.used_twice", "G02"),
        ([guide("G01"), asking("G02", "G09")], "guide_file.unknown_guide", "G02"),
        ([offering("G01", "G09")], "guide_file.unknown_guide", "G01"),
        ([asking("G01", "G01")], "guide_file.circle", "G01"),
        ([asking("G01", "G02"), offering("G02", "G03"), asking("G03", "G01")], "guide_file.circle", "G01"),
    ],
)
def test_what_does_not_hold_between_guides_names_the_guide(shelf: list[Guide], key: str, code: str) -> None:
    no = refused(lambda: check_shelf(shelf, FIELDS))
    assert (no.key, no.values["guide"]) == (key, code)


def test_the_fields_of_the_menu_have_a_code_of_their_own() -> None:
    assert parse_fields([{"code": "cu-tru", "title": "Cư trú"}]) == FIELDS
    twice = [{"code": "xe", "title": "Xe"}, {"code": "xe", "title": "Bằng lái"}]
    assert refused(lambda: parse_fields(twice)).key == "programme.repeated_code"
