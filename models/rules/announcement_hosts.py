"""Where an announcement leads: the hosts of its button and of everything in its text that channels make tappable by
themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from models.rules.announcement_text import runs
from models.rules.host_endings import ENDINGS

WEB = ("http", "https")
UNREAD = "?"  # what cannot be read is a host of its own, known to nobody

_PATH = r"[\w/.%&=+~#?:;,@!*'$-]*"
_FOUND = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^\s/\\?#<>\"'«»“”()]*)"
    + _PATH
    # what mail goes to is no page; behind a path it is, as with an ending that no mail has
    + r"|[a-z0-9_.+-]{1,26}@(?:[a-z0-9](?:[a-z0-9_-]{0,28}[a-z0-9])?\.){1,6}[a-z]{2,8}(?![\w@/-]|\.\w|[?#]\w|:\d)"
    r"|(?<![\w@])@(?P<somebody>[a-z][a-z0-9_]{3,31})(?!\w)"
    r"|(?P<name>[\w-]+(?:\.[\w-]+)+)(?P<more>(?:[/?#]|:\d)" + _PATH + r")?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_NUMBERS = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)", re.ASCII)
# of offices: a place, a title, a body of the centre, whose abbreviation happens to be an ending too ("TP.CM", "TS.BS")
_ABBREVIATION = re.compile(r"(?:TP|TX|TT|[QPHX])\.[A-Z]{2,4}|(?:P?GS|TSKH|TS|ThS)(?:\.(?:TS|ThS|BS))+|[A-Z]{2,6}\.TW")


def hosts_in(text: str, url: str = "") -> tuple[str, ...]:
    """Every host that the button's address or the text leads to, each once, in small letters.

    The text counts as it is shown: without its marks; and once more as somebody reads it who sees no invisible letters.
    An address of another kind than a page counts as a host ("tg://"), so does whoever is named ("@ten_bot").
    """
    shown = "".join(piece for _, piece in runs(text))
    return tuple(dict.fromkeys(host for each in (url, shown, _as_read(shown)) for host in _hosts(each)))


def _as_read(shown: str) -> str:
    plain = unicodedata.normalize("NFKC", shown).replace("。", ".")
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")


def _hosts(text: str) -> Iterator[str]:
    for found in _FOUND.finditer(text):
        if scheme := found["scheme"]:
            yield from _of_address(scheme.lower(), found["authority"])
        elif found["somebody"]:
            yield found[0].lower()
        elif found["name"] and (found["more"] or not _ABBREVIATION.fullmatch(found["name"])):
            yield from _of_name(found["name"])


def _of_address(scheme: str, authority: str) -> Iterator[str]:
    """Every name in it: "gov.vn@evil.com" leads to evil.com, and not all programs agree on which of them counts."""
    if scheme not in WEB:
        yield f"{scheme}://"
    names = _NAME.findall(authority)
    for name in names:
        yield from _spelled(name)
    if not names and scheme in WEB:
        yield authority.lower() if re.fullmatch(r"[\w-]+", authority) else UNREAD


def _of_name(name: str) -> Iterator[str]:
    """The host of what nobody called an address: up to its ending, behind which the next sentence may begin."""
    name = name.strip("_-")
    if _NUMBERS.fullmatch(name):
        yield name
        return
    labels = name.split(".")
    for last in range(len(labels) - 1, 0, -1):
        is_end = last == len(labels) - 1 or not re.match("[a-z0-9]", labels[last + 1])
        if is_end and _is_ending(labels[last]):
            yield from _spelled(".".join(labels[: last + 1]))
            return


def _is_ending(label: str) -> bool:
    """Whether a host may end so. One capital at its head is a sentence begun without a blank ("Xong.Do"): Telegram
    takes it for words as well."""
    small = label.lower()
    if small != label and small[1:] == label[1:]:
        return False
    return small in ENDINGS or small.startswith("xn--") or _is_foreign(small)


def _is_foreign(label: str) -> bool:
    """Letters of another script than ours: no word of an office is written so."""
    is_word = len(label) > 1 and not any(letter.isascii() for letter in label)
    return is_word and not any(unicodedata.name(letter, "LATIN").startswith("LATIN") for letter in label)


def _spelled(name: str) -> Iterator[str]:
    """The host, and what of it is left without an underscore or a hyphen at which a program may stop reading."""
    name = name.lower().strip("_-")
    yield name
    for part in re.split(r"_+|-+(?=\.)|(?<=\.)-+", name):
        if part != name and "." in part.strip("."):
            yield part.strip(".")
