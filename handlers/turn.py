"""One turn of a talk: what was said, by whom, when, and the open transaction."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.days_off import OfficeCalendar
from models.guides import GuideShelf
from models.messages import Button, Incoming, Message
from models.programmes import Library
from models.pushed import PushedButton
from models.rules import Refusal
from models.rules.announcing import AnnouncingPolicy
from models.rules.forms import Form
from models.rules.invitations import InvitationPolicy, RandomBelow
from models.rules.permissions import Actor, authorize
from models.rules.sheets import SheetRows
from models.tables import Account, Talk
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed (or its label typed): `(action, object, version, arg)` as the button carried them."""

    action: str
    object: int = 0
    version: int = 0
    arg: str = ""


def no_form(_file: StoredFile, _bases: Sequence[Form]) -> Form:
    """Where no form can be read, none is one."""
    raise Refusal("sheet.not_a_table")


def no_table(_file: StoredFile) -> SheetRows:
    """Where no table can be read, none is one."""
    raise Refusal("sheet.not_a_table")


@dataclass(slots=True)
class Turn:
    """`now` is the bot's clock; `incoming.at` is when the person said it.

    Handlers change `talk` and return messages; the app commits and sends.
    """

    session: AsyncSession
    incoming: Incoming
    now: datetime
    account: Account
    actor: Actor
    talk: Talk
    library: Library
    name: str = ""  # what the person is called; empty for a stranger
    guides: GuideShelf = field(default_factory=GuideShelf)
    calendar: OfficeCalendar = field(default_factory=OfficeCalendar)
    press: Press = field(default_factory=lambda: Press(""))
    # buttons of messages that came by themselves, when their label was typed and it is not clear which one is meant
    pushed: tuple[PushedButton, ...] = ()
    files: tuple[StoredFile, ...] = ()
    policy: InvitationPolicy = field(default_factory=InvitationPolicy)
    announcing: AnnouncingPolicy = field(default_factory=AnnouncingPolicy)
    # channel -> messages a second to all its chats together; 0 or missing: no limit
    rates: Mapping[str, float] = field(default_factory=dict)
    random: RandomBelow = secrets.randbelow
    # (channel, code) -> the link that joins with this code
    links: Callable[[str, str], str] = lambda channel, code: code
    # what stands behind "/start" in a link that does in the private chat what the button does
    payload: Callable[[Button], str] = lambda button: f"p-{button.action}"
    # what stands in a table that somebody sent; raises Refusal sheet.* when it cannot be read
    read_sheet: Callable[[StoredFile], SheetRows] = no_table
    # the form in a file, beside those in force; raises Refusal sheet.*, form.*, programme.* for what is wrong with it
    read_form: Callable[[StoredFile, Sequence[Form]], Form] = no_form

    @property
    def zone(self) -> tzinfo:
        """By which days are counted."""
        return zone_of(self.session)

    @property
    def text(self) -> str:
        return self.incoming.text

    @property
    def person_id(self) -> int:
        """The person speaking; only routes that need a role are reached by someone known."""
        assert self.actor.person_id is not None
        return self.actor.person_id

    def link_to(self, button: Button) -> str:
        """The address that opens the private chat as if the button were pressed there; empty when there is none."""
        return self.links(self.incoming.channel, self.payload(button))

    def allow(self, action: str, path: str | None) -> None:
        """Refuse, exactly as if the thing did not exist, unless the speaker may do `action` to the unit at `path`."""
        authorize(self.actor, action, path)

    def ask(self, flow: str, **data: Any) -> None:
        """From now on this chat is in `flow`; what is typed next goes to its handler."""
        self.talk.flow = flow
        self.talk.data = data

    def end(self) -> None:
        self.talk.flow, self.talk.data = "", {}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment already fetched, checked and kept under DATA_DIR before the turn began."""

    sha256: str
    name: str
    mime: str
    size: int


Handler = Callable[[Turn], Awaitable[list[Message]]]
