"""A known answer is offered to whoever asks the same in other words, and to nobody else."""

from __future__ import annotations

import pytest

from models.rules.known_answers import MOST_OFFERED, Answerable, fitting, holds_words

KNOWN = (
    Answerable(1, "G08", "Đăng ký tạm trú cho trẻ em dưới 14 tuổi thì ai xác nhận?"),
    Answerable(2, "G01", "Quét mã QR căn cước không lên thì làm thế nào?"),
    Answerable(3, "", "Áo đồng phục của đội nhận ở đâu?"),
    Answerable(4, "G08", "Chủ nhà không xác nhận tạm trú thì sao?"),
)


@pytest.mark.parametrize(
    "question, guide, best",
    [
        ("trẻ em dưới 14 tuổi đăng ký tạm trú ai xác nhận", "", 1),
        ("tre em duoi 14 tuoi dang ki tam tru ai xac nhan vay a", "G08", 1),
        ("quét QR căn cước mãi không lên", "", 2),
        ("quet ma qr can cuoc ko len", "G01", 2),
        ("nhận áo đồng phục ở đâu ạ", "", 3),
        ("chủ nhà không chịu xác nhận", "G08", 4),
    ],
)
def test_the_same_question_in_other_words_finds_its_answer(question: str, guide: str, best: int) -> None:
    assert fitting(question, guide, KNOWN)[:1] == [best]


@pytest.mark.parametrize(
    "question, guide",
    [
        ("Hộ kinh doanh có phải xuất hoá đơn điện tử không?", ""),
        ("Làm thế nào?", ""),
        ("quét mã QR căn cước không lên", "G08"),  # about another guide
        ("đội họp ở đâu", ""),
        ("?", ""),
    ],
)
def test_another_question_is_offered_nothing(question: str, guide: str) -> None:
    assert fitting(question, guide, KNOWN) == []


def test_of_equal_ones_the_more_helpful_comes_first_and_no_more_than_a_few() -> None:
    same = [Answerable(n, "", "Áo đồng phục của đội nhận ở đâu?", helped=n) for n in range(1, 8)]
    assert fitting("áo đồng phục nhận ở đâu", "", same) == [7, 6, 5]
    assert MOST_OFFERED == 3


def test_answered_questions_are_found_with_or_without_marks() -> None:
    assert holds_words("Cha hoặc mẹ khai hộ", "khai ho")
    assert not holds_words("Cha hoặc mẹ khai hộ", "khai tử")
