"""Patterns (regular expressions) that people write into forms: only those that cannot run long are taken."""

from __future__ import annotations

import re

LONGEST_MATCHED = 200  # characters that a pattern is held against
_MOST_OPEN = 3  # of "*", "+", "{2,5}": each multiplies the ways in which a text may be tried
_MOST_OPTIONAL = 5  # of "?"
_MOST_TIMES = 200
_UNSEEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)  # what is escaped, and what stands in a class


def is_quick(pattern: str) -> bool:
    """Whether the pattern is a correct one that takes few steps on any text of LONGEST_MATCHED characters.

    A repeated group, "(a+)+", may take longer than the world stands; looking around and back is refused too.
    """
    bare = _UNSEEN.sub("x", pattern)
    if re.search(r"\\[1-9]", pattern) or re.search(r"\(\?|\)\s*[*+{?]", bare):
        return False
    times = [int(number) for found in re.findall(r"\{([0-9, ]*)\}", bare) for number in re.findall("[0-9]+", found)]
    if len(re.findall(r"[*+{]", bare)) > _MOST_OPEN or bare.count("?") > _MOST_OPTIONAL:
        return False
    if any(number > _MOST_TIMES for number in times):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def matches(text: str, pattern: str) -> bool:
    """Whether the whole text is of the pattern; a longer text than LONGEST_MATCHED is not."""
    return len(text) <= LONGEST_MATCHED and is_quick(pattern) and re.fullmatch(pattern, text) is not None
