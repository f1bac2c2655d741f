"""Whom an announcement is for (đối tượng nhận), as plain data: what is included, and what is taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who fits, each once. Empty criteria leave nobody out, except that with no `units`, `groups`, `people`
    and `earlier` nobody is meant at all.

    `units`: roots of subtrees. `groups`: clusters and blocks (Cụm, khối). Both are added up; `kinds`, `roles` and
    `late` then narrow them. `people` are added by hand whatever the rest says. The `but_` ones are taken out at the
    end. `late`: only those who answer for a unit that still owes the report of this period; 0: whether late or not.
    `earlier`: exactly those for whom the announcement of this number was. `chats`: group chats bound to those units
    too.
    """

    units: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()  # of units
    roles: tuple[str, ...] = ()  # as models.rules.permissions names them
    late: int = 0
    people: tuple[int, ...] = ()
    but_units: tuple[int, ...] = ()
    but_groups: tuple[int, ...] = ()
    but_people: tuple[int, ...] = ()
    earlier: int = 0
    chats: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As it is kept beside the announcement."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def is_empty(self) -> bool:
        """Whether nobody is meant at all."""
        return not (self.units or self.groups or self.people or self.earlier)


def audience_of(kept: Mapping[str, Any]) -> Audience:
    """The audience that `as_dict` made; what an older version did not know is left at its default."""
    known = {each.name for each in fields(Audience)}
    given: dict[str, Any] = {name: _settled(value) for name, value in kept.items() if name in known}
    return Audience(**given)


def _settled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
