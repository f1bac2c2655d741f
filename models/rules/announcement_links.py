"""The one button of an announcement that leads out of the chat: its address and what stands on it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from models.rules import Refusal
from models.rules.announcement_hosts import hosts_in
from models.rules.folding import clean

LONGEST_LABEL = 40  # characters: what a button shows on a phone
LONGEST_ADDRESS = 500
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//\S+|\bwww\.\S+", re.IGNORECASE)
_BARE = re.compile(r"(?<!\S)(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?(?!\S)", re.IGNORECASE)  # an address without its https
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_AROUND = " \n:-–—|→\"'“”«»()[]<>"


@dataclass(frozen=True, slots=True)
class Link:
    """`label` is empty when only an address was typed; `host`: where it leads, to be said to whoever typed it."""

    label: str
    url: str
    host: str


def read_link(typed: str) -> Link:
    """A label and an address in one line, in any order: "Xem kế hoạch https://camau.gov.vn/kh12".

    Raises Refusal announcement_link.none, .several, .not_https (`found`), .bad_address (`found`), .long_label (`most`,
    `length`), .long_address (`most`), .other_host (`host`, `named`): the label reads as another address.
    """
    text = " ".join(clean(typed).split())
    found = _ADDRESS.findall(text) or _BARE.findall(text)
    if not found:
        raise Refusal("announcement_link.none")
    if len(found) > 1:
        raise Refusal("announcement_link.several")
    address = found[0].rstrip(".,;!?)]»\"'”")
    label = text.replace(found[0], " ").strip(_AROUND)
    label = " ".join(label.split())
    if len(label) > LONGEST_LABEL:
        raise Refusal("announcement_link.long_label", most=LONGEST_LABEL, length=len(label))
    host = _host_of(address)
    for named in hosts_in(label):
        if host != named and not host.endswith(f".{named}"):
            raise Refusal("announcement_link.other_host", host=host, named=named)
    return Link(label, address, host)


def host_of(url: str) -> str:
    """The host that a kept address leads to; empty for none."""
    return (urlsplit(url).hostname or "") if url else ""


def _host_of(address: str) -> str:
    """Of an address that may be sent: https, a name in plain letters, nothing that hides where it leads."""
    if len(address) > LONGEST_ADDRESS:
        raise Refusal("announcement_link.long_address", most=LONGEST_ADDRESS)
    if not address.lower().startswith("https://"):
        raise Refusal("announcement_link.not_https", found=address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refusal("announcement_link.bad_address", found=address) from None
    hides = "@" in parts.netloc or "\\" in address or "xn--" in host
    if hides or port is not None or not _HOST.fullmatch(host):
        raise Refusal("announcement_link.bad_address", found=address)
    return host
