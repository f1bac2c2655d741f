"""Where an announcement leads: no way to hide a strange host from the second person, no alarm for plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.announcement_hosts import hosts_in
from models.rules.announcing import AnnouncingPolicy

POLICY = AnnouncingPolicy()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Xem https://bit.ly/abc nhé.", "bit.ly"),
        ("xem bit.ly/abc", "bit.ly"),
        ("xem Evil.COM.", "evil.com"),
        ("https://gov.vn@evil.com/a", "evil.com"),
        ("https://evil.com:x@gov.vn/a", "evil.com"),
        ("https://evil.com\\@gov.vn", "evil.com"),
        ("https://evil.com,a.gov.vn/x", "evil.com"),
        ("https://gov.vn.evil.com", "gov.vn.evil.com"),
        ("http://[::1", "?"),
        ("https:///x", "?"),
        ("gоv.vn", "gоv.vn"),  # one letter is Cyrillic
        ("HTTPS://1.2.3.4/x", "1.2.3.4"),
        ("1.2.3.4/x", "1.2.3.4"),
        ("http:evil.com", "evil.com"),
        ("tại:evil.com", "evil.com"),
        ("evil.com:8080", "evil.com"),
        ("https://camau.gov.vn/x(evil.ru/y)", "evil.ru"),
        ("an@evil.com/x", "evil.com"),
        ("an@evil.technology", "evil.technology"),  # longer than any mail's ending: a page to Telegram
        ("xem evil.com.Các bạn", "evil.com"),
    ],
)
def test_a_strange_host_is_seen_however_it_is_written(text: str, host: str) -> None:
    assert host in hosts_in(text)
    assert not POLICY.is_open(host)


@pytest.mark.parametrize("text", ["Xem _evil.com_", "__evil.com/x__", "*evil.com*", "**_evil.com_**"])
def test_no_mark_hides_a_host(text: str) -> None:
    assert hosts_in(text) == ("evil.com",)
    assert hosts_in(text.replace("evil.com", "@evil_bot").replace("/x", "")) == ("@evil_bot",)


@pytest.mark.parametrize(
    "host", ["evil.ru", "evil.tech", "evil.page", "evil.zip", "evil.рф", "evil.xn--p1ai", "e.公司"]
)
def test_every_ending_of_the_internet_makes_a_host(host: str) -> None:
    assert hosts_in(f"nhận quà: {host}/x") == hosts_in(f"{host}.") == (host,)


@pytest.mark.parametrize("text", ["-evil.com", "..evil.com", "login_evil.com/x", "x/evil.com/abc"])
def test_what_stands_in_front_of_a_host_does_not_hide_it(text: str) -> None:
    assert "evil.com" in hosts_in(text)


@pytest.mark.parametrize("text", ["evil\u200b.com", "evil\xad.com", "evil．com", "evil。com", "ｅvil.com"])
def test_no_letter_that_looks_like_nothing_or_another_hides_a_host(text: str) -> None:
    assert "evil.com" in hosts_in(text)


def test_an_invisible_letter_does_not_lend_a_host_the_ending_of_an_office() -> None:
    assert "evil.com" in hosts_in("evil.com\u200b.gov.vn")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("tg://resolve?domain=evil_bot", "tg://"), ("ftp://camau.gov.vn/x", "ftp://"), ("hỏi @Evil_bot nhé", "@evil_bot")],
)
def test_what_leads_to_no_page_leads_somewhere_strange(text: str, kind: str) -> None:
    assert kind in hosts_in(text)
    assert not POLICY.is_open(kind)


@pytest.mark.parametrize(
    "text",
    [
        "Họp tại TP.HCM/Hà Nội",
        "Họp tại TP.HCM, TP.CM và TP.HN.",  # .cm and .hn are countries
        "PGS.TS.BS Nguyễn Văn An, ThS.BS Lê Bình, BCH.TW",
        "Q.1, P.12, H.U, v.v. và v.v",
        "1.234 đội hình; 1.234.567 đồng; mục 1.2.3; ngày 25.11.2026; lúc 19.30",
        "Xong.Các bạn về",
        "Xong.Do mưa nên hoãn",  # .do is a country
        "Gửi a@b.vn, ten.cua.toi@camau.gov.vn: trước 17 giờ. Hỏi a@b.vn?",
        "mẫu ke-hoach.docx, danh_sach.xlsx, bao.cao.pdf",
        "15/QĐ.ĐTN",
        "@all 8@5",
        "…",
        "",
    ],
)
def test_plain_words_lead_nowhere(text: str) -> None:
    assert hosts_in(text) == ()


def test_the_buttons_host_comes_first_and_each_once() -> None:
    found = hosts_in("https://b.vn/x và b.vn và https://a.vn", "https://A.vn/1")
    assert found == ("a.vn", "b.vn")


@given(st.from_regex(r"[a-z]{3,12}\.(com|net|xyz)", fullmatch=True), st.text("ab ,.()«»\n", max_size=5))
def test_an_address_with_a_scheme_is_found_between_any_words(host: str, around: str) -> None:
    assert host in hosts_in(f"{around} https://{host}/x {around}")


@given(st.from_regex(r"[a-z]{3,12}\.(ru|tech|page|vn)", fullmatch=True), st.sampled_from(["_", "*", "__", "**", ""]))
def test_an_address_without_a_scheme_is_found_within_any_mark(host: str, mark: str) -> None:
    assert hosts_in(f"Xem {mark}{host}{mark} nhé") == (host,)
