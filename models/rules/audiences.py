"""Whom an announcement is for (đối tượng nhận), as plain data: what is included, and what is taken out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from models.rules.permissions import GRANTS, OFFICE_ROLES

TEAM = "team"
WRITERS = frozenset(GRANTS["report.write"])


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who fits, each once. Empty criteria leave nobody out, except that with no `units`, `groups`, `people`
    and `earlier` nobody is meant at all.

    `units`: roots of subtrees. `groups`: clusters and blocks (Cụm, khối). Both are added up; `kinds`, `roles` and
    `late` then narrow them. The `but_` ones are taken out at the end. `people` are added by hand whatever the rest
    says: they stay in though their unit is taken out, and only `but_people` leaves them out. `late`: only those who
    answer for a unit that still owes the report of this period; 0: whether late or not. `earlier`: exactly those for
    whom the announcement of this number was. `chats`: group chats bound to those units too.
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

    def with_choice(self, field: str, number: int, *, without: bool = False) -> Audience:
        """The same with this unit, group, person or period (`field`: late) more, or taken out; what was said before of
        the very thing no longer counts."""
        if field == "late":
            return replace(self, late=number)
        into, out = (f"but_{field}", field) if without else (field, f"but_{field}")
        kept: dict[str, Any] = {into: added(getattr(self, into), (number,)), out: _without(getattr(self, out), number)}
        return replace(self, **kept)

    def without_choice(self, field: str, value: str) -> Audience:
        """The same as if this had never been chosen."""
        if field in ("late", "earlier"):
            nothing: dict[str, Any] = {field: 0}
            return replace(self, **nothing)
        if field == "chats":
            return replace(self, chats=False)
        kept = tuple(each for each in getattr(self, field) if str(each) != value)
        left: dict[str, Any] = {field: kept}
        return replace(self, **left)


Chosen = TypeVar("Chosen")


def added(was: Sequence[Chosen], more: Sequence[Chosen]) -> tuple[Chosen, ...]:
    """These and those, each once."""
    return tuple(dict.fromkeys((*was, *more)))


def _without(was: Sequence[int], number: int) -> tuple[int, ...]:
    return tuple(each for each in was if each != number)


def audience_of(kept: Mapping[str, Any]) -> Audience:
    """The audience that `as_dict` made; what an older version did not know is left at its default."""
    known = {each.name for each in fields(Audience)}
    given: dict[str, Any] = {name: _settled(value) for name, value in kept.items() if name in known}
    return Audience(**given)


def _settled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Post:
    """A role somebody holds in a unit (`path`, `kind`): what is asked of it is whether it brings its holder in.

    `over`: the kind of the unit right above. `named`: its holder is chosen by name, or was a recipient of the earlier
    announcement. `by_hand`: chosen by name.
    """

    person_id: int
    role: str
    unit_id: int
    path: str
    kind: str
    over: str = ""
    named: bool = False
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Debtors:
    """The units that owe a report, those above them, and who has given one of them up (unit, person)."""

    units: frozenset[int]
    above: frozenset[int]
    given_up: frozenset[tuple[int, int]] = frozenset()

    def answers(self, post: Post, roles: frozenset[str]) -> bool:
        """Whether the holder answers for what is owed: the unit's writers, unless `roles` say otherwise.

        An office asked for by its role answers for everything below it as well.
        """
        if not roles:
            given_up = (post.unit_id, post.person_id) in self.given_up
            return post.role in WRITERS and post.unit_id in self.units and not given_up
        return post.unit_id in self.units or (post.role in OFFICE_ROLES and post.unit_id in self.above)


def debtors_of(paths: Iterable[str], but: frozenset[int], given_up: Iterable[tuple[int, int]] = ()) -> Debtors:
    """Those whose units at `paths` owe; what is taken out owes nobody anything here."""
    owing = [ids for ids in map(ids_of, paths) if but.isdisjoint(ids)]
    units = frozenset(ids[-1] for ids in owing)
    return Debtors(units, frozenset(each for ids in owing for each in ids[:-1]), frozenset(given_up))


@dataclass(frozen=True, slots=True)
class Selection:
    """An audience with its groups resolved to units: which posts bring their holders in.

    `bound`: the path of the office that speaks; nothing outside is ever meant. `roots`, `but`: tops of subtrees.
    """

    bound: str
    roots: frozenset[int] = frozenset()
    but: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    but_people: frozenset[int] = frozenset()
    debtors: Debtors | None = None  # None: whether late or not

    def takes(self, post: Post) -> bool:
        if post.person_id in self.but_people or not post.path.startswith(self.bound):
            return False
        if post.by_hand:
            return True
        if not self._may(post.path):
            return False
        if post.named:
            return True
        if self.roles and post.role not in self.roles:
            return False
        # "leaders of communes" are those of the teams there
        kind = post.over if self.roles and post.kind == TEAM and TEAM not in self.kinds else post.kind
        return self._fits(post.path, kind) and (self.debtors is None or self.debtors.answers(post, self.roles))

    def takes_chat(self, unit_id: int, path: str, kind: str, named: bool) -> bool:
        """Whether a group chat bound to this unit is meant."""
        if not self._may(path):
            return False
        return named or (self._fits(path, kind) and (self.debtors is None or unit_id in self.debtors.units))

    def _may(self, path: str) -> bool:
        return path.startswith(self.bound) and self.but.isdisjoint(ids_of(path))

    def _fits(self, path: str, kind: str) -> bool:
        return (not self.kinds or kind in self.kinds) and not self.roots.isdisjoint(ids_of(path))


def ids_of(path: str) -> tuple[int, ...]:
    """The numbers of the units from the top down to the one at `path`."""
    return tuple(int(part) for part in path.strip("/").split("/") if part)
