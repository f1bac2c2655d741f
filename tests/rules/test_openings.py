"""A link that opens the private chat carries a sealed button, as far as a link holds it, and nothing else is one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signing import Signer
from handlers import features
from handlers.turn import Press
from models.messages import Button
from models.rules.guide_links import read_payload
from models.rules.invitations import looks_like_code, looks_like_part_of_code
from models.rules.openings import PREFIX, data_in, payload_behind, payload_of

SIGNER = Signer(b"k" * 32)
WRITTEN = re.compile(r"[A-Za-z0-9_-]{1,64}")  # Bot API, deep linking


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=45))
def test_what_is_put_in_comes_out_and_a_link_can_hold_it(data: str) -> None:
    payload = payload_of(data)
    assert WRITTEN.fullmatch(payload)
    assert data_in(payload) == data


@given(st.text())
def test_anything_else_is_no_button_and_nothing_breaks(text: str) -> None:
    assert data_in(text) is None or text.startswith(PREFIX)
    assert data_in(PREFIX + text) is not None
    assert SIGNER.followed(f"/start {PREFIX}{text}") == Press("forged")


def test_what_finds_no_room_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="64"):
        payload_of("x" * 47)


@pytest.mark.parametrize(
    "button",
    [
        Button("", "group_chat.choose", 10**9, 10**4),
        Button("", "board.unit", 10**9),
        *(Button("", "go", arg=word) for word in features.COMMANDS),
    ],
)
def test_every_link_that_we_draw_does_what_its_button_does(button: Button) -> None:
    payload = SIGNER.payload(button)
    assert SIGNER.followed(f"/start {payload}") == Press(button.action, button.object, button.version, button.arg)
    assert not looks_like_code(payload)
    assert not looks_like_part_of_code(payload)
    assert read_payload(payload) is None


def test_a_button_of_a_chat_is_no_link_and_a_link_no_button_of_a_chat() -> None:
    button = Button("", "group_chat.choose", 5, 1)
    for account in (0, 1, 5):
        sealed = SIGNER.seal(account, button)
        assert SIGNER.followed(f"/start {payload_of(sealed)}") == Press("forged")
        assert SIGNER.open(account, data_in(SIGNER.payload(button)) or "") is None


@pytest.mark.parametrize(
    ("text", "payload"),
    [("/start p-x", "p-x"), ("/START  p-x ", "p-x"), ("/start", ""), ("p-x", ""), ("/stop p-x", "")],
)
def test_only_what_stands_behind_start_is_followed(text: str, payload: str) -> None:
    assert payload_behind(text) == payload
