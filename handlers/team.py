"""Registering a team: four questions, a page to check, and sending it to whoever confirms."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers import menu
from handlers.access import needs, stale
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import decision_buttons, founder_page, page, reach
from models import deadlines, outbox, people, teams
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import may
from models.rules.teams import MAY_SKIP, STEPS, TeamCard, read_step, step_after, step_before
from models.tables import Unit
from models.teams import Registered

FLOW = "team."


@needs("team.register")
async def begin(turn: Turn) -> list[Message]:
    parent = await reach(turn, "team.register", turn.press.object)
    if not may(turn.actor, "team.confirm", parent.path) and await teams.unsettled_of(
        turn.session, turn.person_id, parent.id
    ):
        return [await founder_page(turn, parent)]
    turn.ask(FLOW + "name", unit=parent.id, parent=parent.name)
    return [_question(turn)]


@needs("team.register")
async def correct(turn: Turn) -> list[Message]:
    """Take a returned team up again, everything as it was sent."""
    found, parent = await _own(turn, turn.press.object)
    if found.team.state != "refused" or stale(turn, found.team.version):
        return [await founder_page(turn, parent, notice="access.stale")]
    team = found.team
    founded = team.decision_date.isoformat() if team.decision_date else ""
    card = {"name": found.unit.name, "number": team.decision_number, "date": founded, "members": team.members}
    turn.ask(FLOW + "review", unit=parent.id, parent=parent.name, team=found.unit.id, reviewed=True, **card)
    return [_question(turn)]


@needs("team.register")
async def take(turn: Turn) -> list[Message]:
    """An answer, typed. What cannot be read is asked again with the reason."""
    parent = await reach(turn, "team.register", turn.talk.data["unit"])
    step = _step(turn)
    if step == "review" or turn.incoming.kind != "text":
        return [_question(turn)]
    try:
        value = read_step(step, turn.text, turn.now.astimezone(turn.zone).date())
        if step == "name":
            await teams.refuse_same_name(turn.session, parent, str(value), but=turn.talk.data.get("team", 0))
    except Refusal as no:
        return [_question(turn, no)]
    return _keep(turn, step, value)


@needs("team.register")
async def press(turn: Turn) -> list[Message]:
    """Skip, back, keep, edit, or yes to a doubtful reading: `arg` is what, where the talk stands, and the value."""
    if not turn.talk.flow.startswith(FLOW) or "unit" not in turn.talk.data:
        return await menu.stale(turn)
    await reach(turn, "team.register", turn.talk.data["unit"])
    verb, _, rest = turn.press.arg.partition(":")
    step, _, value = rest.partition(":")
    if step != _step(turn):
        return [_question(turn, notice="access.stale")]
    if verb == "skip" and step in MAY_SKIP:
        return _keep(turn, step, "")
    if verb == "yes" and step in ("date", "members"):
        return _keep(turn, step, int(value) if step == "members" else value)
    if verb == "keep" and step in turn.talk.data:
        return _keep(turn, step, turn.talk.data[step])
    return _go(turn, value if verb == "edit" and value in STEPS else step_before(step, _reviewed(turn)) or step)


@needs("team.register")
async def send(turn: Turn) -> list[Message]:
    if turn.talk.flow != FLOW + "review":
        return await menu.stale(turn)
    data = turn.talk.data
    parent = await reach(turn, "team.register", data["unit"])
    try:
        found = await _store(turn, parent, TeamCard.of(data))
    except Refusal as no:
        if no.key != "team.name_taken":
            raise
        turn.talk.flow = FLOW + "name"  # somebody was faster: only the name is asked again
        return [_question(turn, no)]
    turn.end()
    if found.team.state == "confirmed":
        await deadlines.open_periods(turn.session, turn.library, turn.now)
        return [await page(turn, found.unit, notice="team.added")]
    told = await _ask_deciders(turn, found, parent)
    values = {"team": found.unit.name, "unit": parent.name, "told": told}
    return [Message("team.sent", values, menu.buttons_for(turn))]


async def _store(turn: Turn, parent: Unit, card: TeamCard) -> Registered:
    if team_id := turn.talk.data.get("team"):
        found, _ = await _own(turn, team_id)
        if found.team.state != "refused":
            raise Refusal("team.settled")
        await teams.correct(turn.session, found, card, by=turn.person_id, now=turn.now)
        return found
    confirmed = may(turn.actor, "team.confirm", parent.path)
    return await teams.register(turn.session, parent, card, by=turn.person_id, confirmed=confirmed, now=turn.now)


async def _own(turn: Turn, team_id: int) -> tuple[Registered, Unit]:
    """A team that the speaker registered, with the unit it is to belong to."""
    found = await teams.find(turn.session, team_id)
    mine = found is not None and found.team.registered_by == turn.actor.person_id
    if found is None or not mine:
        raise Refusal("permission.not_found")
    return found, await reach(turn, "team.register", found.unit.parent_id or 0)


async def _ask_deciders(turn: Turn, found: Registered, parent: Unit) -> int:
    team = found.team
    values = {
        "team": found.unit.name,
        "unit": parent.name,
        "by": turn.name,
        "number": team.decision_number,
        "date": team.decision_date,
        "members": team.members,
    }
    message = Message("team.asked", values, (decision_buttons(team),))
    told = 0
    for decider in await teams.deciders(turn.session, parent, turn.now):
        account = await people.account_of(turn.session, decider.id)
        if account is not None:
            once = f"team:{team.unit_id}:{team.version}:asked:{account.id}"
            await outbox.promise(
                turn.session, message, account=account, once=once, kind=outbox.NEWS, lane=outbox.ALERT, at=turn.now
            )
            told += 1
    return told


def _keep(turn: Turn, step: str, value: str | int) -> list[Message]:
    turn.talk.data = {**turn.talk.data, step: value}
    return _go(turn, step_after(step, _reviewed(turn)))


def _go(turn: Turn, step: str) -> list[Message]:
    reviewed = _reviewed(turn) or step == "review"
    turn.talk.flow, turn.talk.data = FLOW + step, {**turn.talk.data, "reviewed": reviewed}
    return [_question(turn)]


def _question(turn: Turn, no: Refusal | None = None, notice: str = "") -> Message:
    """The screen of the step at which the talk stands."""
    step = _step(turn)
    if step == "review":
        return _review(turn, notice)
    data = turn.talk.data
    values = {
        "unit": data["parent"],
        "number": STEPS.index(step) + 1,
        "steps": len(STEPS),
        "problem": no.key if no else "",
        "details": no.values if no else {},
    }
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    return Message(f"team.ask_{step}", values, _choices(turn, step, no), "text", notice=notice, place=place)


def _choices(turn: Turn, step: str, no: Refusal | None) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if no is not None and no.key in ("team.doubt_date", "team.doubt_number"):
        meant = no.values["value"]
        rows.append((Button(no.key + "_yes", "team.press", arg=f"yes:{step}:{meant}"[:30], values={"value": meant}),))
    data = turn.talk.data
    if data.get(step) and (no is None or no.key != "team.name_taken"):
        kept = date.fromisoformat(data[step]) if step == "date" else data[step]
        rows.append((Button(f"team.button_keep_{step}", "team.press", arg=f"keep:{step}", values={"value": kept}),))
    if step in MAY_SKIP:
        rows.append((Button("team.button_skip", "team.press", arg=f"skip:{step}"),))
    has_before = step_before(step, _reviewed(turn)) is not None
    back = (Button("team.button_back", "team.press", arg=f"back:{step}"),) if has_before else ()
    return (*rows, (*back, CANCEL))


def _review(turn: Turn, notice: str) -> Message:
    data = turn.talk.data
    card = TeamCard.of(data)
    values = {
        "unit": data["parent"],
        "team": card.name,
        "number": card.number,
        "date": card.date,
        "members": card.members,
    }
    edits = [Button(f"team.button_edit_{step}", "team.press", arg=f"edit:review:{step}") for step in STEPS]
    send_it = (Button("team.button_send", "team.send"),)
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    rows = (send_it, tuple(edits[:2]), tuple(edits[2:]), (CANCEL,))
    return Message("team.review", values, rows, notice=notice, place=place)


def _step(turn: Turn) -> str:
    return turn.talk.flow.removeprefix(FLOW)


def _reviewed(turn: Turn) -> bool:
    return bool(turn.talk.data.get("reviewed"))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW + step: take for step in (*STEPS, "review")}
ACTIONS: dict[str, Handler] = {
    "team.begin": begin,
    "team.correct": correct,
    "team.press": press,
    "team.send": send,
}
