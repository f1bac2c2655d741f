"""A period by field (lĩnh vực): every indicator by itself, for numbers of different things are never added up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from models.rules.forms import Indicator
from models.rules.totals import Total
from models.summary import Summary


@dataclass(frozen=True, slots=True)
class FieldTotals:
    """The indicators of one field with what they come to; `counted` of a total says how many units answered."""

    code: str
    label: str
    totals: tuple[tuple[Indicator, Total], ...]

    @property
    def reported(self) -> int:
        """How many units answered the indicator that most answered."""
        return max((total.counted for _, total in self.totals), default=0)


def by_field(found: Summary, only: Collection[str] | None = None) -> tuple[FieldTotals, ...]:
    """The fields of the form of which something is asked in this period, in the form's order; `only` some of them."""
    asked = [each for each in found.form.fields if only is None or each.code in only]
    fields = [
        FieldTotals(
            each.code,
            each.label,
            tuple((one, found.total(one.code)) for one in found.indicators if one.field == each.code and one.is_number),
        )
        for each in asked
    ]
    return tuple(each for each in fields if each.totals)
