"""Who is reached by an announcement, one row each; and what sending to all of them would mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

State = Literal["waiting", "unreachable", "muted"]

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Reach:
    """A person or a group chat an announcement is for, as their row of the ledger begins.

    `unit_id`: for which unit it reaches them. `account_id`, `channel`, `address`: the chat written to; empty when there
    is none. `reason`: why it is unreachable, by code. `card`: the message there that is to be changed in place.
    """

    person_id: int | None
    group_chat_id: int | None
    unit_id: int
    account_id: int | None
    channel: str
    address: str
    state: State
    reason: str
    name: str
    unit_kind: str
    card: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What sending would mean: `total` = the sum of `by_channel` + `unreachable` + `muted`.

    `chats`: group chats among those written to. `teams`: units of kind team among all. `durations`: by channel, how
    long its messages take at its rate. `names`: of some whom it will reach.
    """

    total: int
    by_channel: Mapping[str, int]
    unreachable: int
    muted: int
    chats: int
    teams: int
    names: tuple[str, ...]
    durations: Mapping[str, timedelta]

    @property
    def reached(self) -> int:
        """To how many people and chats it will go."""
        return self.total - self.unreachable - self.muted

    @property
    def duration(self) -> timedelta:
        """Until the last of them has it: the channels are written to side by side."""
        return max(self.durations.values(), default=timedelta())


def preview(reaches: Sequence[Reach], rates: Mapping[str, float], sample: int = SAMPLE) -> Preview:
    """`rates`: messages a second per channel; 0 or missing: no limit. `sample`: how many names stand as examples."""
    waiting = [each for each in reaches if each.state == "waiting"]
    by_channel = Counter(each.channel for each in waiting)
    rated = {channel: rates.get(channel, 0) for channel in by_channel}
    people = [each for each in waiting if each.person_id is not None]
    return Preview(
        total=len(reaches),
        by_channel=dict(by_channel.most_common()),
        unreachable=sum(each.state == "unreachable" for each in reaches),
        muted=sum(each.state == "muted" for each in reaches),
        chats=sum(each.group_chat_id is not None for each in waiting),
        teams=len({each.unit_id for each in reaches if each.unit_kind == "team"}),
        names=tuple(each.name for each in people[:sample]),
        durations={
            channel: timedelta(seconds=by_channel[channel] / rate if rate else 0) for channel, rate in rated.items()
        },
    )
