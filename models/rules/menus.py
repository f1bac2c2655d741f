"""Which commands a person can use, so that no menu shows what would be refused."""

from __future__ import annotations

from zlib import crc32

from models.rules.permissions import ADMINISTRATOR, COORDINATOR, FOUNDER, MEMBER, OFFICE_ROLES, TEAM_WRITERS, Actor

MARK_ROOM = 20  # characters, as the account's column has
# command words, as in the design's §5; the order is the order shown. An office reads the reports of others on its
# board, a coordinator files the one of their own unit as well; announcements are written there by whoever may, and
# read again by everybody to whom they come
_FOR_ALL = ("trogiup", "huy")
_OFFICE = ("tiendo", "thongbao", "huongdan", "hoi", "donvi", "lich", "taikhoan")
_ADMINISTRATORS = ("tiendo", "thongbao", "huongdan", "hoi", "donvi", "lich", "taikhoan")
_COORDINATORS = ("tiendo", "baocao", "thongbao", "huongdan", "hoi", "donvi", "lich", "taikhoan")
_HEADS = ("baocao", "huongdan", "hoi", "lich", "tiendo", "thongbao", "donvi", "taikhoan")
_MEMBERS = ("huongdan", "hoi", "thongbao", "tiendo", "lich", "donvi", "taikhoan")
_FOUNDERS = ("donvi", "huongdan", "hoi", "taikhoan")
_STRANGERS = ("start", "huongdan", "hoi")


def menu_kind(actor: Actor) -> str:
    """The name of the menu somebody gets: by what they do most, a leader's report before a coordinator's board."""
    if actor.holds(*TEAM_WRITERS):
        return "head"
    if actor.holds(COORDINATOR):
        return "coordinator"
    if actor.holds(ADMINISTRATOR):
        return "administrator"
    if actor.holds(*OFFICE_ROLES):
        return "office"
    if actor.holds(MEMBER):
        return "member"
    return "founder" if actor.holds(FOUNDER) else "stranger"


def menu_mark(kind: str) -> str:
    """Which menu a chat was last given: another one once its commands are others, as after a new version."""
    return f"{kind}.{crc32(' '.join(commands_of(kind)).encode()):08x}"[:MARK_ROOM]


def commands_of(kind: str) -> tuple[str, ...]:
    """The commands of a menu, most used first."""
    own = {
        "office": _OFFICE,
        "administrator": _ADMINISTRATORS,
        "coordinator": _COORDINATORS,
        "head": _HEADS,
        "member": _MEMBERS,
        "founder": _FOUNDERS,
        "stranger": _STRANGERS,
    }[kind]
    return (*own, *_FOR_ALL)


MENU_KINDS = ("office", "administrator", "coordinator", "head", "member", "founder", "stranger")
