"""Reads content/announcing.yaml: by which limits announcements go out."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.programmes import read_plain
from models.rules.announcing import AnnouncingPolicy, parse_policy

FILE = Path(__file__).parent / "content" / "announcing.yaml"


@cache  # the file comes with the program and does not change while it runs
def read_policy(file: Path = FILE) -> AnnouncingPolicy:
    """Raises Refusal announcement.bad_file (`field`, `value`) for the first thing wrong."""
    return parse_policy(read_plain(file).value)
