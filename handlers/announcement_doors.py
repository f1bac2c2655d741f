"""Where what can be done with an announcement that was sent off opens from its card: a line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.messages import Button
from models.received_announcements import OUT
from models.rules.announcement_endings import Tally
from models.tables import Announcement

Rows = tuple[tuple[Button, ...], ...]
BUTTONS_A_ROW = 2


@dataclass(frozen=True, slots=True)
class AnnouncementDoor:
    """A button on the card: `opens` says whether the thing makes sense now. Whoever sees the card holds
    announcement.send on its unit, which is what all of these need.

    Its version is the announcement's when it changes something (`acts`), so that an old one is stale.
    """

    label: str
    action: str
    opens: Callable[[Announcement, Tally], bool]
    acts: bool = False


def _has_ledger(announcement: Announcement, tally: Tally) -> bool:
    return tally.total > 0


def _waits_for_proof(announcement: Announcement, tally: Tally) -> bool:
    return announcement.asks_proof and tally.total > tally.confirmed


def _has_failed(announcement: Announcement, tally: Tally) -> bool:
    return tally.failed > 0


def _is_out(announcement: Announcement, tally: Tally) -> bool:
    return announcement.state in OUT and tally.total > 0


def _has_text(announcement: Announcement, tally: Tally) -> bool:
    return bool(announcement.text)


# beside the numbers of an announcement that was sent off, in this order
ANNOUNCEMENT_DOORS: tuple[AnnouncementDoor, ...] = (
    AnnouncementDoor("announcement_ledger.button_open", "announcement.ledger", _has_ledger),
    AnnouncementDoor("announcement_chase.button_open", "announcement.unconfirmed", _waits_for_proof),
    AnnouncementDoor("announcement_again.button_open", "announcement.again", _has_failed),
    AnnouncementDoor("announcement_template_keep.button_open", "announcement_template.keep", _has_text),
    AnnouncementDoor("announcement_replace.button_open", "announcement.replace", _is_out),
    AnnouncementDoor("announcement_recall.button_open", "announcement.recall", _is_out),
)


def announcement_ways(announcement: Announcement, tally: Tally) -> Rows:
    """What else can be done with it now, and the way home."""
    open_now = [
        Button(door.label, door.action, announcement.id, announcement.version if door.acts else 0)
        for door in ANNOUNCEMENT_DOORS
        if door.opens(announcement, tally)
    ]
    rows = tuple(tuple(open_now[at : at + BUTTONS_A_ROW]) for at in range(0, len(open_now), BUTTONS_A_ROW))
    home = Button("announcement_progress.button_home", "go", arg="thongbao")
    return (*rows, (home, Button("menu.button_menu", "go", arg="menu")))
