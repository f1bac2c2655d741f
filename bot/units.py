"""`python -m bot units FILE.csv | --province NAME`: the real units of a province, or an office's own list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import process
from vietnam_provinces import Province, VietNamDivisionType, Ward

from models import units
from models.database import Database
from models.rules import Refusal
from models.rules.folding import clean, fold
from models.rules.unit_list import Fault, UnitList, UnitRow, read_units

NAMES = Path(__file__).parent / "content" / "units.yaml"
LARGEST_FILE = 20_000_000  # bytes: ten times a list of every team in the country
MOST_SHOWN = 20
_BEFORE_NAME = ("thanh pho ", "tinh ", "tp. ", "tp.", "tp ")

Say = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went: `done` decides the exit status, `lines` are for people, `data` is what --json prints."""

    done: bool
    lines: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)


async def load_units(
    database: Database, say: Say, *, file: Path | None = None, province: str = "", dry: bool = False, now: datetime
) -> Outcome:
    """Load a CSV file or a province of the country's register; with `dry` only tell what would change."""
    try:
        content = None if file is None else _read(file)
        chosen = None if file is not None else find_province(province)
    except Refusal as no:
        return _refused(no, say)
    async with database.write() as session:
        known = await units.known_rows(session)
        if chosen is not None:
            root = next((row for row in known.values() if not row.parent_code), root_row())
            listed = UnitList((root, *province_rows(chosen, root.code)), ())
        else:
            listed = _with_root(content or b"", known)
        if listed.faults:
            return faulty(listed.faults, say, "unit_list.at", "unit_list.nothing_loaded")
        result = await units.load(session, listed.rows, now, dry=dry)
    return _loaded(result, dry, say)


def faulty(faults: Sequence[Fault], say: Say, each: str, end: str) -> Outcome:
    """A list that cannot be loaded: the first faults, each said with the words `each`, and `end`."""
    lines = [
        say(each, {"row": f.row, "column": f.column, "fault": f.key, "details": dict(f.values)})
        for f in faults[:MOST_SHOWN]
    ]
    data = [{"row": f.row, "column": f.column, "key": f.key, **f.values} for f in faults]
    return Outcome(False, (*lines, say(end, {"faults": len(faults)})), {"faults": data})


def find_province(text: str) -> Province:
    """The province meant by its name, with or without "tỉnh", in any spelling of letters, or by its code.

    Raises Refusal unit_list.no_such_province (`text`, `near`: up to three names that come close).
    """
    wanted = _bare(text)
    by_name = {_bare(province.name): province for province in Province.iter_all()}
    by_code = {f"{int(province.code):02d}": province for province in by_name.values()}
    if found := by_name.get(wanted) or by_code.get(wanted):
        return found
    near = [by_name[name].name for name, *_ in process.extract(wanted, list(by_name), limit=3, score_cutoff=60)]
    raise Refusal("unit_list.no_such_province", text=clean(text)[:40], near=near)


def root_row() -> UnitRow:
    """The root of the tree, which every installation has from the start."""
    central = _names()["central"]
    return UnitRow(central["code"], central["name"], "central", "")


def province_rows(province: Province, root: str) -> list[UnitRow]:
    """Its own unit under the root of that code, then one a commune, with the codes of the country's register."""
    names = _names()
    code = f"{int(province.code):02d}"
    is_city = province.division_type == VietNamDivisionType.THANH_PHO_TRUNG_UONG
    own = province.name.removeprefix("Thành phố ")
    name = names["exceptions"].get(code) or names["city" if is_city else "province"].format(name=own)
    communes = [
        UnitRow(f"{int(ward.code):05d}", names["commune"].format(full=_small(ward.name)), "commune", code)
        for ward in Ward.iter_by_province(province.code)
    ]
    return [UnitRow(code, name, "province", root), *communes]


def _with_root(content: bytes, known: Mapping[str, UnitRow]) -> UnitList:
    """A first list need not name the root; one that brings its own root keeps it."""
    listed = read_units(content, known)
    if known or any(not row.parent_code for row in listed.rows):
        return listed
    root = root_row()
    again = read_units(content, {root.code: root})
    return again if again.faults else UnitList((root, *again.rows), ())


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise Refusal("unit_list.too_large", file=file.name, most=LARGEST_FILE // 1_000_000)
        return file.read_bytes()
    except OSError as error:
        raise Refusal("unit_list.unreadable", file=str(file)) from error


def _names() -> dict[str, Any]:
    names: dict[str, Any] = yaml.safe_load(NAMES.read_text(encoding="utf-8"))
    return names


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _bare(text: str) -> str:
    folded = fold(text)
    for word in _BEFORE_NAME:
        folded = folded.removeprefix(word)
    return folded


def _refused(no: Refusal, say: Say) -> Outcome:
    return Outcome(False, (say(no.key, no.values),), {"error": no.key, **no.values})


def _loaded(result: units.LoadResult, dry: bool, say: Say) -> Outcome:
    shown = [say("unit_list.change", asdict(change)) for change in result.changes[:MOST_SHOWN]]
    if len(result.changes) > MOST_SHOWN:
        shown.append(say("unit_list.more_changes", {"more": len(result.changes) - MOST_SHOWN}))
    counted = {"added": result.added, "changed": result.changed, "same": result.same, "dry": dry}
    lines = (*shown, say("unit_list.would_load" if dry else "unit_list.loaded", counted))
    return Outcome(True, lines, {**counted, "changes": [asdict(change) for change in result.changes]})
