"""Dates as typed on 28/3/2026. In dates.tsv `25/3/2026` is taken, `?25/3/2026` is asked, `!key` is refused."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined, Template

from models.rules import Refusal
from models.rules.dates import DateReading, format_date, read_date, weekday_number

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TODAY = date(2026, 3, 28)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
ON_THE_25TH = (date(2026, 2, 26), date(2026, 3, 25))  # a reporting month
TURN_OF_YEAR = (date(2025, 12, 26), date(2026, 1, 25))


def typed_as(text: str) -> str:
    """The text of a table cell, where what cannot be seen is written as an escape."""
    return re.sub(r"\\(u[0-9a-f]{4}|n)", lambda found: "\n" if found[1] == "n" else chr(int(found[1][1:], 16)), text)


def golden_rows() -> list[dict[str, str]]:
    with (HERE / "dates.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))


GOLDEN = golden_rows()


def outcome_of(typed: str) -> str:
    try:
        reading = read_date(typed_as(typed), today=TODAY, period=MARCH)
    except Refusal as refusal:
        return f"!{refusal.key.removeprefix('date.')} {refusal.values['suggestion']}".strip()
    day = reading.value
    return f"{'' if reading.sure else '?'}{day.day}/{day.month}/{day.year}"


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["typed"])
def test_each_line_of_the_golden_table(row: dict[str, str]) -> None:
    assert outcome_of(row["typed"]) == row["outcome"]


def test_the_golden_table_has_150_lines() -> None:
    assert len(GOLDEN) >= 150
    assert len({row["typed"] for row in GOLDEN}) == len(GOLDEN)


def test_four_of_five_ordinary_answers_need_no_question() -> None:
    ordinary = [row for row in GOLDEN if row["ordinary"]]
    understood = [row for row in ordinary if outcome_of(row["typed"])[0] not in "?!"]
    assert len(ordinary) >= 40
    assert len(understood) >= 0.8 * len(ordinary)


def test_the_year_comes_from_the_period() -> None:
    early = date(2026, 1, 27)
    assert read_date("28/12", today=early, period=TURN_OF_YEAR) == DateReading(date(2025, 12, 28), sure=True)
    assert read_date("5/1", today=early, period=TURN_OF_YEAR) == DateReading(date(2026, 1, 5), sure=True)
    assert read_date("ngày 28", today=early, period=TURN_OF_YEAR) == DateReading(date(2025, 12, 28), sure=True)


def test_without_a_period_last_years_day_is_asked_about() -> None:
    assert read_date("28/12", today=date(2026, 1, 5)) == DateReading(date(2025, 12, 28), sure=False)
    assert read_date("2/1", today=date(2026, 1, 5)) == DateReading(date(2026, 1, 2), sure=True)


def test_a_day_outside_the_period_is_asked_about() -> None:
    assert read_date("25/2/2026", today=TODAY, period=ON_THE_25TH) == DateReading(date(2026, 2, 25), sure=False)
    assert read_date("26/2/2026", today=TODAY, period=ON_THE_25TH) == DateReading(date(2026, 2, 26), sure=True)
    assert read_date("26/3", today=TODAY, period=ON_THE_25TH) == DateReading(date(2026, 3, 26), sure=False)


def test_a_day_of_a_long_period_is_asked_about() -> None:
    reading = read_date("ngày 5", today=TODAY, period=(date(2026, 1, 1), date(2026, 3, 28)))
    assert reading == DateReading(date(2026, 3, 5), sure=False)


@pytest.mark.parametrize(
    ("typed", "value", "sure"),
    [
        ("5/4", date(2026, 4, 5), True),
        ("5/4/2026", date(2026, 4, 5), True),
        ("mai", date(2026, 3, 29), True),
        ("25/3", date(2026, 3, 25), False),
        ("ngày 30", date(2026, 3, 30), True),
        ("ngày 5", date(2026, 4, 5), False),
        ("5/1", date(2026, 1, 5), False),
        ("5 tháng sau", date(2026, 4, 5), True),
    ],
)
def test_a_planned_day_lies_ahead(typed: str, value: date, sure: bool) -> None:
    assert read_date(typed, today=TODAY, planned=True) == DateReading(value, sure)


def test_the_29th_of_february_is_a_day_in_leap_years_only() -> None:
    assert read_date("29/2", today=date(2028, 3, 1)) == DateReading(date(2028, 2, 29), sure=True)
    with pytest.raises(Refusal) as refused:
        read_date("29/2", today=TODAY)
    assert refused.value.key == "date.no_such_day"
    assert refused.value.values["last_day"] == 28


@given(
    st.dates(date(2025, 1, 1), date(2026, 3, 28)),
    st.sampled_from(
        [
            "{d}/{m}/{y}",
            "{d:02}/{m:02}/{y}",
            "{d}-{m}-{y}",
            "{d}.{m}.{y}",
            "{y}-{m:02}-{d:02}",
            "{d} tháng {m} năm {y}",
            "ngày {d}/{m}/{y}",
            "Ngay {d} thang {m} nam {y}",
            "{d:02}/{m:02}/{y2:02}",
        ]
    ),
)
@settings(max_examples=300, deadline=None)
def test_a_full_date_in_any_usual_style_is_read_as_it_was_written(day: date, style: str) -> None:
    typed = style.format(d=day.day, m=day.month, y=day.year, y2=day.year % 100)
    assert read_date(typed, today=TODAY) == DateReading(day, sure=True)


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(0, 27))
@settings(max_examples=200, deadline=None)
def test_a_day_of_the_period_is_found_without_its_year(first: date, after: int) -> None:
    day = first + timedelta(days=after)
    last = first + timedelta(days=27)
    reading = read_date(f"{day.day}/{day.month}", today=last, period=(first, last))
    assert reading == DateReading(day, sure=True)


NOISE = st.text(st.sampled_from("0123456789 /.-,:h\t\n\u200bthángày２") | st.characters(), max_size=25)
WORDY = st.lists(
    st.sampled_from(
        ["25", "3", "31/2", "2026", "ngày", "tháng", "năm", "thứ", "tư", "hôm", "qua", "trước", "hai", "mươi", "0"]
    ),
    max_size=8,
)


@given(NOISE | st.text() | WORDY.map(" ".join), st.sampled_from([None, MARCH, TURN_OF_YEAR]), st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str, period: tuple[date, date] | None, planned: bool) -> None:
    try:
        reading = read_date(text, today=TODAY, period=period, planned=planned)
    except Refusal:
        return
    if reading.sure:
        assert reading.value >= TODAY if planned else reading.value <= TODAY
        assert period is None or period[0] <= reading.value <= period[1]


def test_a_day_is_shown_the_vietnamese_way() -> None:
    assert format_date(date(2026, 11, 5)) == "05/11/2026"
    assert [weekday_number(date(2026, 11, day)) for day in (23, 25, 29)] == [1, 3, 7]


def test_every_refusal_has_its_sentence() -> None:
    source = (ROOT / "models/rules/dates.py").read_text(encoding="utf-8")
    raised = set(re.findall(r'refuse\(\s*"(\w+)"', source)) | {"not_a_date"}
    texts = yaml.safe_load((ROOT / "bot/content/texts/date.yaml").read_text(encoding="utf-8"))
    assert raised == set(texts)


@pytest.mark.parametrize("typed", [row["typed"] for row in GOLDEN if row["outcome"].startswith("!")])
def test_each_refusal_of_the_table_can_be_said(typed: str) -> None:
    texts = yaml.safe_load((ROOT / "bot/content/texts/date.yaml").read_text(encoding="utf-8"))
    with pytest.raises(Refusal) as refused:
        read_date(typed_as(typed), today=TODAY, period=MARCH)
    text = texts[refused.value.key.removeprefix("date.")]
    assert "«" in Template(text, autoescape=True, undefined=StrictUndefined).render(**refused.value.values)
