"""Which units typed behind a number agree with the unit that an indicator counts in."""

from __future__ import annotations

from typing import Literal

from models.rules.pasting_words import words

Agreement = Literal["same", "near", "other"]

_PEOPLE = frozenset({
    "nguoi", "ban", "dong_chi", "nguoi_dan", "ba_con", "tinh_nguyen_vien", "thanh_vien", "doan_vien",
    "cong_dan", "truong_hop", "can_bo",
})  # fmt: skip
_SAME: dict[str, frozenset[str]] = {
    "nguoi": _PEOPLE,
    "luot": frozenset({"luot"}),
    "ho": frozenset({"ho", "ho_dan", "ho_kinh_doanh", "tieu_thuong", "hop_tac_xa", "gia_dinh"}),
    "ho_so": frozenset({"ho_so", "bo"}),
    "tin": frozenset({"tin", "bai", "clip", "video", "bai_viet", "bai_dang"}),
    "doi": frozenset({"doi", "doi_hinh"}),
    "to": frozenset({"to"}),
    "buoi": frozenset({"buoi"}),
    "lop": frozenset({"lop", "hoi_thao"}),
    "mo_hinh": frozenset({"mo_hinh", "sang_kien"}),
    "cong_trinh": frozenset({"cong_trinh", "phan_viec"}),
    "tap_the": frozenset({"tap_the", "ca_nhan"}),
}
# Close enough to ask whether it is meant, never to take.
_NEAR: dict[str, frozenset[str]] = {
    "luot": _PEOPLE | {"hoc_vien", "hoc_sinh"},
    "nguoi": frozenset({"luot", "tai_khoan"}),
    "ho": frozenset({"co_so", "gian_hang", "nguoi"}),
    "buoi": frozenset({"lop", "cuoc", "lan"}),
    "lop": frozenset({"buoi"}),
    "hoat_dong": frozenset({"buoi", "cuoc", "dot"}),
    "ho_so": frozenset({"luot", "truong_hop"}),
}
KNOWN = (
    frozenset().union(*_SAME.values(), *_NEAR.values())
    | frozenset({
        "ca", "vu", "tuyen", "mau", "san_pham", "hoat_dong", "ten_mien", "chuong_trinh", "cuoc", "dot", "lan", "ngay",
        "gio", "phan", "suat", "cay", "km", "kg", "m", "dong", "trieu", "nghin", "ty", "don_vi", "gian_hang", "qua",
        "chiec", "may", "cai", "thung", "cuon", "to_roi", "phieu", "d", "vnd", "k", "tr", "diem", "tuan", "thang",
        "nam", "nu", "phut", "ap", "khom", "thon", "xa", "phuong", "cau", "lit", "tan", "met", "ha",
    })
)  # fmt: skip


def unit_of(unit: str) -> str:
    """The first word of an indicator's unit, as `words` writes it."""
    found = words(unit)
    return found[0] if found else unit


def agreement(typed: str, unit: str) -> Agreement:
    """How the word typed behind a number agrees with an indicator's unit (both as `words` writes them)."""
    if typed == unit or typed in _SAME.get(unit, ()):
        return "same"
    return "near" if typed in _NEAR.get(unit, ()) else "other"
