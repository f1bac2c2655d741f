"""What offices may send at once, and with whose consent: the numbers of content/announcing.yaml.

Why there are such limits: reliability S14 (misuse of a broadcast from inside), features F41–F45.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from models.rules import Refusal

BAD_FILE = "announcement.bad_file"
OF_CHANNELS = {"edits", "deletes"}  # fields that another file says


@dataclass(frozen=True, slots=True)
class AnnouncingPolicy:
    """The limits by which announcements go out; the defaults are those of the file that comes with the program."""

    type_number_above: int = 50  # recipients
    undo_seconds: int = 60
    approve_above_teams: int = 1000
    ask_next_minutes: int = 30
    daily_limit: int = 3  # announcements of one person
    chase_limit: int = 2  # times whoever has not confirmed is asked again
    chase_hours: int = 4  # at least so long from one time to the next
    lasts_days: int = 3
    text_limit: int = 3500  # characters
    files_limit: int = 5
    sample_names: int = 5
    progress_seconds: int = 5
    plan_days: int = 14
    open_domains: tuple[str, ...] = field(default=("gov.vn",))  # links elsewhere need a second person
    # of content/channels.yaml: where a message can be changed in place, and for how many hours taken away (0: always)
    edits: tuple[str, ...] = ("telegram", "webchat")
    deletes: tuple[tuple[str, int], ...] = (("telegram", 48), ("webchat", 0))

    @property
    def undo(self) -> timedelta:
        """How long what was sent off can still be taken back whole."""
        return timedelta(seconds=self.undo_seconds)

    @property
    def between_chases(self) -> timedelta:
        """How long whoever has not confirmed is left alone after being asked again."""
        return timedelta(hours=self.chase_hours)

    @property
    def lasts(self) -> timedelta:
        """After so long what could not be delivered is given up."""
        return timedelta(days=self.lasts_days)

    def may_delete(self, channel: str, sent_at: datetime, now: datetime) -> bool:
        """Whether the channel lets us take away what was sent then."""
        hours = dict(self.deletes).get(channel)
        return hours is not None and (not hours or now - sent_at < timedelta(hours=hours))

    def must_type_number(self, recipients: int) -> bool:
        return recipients > self.type_number_above

    def needs_second_person(self, teams: int, link_host: str) -> bool:
        """Whether somebody else has to agree: to so many teams, or to a link that leads anywhere."""
        return teams > self.approve_above_teams or not self.is_open(link_host)

    def is_open(self, host: str) -> bool:
        """Whether a link to this host (empty: there is none) needs nobody's consent."""
        return not host or any(host == domain or host.endswith(f".{domain}") for domain in self.open_domains)


def parse_policy(entries: Mapping[str, Any]) -> AnnouncingPolicy:
    """Raises Refusal announcement.bad_file (`field`, `value`) for the first thing wrong."""
    known = {each.name for each in fields(AnnouncingPolicy)} - OF_CHANNELS
    for name, value in entries.items():
        if name not in known or not _is_right(name, value):
            raise Refusal(BAD_FILE, field=name, value=str(value))
    return AnnouncingPolicy(**{**entries, "open_domains": tuple(entries.get("open_domains", ()))})


def _is_right(name: str, value: object) -> bool:
    if name == "open_domains":
        return isinstance(value, list) and all(isinstance(each, str) and each for each in value)
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
