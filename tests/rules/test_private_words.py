"""Nothing that looks like a citizen's own number, code or password is kept; what office life writes passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.private_words import ID_NUMBER, OTP, PASSWORD, PHONE, holds_private


@pytest.mark.parametrize(
    "text, kind",
    [
        ("CCCD 079203001234", ID_NUMBER),
        ("số căn cước: 079 203 001 234 của bà", ID_NUMBER),
        ("cmnd cũ 312345678", ID_NUMBER),
        ("312 345 678", ID_NUMBER),
        ("０７９２０３００１２３４", ID_NUMBER),
        ("hộ chiếu C1234567", ID_NUMBER),
        ("mã hồ sơ H20.15-261120-0001", ID_NUMBER),
        ("gọi lại 0912 345 678 nhé", PHONE),
        ("0912.345.678", PHONE),
        ("+84912345678", PHONE),
        ("máy bàn 0273 3872 345", PHONE),
        ("otp 483920", OTP),
        ("mã xác thực là 48 39 20", OTP),
        ("4839 là mã PIN", OTP),
        ("483920", OTP),
        ("passcode 135790", OTP),
        ("mk: hoa1990", PASSWORD),
        ("mật khẩu là hoamai", PASSWORD),
        ("Mật khẩu của bác = Hoa@1990", PASSWORD),
        ("pass hoa1990", PASSWORD),
    ],
)
def test_what_is_a_persons_own_is_seen(text: str, kind: str) -> None:
    assert holds_private(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xong",
        "cổng báo lỗi 500 từ sáng",
        "lệ phí 115.000 đồng, người dân nộp 230.000",
        "đấu giá 1.250.000.000 đồng",
        "hẹn ngày 25/11/2026 lúc 8h30",
        "mã thủ tục 1.004222",
        "hỏi tổng đài 1900 1022 hoặc 1900 545 434",
        "người dân quên mật khẩu",
        "mật khẩu là gì vậy",
        "mật khẩu: chưa có",
        "không nhận được OTP sau 3 phút",
        "đổi mật khẩu không được",
        "VNeID bản 2.2.6",
        "Quyết định 766/QĐ-TTg ngày 23/6/2022",
        "123456 lượt",
    ],
)
def test_what_office_life_writes_passes(text: str) -> None:
    assert holds_private(text) == ""


@given(st.from_regex(r"0[0-9]{11}", fullmatch=True), st.sampled_from([" ", ".", "-", ""]), st.text(max_size=20))
def test_an_identity_number_is_seen_however_it_is_grouped_and_whatever_stands_before_it(
    number: str, mark: str, before: str
) -> None:
    grouped = mark.join((number[:3], number[3:6], number[6:9], number[9:]))
    assert holds_private(f"{before} số {grouped} ạ") in (ID_NUMBER, PHONE)
