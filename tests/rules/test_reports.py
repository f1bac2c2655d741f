"""Reports: their code, what opens first, what is still open, what changed, what may not stand in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.rules import Refusal
from models.rules.forms import Indicator, Value
from models.rules.reports import (
    LONGEST_LINE,
    Owed,
    changes,
    chosen,
    item_meant,
    looks_like_identity,
    may_submit,
    progress,
    read_value,
    reason,
    report_code,
    sentence,
    shown,
    snapshot,
    way_meant,
    write_value,
)

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


def indicator(code: str, **more: Any) -> Indicator:
    values: dict[str, Any] = {"label": code, "short_label": code, "unit": "lượt", "adds": "sum", "origins": ("K",)}
    return Indicator(code=code, **(values | {"example": 5, "hint": "", "source": ""} | more))


ASKED = tuple(indicator(code) for code in ("LL02", "LL03", "DVC01"))


def owed(month: int, *, filed: bool = False) -> Owed:
    """The report of a period of 2026 that ends on the 25th of `month`."""
    due = datetime(2026, month, 25, 16, 59, 59, tzinfo=UTC)
    return Owed(month, 4, date(2026, month - 1, 26), due, filed)


def number(value: int, of: int | None = None) -> Value:
    return Value(Decimal(value), None if of is None else Decimal(of))


def test_the_code_names_the_period_and_the_report() -> None:
    assert report_code("2026-11", 42) == "BC-2026-11-0042"
    assert report_code("2026-11", 123456) == "BC-2026-11-123456"


@pytest.mark.parametrize(
    ("reports", "month"),
    [
        ([owed(10, filed=True), owed(11)], 11),  # the running one
        ([owed(9), owed(10), owed(11)], 9),  # the oldest overdue one comes first
        ([owed(9, filed=True), owed(10), owed(11)], 10),
        ([owed(10, filed=True), owed(11, filed=True)], 11),  # nothing owed: the last one, for a correction
    ],
)
def test_what_is_overdue_opens_first(reports: list[Owed], month: int) -> None:
    first = chosen(reports, NOW)
    assert first is not None
    assert first.period_id == month


def test_nothing_owed_opens_nothing() -> None:
    assert chosen([], NOW) is None


@pytest.mark.parametrize("value", [Value(), number(0), number(1234), number(45, 60), number(0, 60)])
def test_a_value_is_read_back_as_it_was_written(value: Value) -> None:
    assert read_value(write_value(value)) == value


def test_missing_is_shown_as_a_dash_and_never_as_zero() -> None:
    assert shown(Value()) == shown(None) == "—"
    assert shown(number(0)) == "0"
    assert shown(number(1234)) == "1.234"
    assert shown(number(1045, 2060)) == "1.045/2.060"


def test_skipped_counts_as_answered_in_the_progress() -> None:
    assert progress(ASKED, {"LL02": number(15), "LL03": Value(), "OLD": number(1)}) == (2, 3)


def test_cannot_submit_while_a_question_was_never_answered() -> None:
    with pytest.raises(Refusal) as refused:
        may_submit(ASKED, {"LL02": number(15)})
    assert refused.value.key == "report.unanswered"
    assert refused.value.values == {"count": 2, "first": "LL03"}


def test_what_was_left_empty_is_told_before_submitting() -> None:
    values = {"LL02": number(15), "LL03": Value(), "DVC01": number(0)}
    assert [each.code for each in may_submit(ASKED, values)] == ["LL03"]


def whole(values: dict[str, Value], **more: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {"notes": {}, "remarks": [], "photos": [], "no_activity": ""} | more
    return snapshot(values, parts["notes"], parts["remarks"], parts["photos"], parts["no_activity"])


def test_the_same_report_twice_has_no_changes() -> None:
    values = {"LL02": number(15), "LL03": Value()}
    same = whole(values, remarks=[("difficulty", "KK4", "mạng yếu")], photos=["a"])
    assert changes(same, same) == []


def test_changes_tell_old_and_new() -> None:
    old = whole({"LL02": number(15), "LL03": Value(), "LL05": number(45, 60)})
    new = whole({"LL02": number(16), "LL03": number(0), "LL05": number(46, 60)})
    assert changes(old, new) == [["LL02", "15", "16"], ["LL03", "", "0"], ["LL05", "45/60", "46/60"]]


def test_changes_tell_of_remarks_photos_and_the_reason_of_nothing() -> None:
    old = whole({}, remarks=[("difficulty", "KK4", "mạng yếu"), ("difficulty", "KK6", "")], no_activity="nghỉ")
    new = whole({}, remarks=[("difficulty", "KK4", "mạng yếu"), ("proposal", "XA", "thêm wifi")], photos=["a"])
    assert changes(old, new) == [
        ["no_activity", "nghỉ", ""],
        ["KK6", "KK6", ""],
        ["XA", "", "thêm wifi"],
        ["photos", "0", "1"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "087123456789",
        "căn cước 087 123 456 789 của bác Ba",
        "gọi 0912.345.678 nhé",
        "0912-345-678",
        "chứng minh 123456789",
        "+84 912 345 678",
        "số 091234567890123",
        "079.123.456.789",  # grouped by three, but no amount begins with 0
    ],
)
def test_an_identity_or_telephone_number_is_seen(text: str) -> None:
    assert looks_like_identity(text)


@pytest.mark.parametrize(
    "text",
    [
        "mạng yếu 3 buổi, 12 người phải về",
        "từ 26/10/2026 đến 25/11/2026",
        "Quyết định 15-QĐ/ĐTN ngày 12/8/2025",
        "kinh phí 1.000.000.000 đồng",
        "cần 12345678 đồng",
        "buổi 7 8 9",
        "",
    ],
)
def test_dates_amounts_and_small_numbers_are_no_identity(text: str) -> None:
    assert not looks_like_identity(text)


def test_a_sentence_is_kept_on_one_line_and_in_one_form() -> None:
    assert sentence("  mạng\n yếu  ", LONGEST_LINE) == "mạng yếu"


@pytest.mark.parametrize("text", ["nghỉ hè", "không có hoạt động", "đội nghỉ 2 tuần ôn thi", " một người  ốm "])
def test_a_few_words_are_a_reason(text: str) -> None:
    assert reason(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "text",
    ["45", "4.500", "45/60", "45 lượt", "khoảng 45", "bốn mươi lăm", "nghỉ", "không có", "lưu lại", "bỏ qua", "sửa 5"],
)
def test_one_word_a_number_or_a_way_elsewhere_is_no_reason(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        reason(text)
    assert refused.value.key == "report.reason_wanted"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("bác Ba 0912345678", "report.identity"),
        ("…!", "report.no_words"),
        ("", "report.no_words"),
        ("a" * (LONGEST_LINE + 1), "report.too_long"),
    ],
)
def test_cannot_keep_a_sentence_without_words_too_long_or_naming_somebody(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        sentence(text, LONGEST_LINE)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("sửa 2", 2),
        ("Sua câu 2", 2),
        ("sửa lại số 3", 3),
        ("câu 1", 1),
        ("DVC01", 3),
        ("sửa ll03", 2),
        ("2", None),
        ("42 lượt", None),
        ("sửa", None),
        ("sửa lỗi mạng", None),
    ],
)
def test_an_item_is_named_by_its_number_or_its_code(text: str, item: int | None) -> None:
    assert item_meant(text, ASKED) == item


def test_a_bare_number_names_an_item_only_where_items_are_chosen() -> None:
    assert item_meant("2", ASKED, digits=True) == 2
    assert item_meant("2", ASKED) is None


@pytest.mark.parametrize("text", ["sửa 4", "sửa 0", "sửa 99999999999"])
def test_cannot_name_an_item_that_is_not_there(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        item_meant(text, ASKED)
    assert refused.value.values == {"count": 3}


@pytest.mark.parametrize(
    ("typed", "way"),
    [
        ("tiếp", "next"),
        ("tiep tuc", "next"),
        ("Tiếp tục đi ạ", "next"),
        ("bo qua", "skip"),
        ("Bỏ qua câu này nhé!", "skip"),
        ("chưa có số liệu", "skip"),
        ("để trống", "empty"),
        ("quay lai", "back"),
        ("Câu trước", "back"),
        ("xem lại", "review"),
        ("lưu", "leave"),
        ("luu lai", "leave"),
        ("Lưu, để sau", "leave"),
        ("thoát", "leave"),
    ],
)
def test_a_way_is_understood_by_its_words(typed: str, way: str) -> None:
    assert way_meant(typed) == way


@pytest.mark.parametrize("typed", ["0", "1", "6", "sáu", "không", "12 lượt", "đúng", "dừng", "", "ạ", "tiếp 12 người"])
def test_a_number_or_an_answer_is_never_a_way(typed: str) -> None:
    assert way_meant(typed) is None


def test_going_back_to_a_numbered_item_names_the_item() -> None:
    assert item_meant("quay lại câu 2", ASKED) == 2
    assert item_meant("quay lại", ASKED) is None
