"""Codes that let people in: how they look, how forgivingly they are read, how long they live, when guessing locks."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.rules.folding import clean
from models.rules.permissions import (
    ADMINISTRATOR,
    COMMANDER,
    COORDINATOR,
    DEPUTY,
    FOUNDER,
    LEADER,
    MEMBER,
    OFFICER,
    SECRETARY,
    Actor,
    may_invite,
)

RandomBelow = Callable[[int], int]  # a number from 0 to one less than the argument, impossible to foresee

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O (look like digits), no U
LENGTH, GROUP = 12, 4
# A code always has a plain digit and a plain letter, so that neither a phone number nor words look like one;
# this costs a tenth of one of its 60 bits.
_PLAIN_DIGITS = frozenset("23456789")
_PLAIN_LETTERS = frozenset("ABCDEFGHJKMNPQRSTVWXYZ")
_LOOKALIKE = str.maketrans("OIL", "011")
_BETWEEN = frozenset(" -\u2010\u2011\u2012\u2013\u2014\u2212_.\n")
_PARTS = range(8, 15)  # characters of a code copied with some of it missing, or with a little too much
_GROUPED = re.compile(rf"\w+|\w{{{GROUP}}}(?:[^\w\n]\w{{{GROUP}}})*(?:[^\w\n]\w{{1,{GROUP + 1}}})?")

# in which kinds of unit a role is held
ROLE_KINDS: Mapping[str, tuple[str, ...]] = {
    ADMINISTRATOR: ("central", "province"),
    COORDINATOR: ("central", "province", "district", "commune", "affiliated"),
    SECRETARY: ("central", "province", "district", "commune", "affiliated"),
    OFFICER: ("central", "province"),  # the specialised boards (Ban chuyên môn) are those of the two upper levels
    FOUNDER: ("province", "district", "commune", "affiliated"),
    LEADER: ("team",),
    DEPUTY: ("team",),
    COMMANDER: ("team",),
    MEMBER: ("team",),
}


@dataclass(frozen=True, slots=True)
class InvitationPolicy:
    """How invitations live: days and tries as in reliability S3, uses as offices hand codes out.

    Wrong tries are counted for each account, and for all together only against a crowd of accounts: the limit of all
    shuts the door for the innocent too, so no handful of strangers may reach it, and it need not be low. A code has
    about 60 bits: with 94,000 codes open, 5,000 tries an hour need on average a quarter of a million years to hit one.
    """

    lifetime: timedelta = timedelta(days=7)
    uses_head: int = 1  # whoever answers for a unit comes alone
    uses_member: int = 50  # one link in the team's own chat group
    tries: int = 5  # wrong codes of one account within `window`
    tries_in_all: int = 5000  # wrong codes of everybody within `window`
    window: timedelta = timedelta(hours=1)
    link_lifetime: timedelta = timedelta(minutes=15)  # of a code for one's own other chat: both phones are at hand

    def uses(self, role: str) -> int:
        return self.uses_member if role == MEMBER else self.uses_head


def new_code(below: RandomBelow) -> str:
    """A fresh code such as `7KQ2-M9XA-0RTC`, about 60 bits; the same text goes into links."""
    while True:
        bare = "".join(ALPHABET[below(len(ALPHABET))] for _ in range(LENGTH))
        if _is_unmistakable(bare):
            return "-".join(bare[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read_code(text: str) -> str | None:
    """The bare code, however typed: small letters, blanks, dashes, O for 0, I or L for 1. None when it is none."""
    typed = "".join(char for char in clean(text).upper() if char not in _BETWEEN).translate(_LOOKALIKE)
    return typed if len(typed) == LENGTH and all(char in ALPHABET for char in typed) else None


def looks_like_code(text: str) -> bool:
    """Whether a text typed out of the blue is meant as a code, so that no one has to press anything first."""
    return read_code(text) is not None and _is_unmistakable(clean(text).upper())


def looks_like_part_of_code(text: str) -> bool:
    """Whether a text typed out of the blue is a code with some of it missing or too much: alone, with digit and letter.

    Blanks may only stand where a code has its dashes, or any short sentence with a number in it would be one.
    """
    typed = clean(text).upper()
    bare = "".join(char for char in typed if char not in _BETWEEN)
    is_grouped = _GROUPED.fullmatch(typed) is not None
    known = all(char in ALPHABET for char in bare.translate(_LOOKALIKE))
    return is_grouped and known and len(bare) in _PARTS and _is_unmistakable(bare)


def code_hash(bare: str) -> str:
    """What is stored of a code: its SHA-256. The code is random, so neither salt nor slowness would add anything."""
    return hashlib.sha256(bare.encode("ascii")).hexdigest()


def is_locked(own: int, everybody: int, policy: InvitationPolicy) -> bool:
    """Whether no code is looked at now, not even a right one; both counts are wrong tries within the window."""
    return own >= policy.tries or everybody >= policy.tries_in_all


def invited_roles(actor: Actor, kind: str, path: str) -> tuple[str, ...]:
    """The roles in which the actor may bring somebody into the unit of this kind at `path`, the highest first."""
    return tuple(role for role, kinds in ROLE_KINDS.items() if kind in kinds and may_invite(actor, role, path))


def why_spent(expires_at: datetime, revoked_at: datetime | None, uses_left: int, now: datetime) -> str:
    """Why an invitation no longer lets anybody in: `revoked`, `expired`, `used`, or empty when it still does."""
    if revoked_at is not None:
        return "revoked"
    if expires_at <= now:
        return "expired"
    return "used" if uses_left < 1 else ""


def _is_unmistakable(text: str) -> bool:
    return not _PLAIN_DIGITS.isdisjoint(text) and not _PLAIN_LETTERS.isdisjoint(text)
