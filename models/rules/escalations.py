"""When word of what is late goes up: the steps after a deadline, and to whom each goes.

Like the reminders a step is known by its name, so that asking again, a second process or a clock that stepped back
changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from models.rules import Refusal
from models.rules.deadlines import Fields
from models.rules.periods import local_day, moment_of
from models.rules.reminders import Quiet, Rest

ABOVE = "above"  # the secretaries responsible, and the nearest office above
OFFICES = (ABOVE, "commune", "affiliated", "province", "central")
_BAD = "programme.bad_escalation"


@dataclass(frozen=True, slots=True)
class Rise:
    """One step up: its name for the once-key ("T+3"), days after the day it was due, the hour, to which office."""

    name: str
    days: int
    at: time
    to: str

    def moment(self, deadline: datetime, tz: tzinfo) -> datetime:
        """When it falls for a deadline, in UTC."""
        return self.moment_of_day(local_day(deadline, tz), tz)

    def moment_of_day(self, due_day: date, tz: tzinfo) -> datetime:
        return moment_of(due_day + timedelta(days=self.days), self.at, tz)


Rises = tuple[Rise, ...]  # in the order of time

# where a plan says nothing else: features F31
USUAL: Rises = (Rise("T+3", 3, time(8, 30), ABOVE), Rise("T+7", 7, time(8, 30), "province"))


def parse_escalation(data: object) -> Rises:
    """The `escalation` of a duty, e.g. `[{day: 3, at: "08:30", to: above}, {day: 7, at: "08:30", to: province}]`.

    Raises Refusal programme.bad_escalation(field, value, expected); two steps of one name are refused.
    """
    if not isinstance(data, list):
        raise Refusal(_BAD, field="", value=data, expected='[{day: 3, at: "08:30", to: above}]')
    rises = [_parse_rise(Fields(row, _BAD)) for row in data]
    names = [rise.name for rise in rises]
    for name in names:
        if names.count(name) > 1:
            raise Refusal(_BAD, field="name", value=name, expected=f"{name}-2")
    return tuple(sorted(rises, key=lambda rise: (rise.days, rise.at)))


def due_rises(
    rises: Rises, deadline: datetime, now: datetime, rest: Quiet | Rest, tz: tzinfo, stale_after: timedelta
) -> Rises:
    """The steps up that should have been made by now; none of them: nothing yet, too old, or a night or a holiday.

    Of those to the same office only the latest counts: after an outage over two of them one list goes there. A step to
    another office is no later word to this one, so each office hears, however many steps a holiday held back.
    """
    if rest.is_quiet(now, tz):
        return ()
    latest = {rise.to: rise for rise in rises if rise.moment(deadline, tz) <= now}
    return tuple(
        rise
        for rise in rises
        if latest.get(rise.to) == rise and now - rest.quiet_until(rise.moment(deadline, tz), tz) <= stale_after
    )


def _parse_rise(fields: Fields) -> Rise:
    days, at, to = fields.number("day", 1, 60), fields.clock("at"), fields.choice("to", OFFICES)
    name = fields.take("name")
    if at is None:
        raise fields.refuse("at", None, '"08:30"')
    if name is None:
        name = f"T{days:+d}"
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9+_-]{1,16}", name):
        raise fields.refuse("name", name, "T+3 (A–Z a–z 0–9 + - _)")
    fields.finish()
    return Rise(name, days, at, to)
