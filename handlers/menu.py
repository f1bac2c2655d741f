"""The ways back: menu, help, cancel, and a useful screen for whatever fits nothing."""

from __future__ import annotations

from dataclasses import replace

from handlers.access import public
from handlers.turn import Handler, Turn
from models import outbox, visits
from models.messages import Button, Message
from models.rules.menus import commands_of, menu_kind
from models.rules.permissions import FOUNDER
from models.visits import Speaker

_QUIET = ("trogiup", "huy")  # not worth a big button
_OF_REPORTS = ("report", "paste", "excel", "section", "extension")  # flows that come from a report and lead back to it


def go(command: str, label: str = "") -> Button:
    """A button that does what the command does."""
    return Button(label or f"menu.button_{command}", "go", arg=command)


def buttons_for(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """The speaker's menu, two buttons a row."""
    commands = [word for word in commands_of(menu_kind(turn.actor)) if word not in _QUIET]
    rows = [tuple(go(word) for word in commands[at : at + 2]) for at in range(0, len(commands), 2)]
    return (*rows, (go("trogiup"),))


def ways_on(flow: str) -> tuple[Button, ...]:
    """Where somebody goes on whose message could not be taken: to the report being written, and to the menu."""
    return (*((go("baocao"),) if flow.partition(".")[0] in _OF_REPORTS else ()), go("menu"))


@public
async def show(turn: Turn) -> list[Message]:
    turn.end()
    return [_screen(turn, f"menu.{menu_kind(turn.actor)}")]


@public
async def help_me(turn: Turn) -> list[Message]:
    kind = menu_kind(turn.actor)
    return [Message(f"menu.help_{kind}", {}, buttons_for(turn), place="new")]


@public
async def cancel(turn: Turn) -> list[Message]:
    """Leave what is being asked. A report keeps its answers; of a registration only what was sent stays."""
    left = turn.talk.flow.partition(".")[0]
    if left == "team" and turn.talk.flow != "team.reason":
        key = "menu.cancelled_correction" if turn.talk.data.get("team") else "menu.cancelled_registration"
    else:
        kept = {
            "": "menu.nothing_to_cancel",
            "report": "menu.cancelled_report",
            "visit": "menu.cancelled_visit",
            "announcement_draft": "menu.cancelled_announcement",
        }
        key = kept.get(left, "menu.cancelled")
    if left == "visit":
        await visits.pause_all(turn.session, Speaker(turn.account.id, turn.actor.person_id), turn.now)
    turn.end()
    return [_screen(turn, key)]


@public
async def lost(turn: Turn) -> list[Message]:
    """Text, photo or anything else that nothing is waiting for."""
    if turn.incoming.kind in ("photo", "file"):
        return [_screen(turn, "menu.stray_file")]
    if turn.incoming.kind == "unsupported":
        return [_screen(turn, "menu.unsupported")]
    if turn.incoming.kind == "edit":
        return [_screen(turn, "menu.edit_late")]
    return [_screen(turn, "menu.lost")]


@public
async def unknown_command(turn: Turn) -> list[Message]:
    typed = turn.text.split()[0][:40]
    return [Message("menu.unknown_command", {"typed": typed, "name": turn.name}, buttons_for(turn), place="new")]


@public
async def stale(turn: Turn) -> list[Message]:
    """A button that is no longer known: say so, and show what is being asked, else the way on."""
    asked = (
        await outbox.last_page(turn.session, turn.incoming.channel, turn.incoming.address) if turn.talk.flow else None
    )
    if asked is not None:
        return [replace(asked, documents=(), notice="access.stale", place="card")]
    return [Message(f"menu.{menu_kind(turn.actor)}", {"name": turn.name}, buttons_for(turn), notice="access.stale")]


def _screen(turn: Turn, key: str) -> Message:
    values = {"name": turn.name, "founder": turn.actor.holds(FOUNDER), "reader": menu_kind(turn.actor)}
    return Message(key, values, buttons_for(turn), place="new")


COMMANDS: dict[str, Handler] = {
    "menu": show,
    "trogiup": help_me,
    "help": help_me,
    "huy": cancel,
    "cancel": cancel,
}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {}
