"""Codes: hard to guess, easy to type, never mistaken for anything else."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.invitations import (
    ALPHABET,
    ROLE_KINDS,
    InvitationPolicy,
    code_hash,
    invited_roles,
    is_locked,
    looks_like_code,
    looks_like_part_of_code,
    new_code,
    read_code,
    why_spent,
)
from models.rules.permissions import ROLES, Actor, Held

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
POLICY = InvitationPolicy()


@given(st.integers())
def test_every_code_reads_back_however_it_is_typed(seed: int) -> None:
    code = new_code(random.Random(seed).randrange)
    bare = code.replace("-", "")
    assert re.fullmatch(f"(?:[{ALPHABET}]{{4}}-){{2}}[{ALPHABET}]{{4}}", code)
    for typed in (code, code.lower(), bare, code.replace("-", " "), f"  {code}\n", code.replace("-", "–")):
        assert read_code(typed) == bare
    assert read_code(code.replace("0", "O").replace("1", "l")) == bare
    assert read_code(code.replace("0", "o").replace("1", "I")) == bare
    assert looks_like_code(code)
    assert looks_like_code(code.lower())


def test_a_code_has_more_than_fifty_bits() -> None:
    drawn = [new_code(random.Random(seed).randrange).replace("-", "") for seed in range(2000)]
    assert len(set(drawn)) == len(drawn)
    for place in range(12):
        assert {code[place] for code in drawn} == set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    ["", "0912345678", "012345678901", "báo cáo", "bao cao thang", "ABCD-EFGH-JKMU", "ABCD-EFGH-JKM", "lam the can c"],
)
def test_ordinary_texts_are_no_codes(text: str) -> None:
    assert not looks_like_code(text)


@given(st.text(max_size=40))
def test_no_text_brings_it_down(text: str) -> None:
    bare = read_code(text)
    assert bare is None or len(code_hash(bare)) == 64
    assert bare is not None or not looks_like_code(text)


def test_guessing_locks_one_account_and_in_the_end_everybody() -> None:
    assert not is_locked(4, 4_999, POLICY)
    assert is_locked(5, 5, POLICY)
    assert is_locked(0, 5_000, POLICY)


def test_a_roomful_of_strangers_cannot_shut_the_door_for_everybody() -> None:
    assert not is_locked(0, 100 * POLICY.tries, POLICY)


@pytest.mark.parametrize(
    "text", ["7KQ2-M9XA", "7kq2 m9xa 4r", "7kq2m9xa4rt", "7KQ2-M9XA-4RTCX", "7KQ2–M9XA–4RTC-1", "7ko2-m9xa-i"]
)
def test_a_code_copied_in_part_is_known_for_one(text: str) -> None:
    assert looks_like_part_of_code(text)
    assert not looks_like_code(text)


@pytest.mark.parametrize(
    "text", ["", "xin chào", "xin chao 2 ban", "0912345678", "7KQ2", "doi 15 nguoi", "7KQ2-M9XA-4RTC-7KQ2", "nhóm2026"]
)
def test_ordinary_texts_are_no_part_of_a_code(text: str) -> None:
    assert not looks_like_part_of_code(text)


def test_an_invitation_ends_in_three_ways() -> None:
    later = NOW + timedelta(days=1)
    assert why_spent(later, None, 1, NOW) == ""
    assert why_spent(NOW, None, 1, NOW) == "expired"
    assert why_spent(later, NOW, 1, NOW) == "revoked"
    assert why_spent(later, None, 0, NOW) == "used"


def test_heads_come_alone_and_members_by_one_link() -> None:
    assert [POLICY.uses(role) for role in ("administrator", "coordinator", "founder", "leader", "deputy")] == [1] * 5
    assert POLICY.uses("member") > 1


def test_every_role_is_held_somewhere_and_offered_only_there() -> None:
    assert set(ROLE_KINDS) == set(ROLES)
    administrator = Actor(1, (Held("administrator", 1, "/1/"),))
    assert invited_roles(administrator, "team", "/1/2/3/") == ("leader", "deputy", "commander", "member")
    assert invited_roles(administrator, "commune", "/1/2/") == ("coordinator", "secretary", "founder")
    office = ("administrator", "coordinator", "secretary", "officer", "founder")
    assert invited_roles(administrator, "province", "/1/") == office
    leader = Actor(2, (Held("leader", 3, "/1/2/3/"),))
    assert invited_roles(leader, "team", "/1/2/3/") == ("deputy", "commander", "member")
    assert invited_roles(leader, "team", "/1/2/4/") == ()
