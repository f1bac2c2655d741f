"""A round of reporting (đợt báo cáo) that an office opens for its own subtree: its name, and the plan it is kept as."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from models.rules import Refusal
from models.rules.duties import Duty
from models.rules.folding import clean, shorten
from models.rules.programmes import Programme

TITLE_ROOM = 80
SHORT_ROOM = 40
FAR = timedelta(days=365)  # a round is no standing duty
STEM, DUTY = "DOT", "BC"  # of its code, and the code of its one duty


@dataclass(frozen=True, slots=True)
class Whom:
    """Who owes: every unit of these kinds below the office, or only the units with these codes."""

    kinds: tuple[str, ...]
    codes: tuple[str, ...] = ()


def read_title(text: str) -> str:
    """What a round is called. Raises Refusal round.title_unclear(text) or round.title_too_long(length, most)."""
    title = " ".join(clean(text).split())
    if sum(letter.isalpha() for letter in title) < 5:
        raise Refusal("round.title_unclear", text=shorten(title, 40))
    if len(title) > TITLE_ROOM:
        raise Refusal("round.title_too_long", length=len(title), most=TITLE_ROOM)
    return title


def code_of(unit_id: int, number: int) -> str:
    """The code of the `number`th round of an office."""
    return f"{STEM}-{unit_id}-{number}"


def as_programme(
    origin: Programme, form: str, *, code: str, title: str, office: tuple[str, str], whom: Whom, due: date, today: date
) -> Programme:
    """The round as a plan of one duty, on a form of `origin` and with its reminders. `office`: code and name."""
    duty = Duty(
        code=DUTY,
        kind="report",
        title=title,
        owed_by=whom.kinds,
        units=whom.codes,
        rule={"kind": "once", "date": due.isoformat(), "opens": today.isoformat()},
        valid_from=today,
        source=title,
        summary=title,
        form=form,
    )
    return replace(
        origin,
        code=code,
        title=title,
        short_title=shorten(title, SHORT_ROOM),
        issued_by=office[1][:120],
        opened_by=office[0],
        basis=(),
        note="",
        source=title,
        valid_from=today,
        valid_until=None,
        mapping=(),
        targets=(),
        forms=(origin.form(form),),
        duties=(duty,),
    )


def last_moment(now: datetime) -> datetime:
    """The latest moment at which a round may be due."""
    return now + FAR
