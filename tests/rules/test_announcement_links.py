"""The one link of an announcement: where it leads can be seen by everybody."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.announcement_links import LONGEST_ADDRESS, LONGEST_LABEL, Link, host_of, read_link

typed = st.lists(
    st.one_of(
        st.sampled_from(
            ["https://", "http://", "//", "gov.vn", "a", "@", ":443", "xn--", "/", "\\", " ", "?", "ế", "."]
        ),
        st.text(max_size=4),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    "text, link",
    [
        ("https://camau.gov.vn/a", Link("", "https://camau.gov.vn/a", "camau.gov.vn")),
        (
            "Xem kế hoạch: https://CaMau.gov.vn/A?b=1.",
            Link("Xem kế hoạch", "https://CaMau.gov.vn/A?b=1", "camau.gov.vn"),
        ),
        ("https://t.me/doi → Vào nhóm", Link("Vào nhóm", "https://t.me/doi", "t.me")),
        (
            "camau.gov.vn https://www.camau.gov.vn/",
            Link("camau.gov.vn", "https://www.camau.gov.vn/", "www.camau.gov.vn"),
        ),
        ("Xem\nhttps://a.vn/x_y", Link("Xem", "https://a.vn/x_y", "a.vn")),
    ],
)
def test_a_label_and_an_address_are_told_apart(text: str, link: Link) -> None:
    assert read_link(text) == link


@pytest.mark.parametrize(
    "text, key",
    [
        ("", "none"),
        ("Xem kế hoạch", "none"),
        ("họp lúc 19.30", "none"),
        ("http://camau.gov.vn", "not_https"),
        ("camau.gov.vn/a", "not_https"),
        ("www.camau.gov.vn", "not_https"),
        ("javascript://camau.gov.vn", "not_https"),
        ("tg://resolve?domain=a", "not_https"),
        ("//camau.gov.vn", "not_https"),
        ("https://camau.gov.vn@evil.top/a", "bad_address"),
        ("https://evil.top\\@camau.gov.vn", "bad_address"),
        ("https://127.0.0.1/a", "bad_address"),
        ("https://[::1]/a", "bad_address"),
        ("https://localhost/a", "bad_address"),
        ("https://camau.gov.vn:8443/a", "bad_address"),
        ("https://xn--cmau-0qa.gov.vn", "bad_address"),
        ("https://cámau.gov.vn", "bad_address"),
        ("https://a.vn https://b.vn", "several"),
        ("dichvucong.gov.vn https://evil.com", "other_host"),
        ("Vào dichvucong.gov.vn nhé https://gov.vn.evil.com", "other_host"),
        ("@doan_camau https://camau.gov.vn", "other_host"),
        ("a" * (LONGEST_LABEL + 1) + " https://a.vn", "long_label"),
        ("https://a.vn/" + "x" * LONGEST_ADDRESS, "long_address"),
    ],
)
def test_what_hides_where_it_leads_is_refused(text: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        read_link(text)
    assert no.value.key == f"announcement_link.{key}"


@given(typed)
def test_whatever_is_taken_leads_by_https_to_the_host_that_is_told(text: str) -> None:
    try:
        link = read_link(text)
    except Refusal:
        return
    parts = urlsplit(link.url)
    assert (parts.scheme, parts.hostname) == ("https", link.host)
    assert parts.username is None
    assert link.host.isascii()
    assert host_of(link.url) == link.host
    assert len(link.label) <= LONGEST_LABEL


def test_no_address_leads_nowhere() -> None:
    assert host_of("") == ""
