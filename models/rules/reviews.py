"""What the level above may do with a report that was sent, and what it should look at before it says yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from models.rules import Refusal
from models.rules.answers import doubt
from models.rules.clocks import Clocks
from models.rules.folding import clean, fold, shorten
from models.rules.forms import Indicator, Outliers, Value
from models.rules.locks import end_of
from models.rules.periods import local_day
from models.rules.permissions import Actor, may, reach_of
from models.rules.reports import LONGEST_LINE, item_meant, sentence
from models.rules.until import working_days_on

WHOLE = ""  # a return that is about the whole report, not about one question
SUBMITTED, RETURNED, ACCEPTED = "submitted", "returned", "accepted"
WHOLE_WORDS = frozenset({"ca bao cao", "toan bo", "toan bo bao cao", "tat ca", "ca", "het"})

Kind = Literal["outlier", "empty", "nothing", "late", "corrected"]


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at before a report is accepted. `labels`: of which questions; `note`: the reason given."""

    kind: Kind
    labels: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """A subtree whose reports somebody judges: `own` says whether that of the top unit itself is among them."""

    path: str
    own: bool


def scopes_of(actor: Actor, action: str, within: str = "/") -> tuple[Scope, ...]:
    """Where the actor may do `action` to reports inside the subtree at `within`; none twice, none inside another."""
    held = {each.path for each in actor.roles if reach_of(each, action) in ("below", "subtree")}
    if any(within.startswith(path) for path in held):
        paths = {within}
    else:
        paths = {path for path in held if path.startswith(within)}
    tops = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
    return tuple(Scope(path, may(actor, action, path)) for path in sorted(tops))


def may_be_accepted(state: str) -> bool:
    return state == SUBMITTED


def may_be_returned(state: str) -> bool:
    """Sent, and sent back not yet; an accepted one may be returned too, for a mistake may be found later."""
    return state in (SUBMITTED, ACCEPTED)


def concerns(
    asked: Sequence[Indicator],
    values: Mapping[str, Value],
    notes: Mapping[str, str],
    last: Mapping[str, Value],
    outliers: Outliers,
    *,
    no_activity: str,
    is_late: bool,
    is_corrected: bool,
) -> list[Concern]:
    """Why a report should be read before it is accepted; none: it may be accepted with others at one tap.

    A number far from last time's counts although a reason was given; with "nothing to report" the empty questions say
    no more than that.
    """
    found: list[Concern] = []
    for each in asked:
        value = values.get(each.code)
        if value is not None and doubt(value, last.get(each.code), outliers):
            found.append(Concern("outlier", (each.short_label,), notes.get(each.code, "")))
    empty = tuple(
        each.short_label for each in asked if (value := values.get(each.code)) is None or value.number is None
    )
    if no_activity:
        found.append(Concern("nothing", note=no_activity))
    elif empty:
        found.append(Concern("empty", empty))
    if is_late:
        found.append(Concern("late"))
    if is_corrected:
        found.append(Concern("corrected"))
    return found


def return_ends(
    clocks: Clocks, now: datetime, tz: tzinfo, closes_at: datetime | None = None
) -> tuple[datetime, datetime]:
    """When a correction is awaited by itself, and at the latest: not after the report closes at `closes_at`."""
    usual = end_of(working_days_on(local_day(now, tz), clocks.return_days), tz)
    latest = end_of(local_day(now, tz) + timedelta(days=30), tz)
    return (usual, latest) if closes_at is None else (min(usual, closes_at), min(latest, closes_at))


def read_reason(text: str) -> str:
    """Why something is returned, refused, unlocked or wanted, in a person's own words.

    Raises Refusal review.reason_wanted(text) for a lone word or a number, and what `reports.sentence` raises.
    """
    kept = sentence(text, LONGEST_LINE)
    if len([word for word in kept.split() if any(letter.isalpha() for letter in word)]) < 2:
        raise Refusal("review.reason_wanted", text=shorten(clean(kept), 40))
    return kept


def item_named(text: str, asked: Sequence[Indicator]) -> str | None:
    """The question a return is about: its code, WHOLE for "cả báo cáo"; None when the text names none.

    Raises Refusal report.no_such_item(count) for "99".
    """
    typed = fold(text).strip(" .!")
    if typed in WHOLE_WORDS:
        return WHOLE
    position = item_meant(text, asked, digits=True)
    return None if position is None else asked[position - 1].code
