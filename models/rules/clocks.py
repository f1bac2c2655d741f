"""The clocks of a duty beside its deadline: when it locks, how long a correction, more time or an unlocking takes."""

from __future__ import annotations

from dataclasses import dataclass

from models.rules.entries import Entry, keys_of


@dataclass(frozen=True, slots=True)
class Clocks:
    """`locks_after_days`: calendar days after the day it is due, at whose end nothing can be filed or corrected any
    more; None: never.

    `return_days`: working days given for a correction. `extension_days`: calendar days past the deadline that may be
    granted at most. `unlock_days`, `unlock_most_days`: calendar days an unlocking lasts when nobody says otherwise, and
    at most. `note`: where the figures come from.
    """

    locks_after_days: int | None = None
    return_days: int = 2
    extension_days: int = 10
    unlock_days: int = 2
    unlock_most_days: int = 10
    note: str = ""


USUAL = Clocks()


def parse_clocks(entry: Entry) -> Clocks:
    """The `clocks` of a duty; what is not said is as usual. Raises Refusal programme.* for the first thing wrong."""
    entry.only(keys_of(Clocks))
    given = entry.data.get("locks_after_days")
    return Clocks(
        locks_after_days=None if given is None else entry.whole("locks_after_days", 1, 1000),
        return_days=_days(entry, "return_days", USUAL.return_days),
        extension_days=_days(entry, "extension_days", USUAL.extension_days),
        unlock_days=_days(entry, "unlock_days", USUAL.unlock_days),
        unlock_most_days=_days(entry, "unlock_most_days", USUAL.unlock_most_days),
        note=entry.text_or_empty("note"),
    )


def _days(entry: Entry, key: str, usual: int) -> int:
    return usual if entry.data.get(key) is None else entry.whole(key, 1, 90)
