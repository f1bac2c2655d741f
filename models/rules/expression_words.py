"""The words that an expression of a form may use: how each operator and function takes missing answers and days.

What elementpath does by itself (reading, and, or, not, true, false, names of answers) is left to it. XLSForm compares
days with days and takes an empty answer for an empty text; XPath 1.0 knows neither, hence the words below.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from elementpath import XPathContext
from elementpath.xpath1 import XPath1Parser
from elementpath.xpath_tokens import XPathToken

from models.rules.patterns import matches

TODAY = "today"
MISSING = ""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
FUNCTIONS = frozenset(
    {
        "selected",
        "count-selected",
        "if",
        "coalesce",
        "today",
        "date",
        "string-length",
        "regex",
        "int",
        "number",
        "round",
    }
    | {"sum", "count", "not", "true", "false", "concat", "contains", "starts-with"}
)

Context = XPathContext | None


class FormParser(XPath1Parser):
    """XPath 1.0 with the operators and functions of XLSForm."""


def number_of(value: Any) -> Decimal | None:
    """The number a value is, a day by its place in the calendar; None for a missing one and for words."""
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal | int):
        return Decimal(value)
    if isinstance(value, float):
        return _finite(str(value))
    text = str(value).strip()
    if _DAY.fullmatch(text):
        return _place(text)
    return _finite(text) if _NUMBER.fullmatch(text) else None


def _finite(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _place(text: str) -> Decimal | None:
    try:
        return Decimal(date.fromisoformat(text).toordinal())
    except ValueError:
        return None


def items_of(token: XPathToken, context: Context) -> list[Any]:
    found = token.evaluate(context)
    return list(found) if isinstance(found, list) else [found]


def one(token: XPathToken, context: Context, index: int) -> Any:
    """One argument: of several values the first, as XPath 1.0 has it."""
    return next(iter(items_of(token[index], context)), MISSING)


def words_of(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _compared(how: Callable[[Any, Any], bool]) -> Callable[[XPathToken, Context], bool]:
    def evaluate(self: XPathToken, context: Context = None) -> bool:
        left, right = number_of(one(self, context, 0)), number_of(one(self, context, 1))
        return left is not None and right is not None and how(left, right)

    return evaluate


def _equal(self: XPathToken, context: Context = None) -> bool:
    left, right = one(self, context, 0), one(self, context, 1)
    if isinstance(left, bool) or isinstance(right, bool):
        return (left not in (MISSING, 0)) == (right not in (MISSING, 0))
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    numbers = number_of(left), number_of(right)
    return None not in numbers and numbers[0] == numbers[1]


def _unequal(self: XPathToken, context: Context = None) -> bool:
    return not _equal(self, context)


def _reckoned(how: Callable[[Decimal, Decimal], Decimal]) -> Callable[[XPathToken, Context], Any]:
    def evaluate(self: XPathToken, context: Context = None) -> Any:
        left = Decimal(0) if len(self) == 1 else number_of(one(self, context, 0))
        right = number_of(one(self, context, len(self) - 1))
        return MISSING if left is None or right is None else how(left, right)

    return evaluate


def _parted(how: Callable[[Decimal, Decimal], Decimal]) -> Callable[[XPathToken, Context], Any]:
    def evaluate(self: XPathToken, context: Context = None) -> Any:
        left, right = number_of(one(self, context, 0)), number_of(one(self, context, 1))
        return MISSING if left is None or not right else how(left, right)

    return evaluate


def _operator(symbol: str, binding: int, evaluate: Callable[..., Any], *, prefix: bool = False) -> None:
    FormParser.unregister(symbol)
    token = FormParser.infix(symbol, bp=binding)
    token.evaluate = evaluate  # type: ignore[method-assign]
    if prefix:
        token.nud = _prefixed  # type: ignore[method-assign,assignment]


def _prefixed(self: XPathToken) -> XPathToken:
    self[:] = (self.parser.expression(rbp=70),)
    return self


def _function(name: str, nargs: Any, evaluate: Callable[..., Any]) -> None:
    if name in FormParser.symbol_table:
        FormParser.unregister(name)
    FormParser.function(name, nargs=nargs).evaluate = evaluate  # type: ignore[method-assign]


def _selected(self: XPathToken, context: Context = None) -> bool:
    return words_of(one(self, context, 1)) in words_of(one(self, context, 0)).split()


def _count_selected(self: XPathToken, context: Context = None) -> Decimal:
    return Decimal(len(words_of(one(self, context, 0)).split()))


def _if(self: XPathToken, context: Context = None) -> Any:
    return one(self, context, 1 if one(self, context, 0) not in (MISSING, False, 0) else 2)


def _coalesce(self: XPathToken, context: Context = None) -> Any:
    first = one(self, context, 0)
    return first if first != MISSING else one(self, context, 1)


def _today(self: XPathToken, context: Context = None) -> Any:
    if context is None:
        raise self.missing_context()
    return context.variables[TODAY]


def _date(self: XPathToken, context: Context = None) -> str:
    text = words_of(one(self, context, 0))[:10]
    return text if _DAY.fullmatch(text) and _place(text) is not None else MISSING


def _string_length(self: XPathToken, context: Context = None) -> Decimal:
    return Decimal(len(words_of(one(self, context, 0))))


def _regex(self: XPathToken, context: Context = None) -> bool:
    return matches(words_of(one(self, context, 0)), words_of(one(self, context, 1)))


def _number(self: XPathToken, context: Context = None) -> Any:
    found = number_of(one(self, context, 0))
    return MISSING if found is None else found


def _int(self: XPathToken, context: Context = None) -> Any:
    found = number_of(one(self, context, 0))
    return MISSING if found is None else found.to_integral_value(ROUND_DOWN)


def _round(self: XPathToken, context: Context = None) -> Any:
    found = number_of(one(self, context, 0))
    places = number_of(one(self, context, 1)) if len(self) > 1 else Decimal(0)
    if found is None or places is None:
        return MISSING
    return found.quantize(Decimal(1).scaleb(-min(max(int(places), 0), 9)), ROUND_HALF_UP)


def _sum(self: XPathToken, context: Context = None) -> Any:
    numbers = [number for each in items_of(self[0], context) if (number := number_of(each)) is not None]
    return sum(numbers, Decimal(0)) if numbers else MISSING


def _count(self: XPathToken, context: Context = None) -> Decimal:
    return Decimal(len(items_of(self[0], context)))


for _symbol, _how in (("<", operator.lt), (">", operator.gt), ("<=", operator.le), (">=", operator.ge)):
    _operator(_symbol, 30, _compared(_how))
_operator("=", 30, _equal)
_operator("!=", 30, _unequal)
_operator("+", 40, _reckoned(operator.add))
_operator("-", 40, _reckoned(operator.sub), prefix=True)
_operator("*", 45, _reckoned(operator.mul))
_operator("div", 45, _parted(operator.truediv))
_operator("mod", 45, _parted(operator.mod))
_function("selected", 2, _selected)
_function("count-selected", 1, _count_selected)
_function("if", 3, _if)
_function("coalesce", 2, _coalesce)
_function("today", 0, _today)
_function("date", 1, _date)
_function("string-length", 1, _string_length)
_function("regex", 2, _regex)
_function("int", 1, _int)
_function("number", 1, _number)
_function("round", (1, 2), _round)
_function("sum", 1, _sum)
_function("count", 1, _count)
