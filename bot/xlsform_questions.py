"""The questions of a form as pyxform hands them over, made into the plain data of our form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.form_columns import ADDS, NO, OVER_TIME, TYPES, WRITABLE, YES
from bot.xlsform_sheets import Sheet
from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.indicators import SHORT_LABEL

Plain = dict[str, Any]
NUMBERS = ("integer", "decimal")
SECTION = "MANG"  # the code of a section that has no group
ORIGINS = {"m": "M", "k": "K", "c": "C"}
EXAMPLE = 12
KEPT = ("short_label", "also", "source", "origins", "example", "max", "field", "hint", "counts")


class Loose(dict[str, Any]):
    """A section of questions that stand in no group."""


class Questions:
    """Reads the questions of one form.

    `kept`: the form whose fields and sources it takes over; `before`: the sections of the version before it.
    """

    def __init__(
        self,
        sheet: Sheet,
        kept: Mapping[str, Any],
        before: Iterable[Mapping[str, Any]],
        label: Callable[[str], str],
        file: str,
    ) -> None:
        self._sheet, self._kept, self._label, self._file = sheet, kept, label, file
        self._fields = [each["code"] for each in kept["fields"]]
        self._before = {each["code"]: each for section in before for each in section["indicators"]}

    def sections(self, children: Iterable[Mapping[str, Any]]) -> list[Plain]:
        """The groups as sections; what stands between them in sections of its own, by the column "mang"."""
        found: list[Plain] = []
        for child in children:
            if child["type"] == "group" and child["name"] == "meta":
                continue
            if child["type"] == "group":
                found.append(self._group(child))
            else:
                self._loose(found, child)
        return found

    def _group(self, group: Mapping[str, Any]) -> Plain:
        row = self._row(group)
        if not any(each["type"] != "group" for each in group.get("children", ())):
            raise self._refusal("form.empty_group", group, "name")
        condition = group.get("bind", {}).get("relevant", "")
        return {
            "code": group["name"],
            "label": shorten(self._spoken(group, "label") or group["name"], SHORT_LABEL),
            "field": self._field(row, group),
            "indicators": [self._question(each, condition) for each in group["children"]],
        }

    def _loose(self, found: list[Plain], child: Mapping[str, Any]) -> None:
        row = self._row(child)
        label = row.get("section") or self._label("form.section_rest")
        if not found or not isinstance(found[-1], Loose) or found[-1]["label"] != label:
            taken = sum(isinstance(each, Loose) for each in found)
            found.append(
                Loose(code=f"{SECTION}-{taken + 1}", label=label, field=self._field(row, child), indicators=[])
            )
        found[-1]["indicators"].append(self._question(child, ""))

    def _question(self, child: Mapping[str, Any], condition: str) -> Plain:
        if child["type"] == "group":
            raise self._refusal("form.nested_group", child, "type")
        kind = TYPES.get(child["type"])
        if kind is None:
            raise self._refusal("form.type_not_taken", child, "type", name=child["type"], known=list(WRITABLE))
        row, bind = self._row(child), child.get("bind", {})
        label = self._spoken(child, "label") or child["name"]
        own = bind.get("relevant", "")
        both = f"({condition}) and ({own})" if condition and own else condition or own
        plain: Plain = {
            "code": child["name"],
            "type": kind,
            "label": label,
            "short_label": row.get("short_label") or shorten(label, SHORT_LABEL),
            "origins": self._origins(row, child),
            "hint": self._spoken(child, "hint"),
            "source": row.get("source") or self._kept["source"],
            "short": self._yes(row, child, "short"),
            "required": self._yes(row, child, "required"),
            "relevant": both,
            "constraint": bind.get("constraint", ""),
            "constraint_message": self._spoken(bind, "jr:constraintMsg"),
        }
        plain |= self._numbers(kind, row, child) | self._parts(kind, child)
        if row.get("field"):
            plain["field"] = self._field(row, child)
        if row.get("also"):
            plain["also"] = [each.strip() for each in row["also"].split(";") if each.strip()]
        plain |= self._as_before(child["name"], label)
        return {key: value for key, value in plain.items() if value not in ("", False)}

    def _as_before(self, code: str, label: str) -> Plain:
        """What the form before says of this question in columns that this file does not have."""
        before = self._before.get(code, {})
        kept = [key for key in KEPT if key not in self._sheet.columns and key in before]
        if before.get("label") != label and "short_label" in kept:
            kept.remove("short_label")
        return {key: before[key] for key in kept}

    def _parts(self, kind: str, child: Mapping[str, Any]) -> Plain:
        match kind:
            case "calculate":
                return {"calculation": child.get("bind", {}).get("calculate", "")}
            case "select_one" | "select_multiple":
                return {"choices": [self._choice(each, child) for each in child.get("choices", ())]}
            case "list":
                return {"questions": [self._question(each, "") for each in child.get("children", ())]}
        return {}

    def _choice(self, choice: Mapping[str, Any], child: Mapping[str, Any]) -> Plain:
        label = self._spoken(choice, "label") or choice["name"]
        if len(label) > SHORT_LABEL:
            raise self._refusal("form.long_choice", child, "type", name=label, most=SHORT_LABEL)
        return {"code": choice["name"], "label": label}

    def _numbers(self, kind: str, row: Mapping[str, str], child: Mapping[str, Any]) -> Plain:
        """What only numbers have: the unit they are counted in, how they add up, an example."""
        if kind not in (*NUMBERS, "list", "calculate"):
            return {}
        if not row.get("unit"):
            if kind == "calculate":
                return {}
            raise self._refusal("form.no_unit", child, "unit")
        found: Plain = {"unit": row["unit"], "adds": self._one_of(row, child, "adds", ADDS, "sum")}
        if kind in NUMBERS:
            found |= {"example": self._whole(row, child, "example") or EXAMPLE, "hint": self._hint(child, row)}
        if row.get("max"):
            found["max"] = self._whole(row, child, "max")
        if found["adds"] == "rate":
            found |= {"numerator": row.get("numerator", ""), "denominator": row.get("denominator", "")}
            found["example_of"] = self._whole(row, child, "example_of") or 2 * EXAMPLE
            found["over_time"] = self._one_of(row, child, "over_time", OVER_TIME, "last")
        return found

    def _hint(self, child: Mapping[str, Any], row: Mapping[str, str]) -> str:
        return self._spoken(child, "hint") or self._label("form.hint_of_number")

    def _spoken(self, child: Mapping[str, Any], key: str) -> str:
        said = child.get(key, "")
        return str(next(iter(said.values()), "") if isinstance(said, Mapping) else said)

    def _field(self, row: Mapping[str, str], child: Mapping[str, Any]) -> str:
        wanted = row.get("field", "")
        by_label = {fold(each["label"]): each["code"] for each in self._kept["fields"]}
        found: str = by_label.get(fold(wanted), wanted) or self._fields[0]
        if found not in self._fields:
            known = [each["label"] for each in self._kept["fields"]]
            raise self._refusal("form.unknown_field", child, "field", name=wanted, known=known)
        return found

    def _origins(self, row: Mapping[str, str], child: Mapping[str, Any]) -> list[str]:
        found = [ORIGINS.get(each) for each in fold(row.get("origins", "k")).replace(",", " ").split()]
        if None in found:
            raise self._refusal("form.not_one_of", child, "origins", name=row["origins"], known=list(ORIGINS.values()))
        return [each for each in found if each]

    def _one_of(
        self, row: Mapping[str, str], child: Mapping[str, Any], key: str, words: Mapping[str, str], usual: str
    ) -> str:
        given = row.get(key, "")
        found = usual if not given else words.get(fold(given), given if given in words.values() else "")
        if not found:
            raise self._refusal("form.not_one_of", child, key, name=given, known=list(words.values()))
        return found

    def _whole(self, row: Mapping[str, str], child: Mapping[str, Any], key: str) -> int:
        given = row.get(key, "")
        if given and not given.isdecimal():
            raise self._refusal("form.not_whole", child, key, name=given)
        return int(given or 0)

    def _yes(self, row: Mapping[str, str], child: Mapping[str, Any], key: str) -> bool:
        given = fold(row.get(key, ""))
        if given not in YES and given not in NO:
            raise self._refusal("form.not_yes", child, key, name=row[key])
        return given in YES

    def _row(self, child: Mapping[str, Any]) -> Mapping[str, str]:
        number = self._sheet.row_of(child["name"])
        return self._sheet.rows[number - 2] if number else {}

    def _refusal(self, key: str, child: Mapping[str, Any], column: str, **values: Any) -> Refusal:
        at = self._sheet.place(self._file, self._sheet.row_of(child["name"]), column)
        return Refusal(key, **at, question=child["name"], **values)
