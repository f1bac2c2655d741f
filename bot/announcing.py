"""Reads content/announcing.yaml and what channels can do: by which limits announcements go out and are taken back."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.opening import read_limits
from bot.programmes import read_plain
from models.rules.announcing import AnnouncingPolicy, parse_policy

FILE = Path(__file__).parent / "content" / "announcing.yaml"


@cache  # the file comes with the program and does not change while it runs
def read_policy(file: Path = FILE) -> AnnouncingPolicy:
    """Raises Refusal announcement.bad_file (`field`, `value`) for the first thing wrong."""
    channels = read_limits().items()
    return replace(
        parse_policy(read_plain(file).value),
        edits=tuple(name for name, limits in channels if limits.edits),
        deletes=tuple(
            (name, limits.delete_within_hours) for name, limits in channels if limits.delete_within_hours is not None
        ),
    )
