"""Expressions of forms (`relevant`, `constraint`, `calculation`) in the XPath of XLSForm, read by elementpath.

A value is a plain one: a number (Decimal), a text, a day as "2026-11-25", chosen codes joined by blanks; an empty text
is a missing answer. Missing is not zero: what is reckoned from it is missing too, and it is neither more nor less than
anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

from elementpath import ElementPathError, XPathContext
from elementpath.xpath_tokens import XPathToken

from models.rules import Refusal
from models.rules.expression_words import FUNCTIONS, TODAY, FormParser
from models.rules.patterns import is_quick

Plain = object  # Decimal, str or bool, and of a list a list of them
LONGEST = 500  # characters
SELF = "itself"  # the answer itself, written "." in a constraint
_OPERATORS = frozenset({"or", "and", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "div", "mod", "(", ","})
_LITERALS = frozenset({"(string)", "(integer)", "(decimal)", "(float)"})
_PIECES = re.compile(
    r"(?P<text>\"[^\"]*\"|'[^']*')|\$\{(?P<name>[^{}]*)\}|(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"|(?P<word>[^\W\d][\w.-]*)(?P<call>\s*\()?|(?P<up>\.\.)|(?P<itself>\.)|(?P<loose>\$)"
)


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that may be worked out: `names` are the questions it refers to, in their order."""

    token: XPathToken
    names: tuple[str, ...]

    def value(self, values: Mapping[str, Plain], today: date, itself: Plain = "") -> Plain:
        """What it comes to. A missing answer, an empty text, when it comes to nothing: it never raises."""
        known: dict[str, object] = {f"q{at}": values.get(name, "") for at, name in enumerate(self.names)}
        try:
            context = XPathContext(item=1, variables={**known, SELF: itself, TODAY: today.isoformat()})  # type: ignore[dict-item]
            return self.token.evaluate(context)
        except (ElementPathError, ArithmeticError, ValueError, TypeError, RecursionError):
            return ""


def holds(value: Plain) -> bool:
    """Whether what an expression came to is a yes."""
    return value not in ("", False, 0, [])


def read_expression(text: str, known: Collection[str], *, itself: bool = False) -> Expression:
    """An expression over questions named `known`; with `itself` it may say "." for the answer it is about.

    Raises Refusal programme.expression_* with `text`, and what is wrong in it: `name`, `near`, `known`.
    """
    names: list[str] = []
    if len(text) > LONGEST:
        raise _refusal("programme.expression_long", text, most=LONGEST)

    def rewritten(piece: re.Match[str]) -> str:
        if piece["name"] is not None:
            name = piece["name"].strip()
            if name not in known:
                raise _refusal("programme.expression_name", text, name=name, near=_nearest(name, known))
            names.append(name)
            return f" $q{len(names) - 1} "
        if piece["itself"] and itself:
            return f" ${SELF} "
        if piece["itself"] or piece["up"] or piece["loose"]:
            raise _refusal("programme.expression_piece", text, name=piece[0])
        if piece["call"] and piece["word"] not in FUNCTIONS and piece["word"] not in _OPERATORS:
            near = _nearest(piece["word"], FUNCTIONS)
            raise _refusal(
                "programme.expression_function", text, name=piece["word"], near=near, known=sorted(FUNCTIONS)
            )
        return piece[0]

    token = _parsed(_PIECES.sub(rewritten, text), text)
    _refuse_foreign(token, text)
    return Expression(token, tuple(names))


@lru_cache(maxsize=2000)
def remembered(text: str, known: frozenset[str], itself: bool = False) -> Expression:
    """The same, read once however often it is worked out."""
    return read_expression(text, known, itself=itself)


def _parsed(written: str, text: str) -> XPathToken:
    try:
        return FormParser().parse(written)
    except (ElementPathError, RecursionError, ValueError, TypeError):
        raise _refusal("programme.expression_broken", text) from None


def _refuse_foreign(token: XPathToken, text: str) -> None:
    """Whatever leads out of the form's own answers: paths, node tests, a pattern that might never end."""
    symbol = token.symbol
    if symbol == "$":
        return
    if symbol not in _OPERATORS and symbol not in _LITERALS and symbol not in FUNCTIONS:
        raise _refusal("programme.expression_piece", text, name=str(token.value))
    if symbol == "regex":
        pattern = str(token[1].value) if token[1].symbol == "(string)" else ""
        if not pattern or not is_quick(pattern):
            raise _refusal("programme.expression_pattern", text, name=pattern or text)
    for part in token:
        _refuse_foreign(part, text)


def _nearest(name: str, known: Collection[str]) -> str:
    return "".join(get_close_matches(name, known, n=1))


def _refusal(moment: str, text: str, **values: object) -> Refusal:
    return Refusal(moment, text=text, **values)
