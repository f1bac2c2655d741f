"""Coming to announcements in one's own words, never in the way of a service that is called alike."""

from __future__ import annotations

import pytest

from models.rules.announcement_calls import Call, read_call


@pytest.mark.parametrize(
    "typed, call",
    [
        ("soạn thông báo", Call("write")),
        ("Gửi thông báo", Call("write")),
        ("tao thong bao moi", Call("write")),
        ("mẫu thông báo", Call("templates")),
        ("lịch gửi", Call("schedule")),
        ("tôi nhận được", Call("received")),
        ("thông báo tôi nhận được", Call("received")),
        ("xem thông báo", Call("home")),
        ("xem thông báo số 6", Call("one", 6)),
        ("Thông báo số 2", Call("one", 2)),
        ("thu hồi thông báo số 10.", Call("one", 10)),
        ("thu hồi số 10", Call("one", 10)),
        ("ai chưa xác nhận số 6", Call("unconfirmed", 6)),
        ("ai chưa nắm thông báo 6?", Call("unconfirmed", 6)),
        ("ai chưa xác nhận", Call("home")),
    ],
)
def test_a_line_leads_to_its_place(typed: str, call: Call) -> None:
    assert read_call(typed) == call


@pytest.mark.parametrize(
    "typed",
    ["thông báo lưu trú", "gửi thông báo lưu trú", "mẫu thông báo lưu trú", "số 6", "đã nhận", "thông báo số 6 và 7"],
)
def test_a_service_called_alike_is_none_of_it(typed: str) -> None:
    assert read_call(typed) is None
