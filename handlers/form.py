"""The forms of reports, for whoever runs the whole system: which are in use, and a new version sent as a file."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, takes_files
from handlers.turn import Handler, StoredFile, Turn
from handlers.unit_pages import back_to, reach
from models import programmes
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.form_versions import FormChanges, check_measured, compare
from models.rules.forms import Form
from models.rules.programmes import Programme
from models.tables import Unit

LIST, WAITING = "form.list", "form.waiting"
Rows = tuple[tuple[Button, ...], ...]


async def _reach(turn: Turn) -> Unit:
    """The unit of the press or the talk; forms are everybody's, so they are changed at the top of the tree only."""
    unit = await reach(turn, "form.load", turn.press.object or int(turn.talk.data.get("unit", 0)))
    if unit.parent_id is not None:
        raise Refusal("form.not_here")
    return unit


async def _known(turn: Turn) -> list[tuple[Programme, Form]]:
    """The forms in force, plan by plan; a round of reporting has the form of a plan."""
    plans = [programme for _, programme in await turn.library.current(turn.session) if not programme.opened_by]
    return [(programme, form) for programme in plans for form in programme.forms]


@needs("form.load")
async def show_list(turn: Turn) -> list[Message]:
    unit = await _reach(turn)
    turn.ask(LIST, unit=unit.id)
    known = await _known(turn)
    rows = tuple(
        (Button("form.button_form", "form.show", unit.id, arg=str(at), values=_named(form)),)
        for at, (_, form) in enumerate(known)
    )
    new = Button("form.button_new", "form.ask", unit.id)
    return [Message("form.list", {"count": len(known)}, (*rows, (new,), back_to(unit)), expects="photo")]


def _named(form: Form) -> dict[str, Any]:
    return {"title": form.title, "code": form.code, "version": form.version}


@needs("form.load")
async def show(turn: Turn) -> list[Message]:
    """One form: how much it asks, and its file to be changed."""
    unit = await _reach(turn)
    turn.ask(LIST, unit=unit.id)
    programme, form = await _pointed(turn)
    values = _named(form) | {
        "programme": programme.short_title,
        "sections": len(form.sections),
        "questions": sum(each.type not in ("note", "calculate") for each in form.indicators),
        "short": len(form.indicators_for(form.short_for[0])) if form.short_for else 0,
        "lists": len(form.lists),
    }
    take = Button("form.button_file", "form.file", unit.id, arg=turn.press.arg)
    return [Message("form.card", values, ((take,), (_new(unit), _back(unit))), expects="photo")]


async def _pointed(turn: Turn) -> tuple[Programme, Form]:
    """The form whose place in the list a button carries; a place that is no more is the last one."""
    known = await _known(turn)
    return known[min(int(turn.press.arg), len(known) - 1)]


def _new(unit: Unit) -> Button:
    return Button("form.button_new", "form.ask", unit.id)


def _back(unit: Unit) -> Button:
    return Button("form.button_back", "form.list", unit.id)


@needs("form.load")
async def send_file(turn: Turn) -> list[Message]:
    """The form as an Excel file; sent back at this very page."""
    unit = await _reach(turn)
    turn.ask(LIST, unit=unit.id)
    programme, form = await _pointed(turn)
    values = _named(form) | {"form_file": {"programme": programme.code, "form": form.code}}
    return [Message("form.file_sent", values, ((_back(unit),),), expects="photo", place="new")]


@needs("form.load")
async def ask(turn: Turn) -> list[Message]:
    return [_ask(turn, await _reach(turn))]


def _ask(turn: Turn, unit: Unit, no: Refusal | None = None) -> Message:
    turn.ask(LIST, unit=unit.id)
    values = {"problem": no.key if no else "", "details": no.values if no else {}}
    return Message("form.ask", values, ((_back(unit),),), expects="photo", place="new")


@needs("form.load")
@takes_files
async def take(turn: Turn) -> list[Message]:
    """A file sent at any of these pages is read, and what it would change is shown; nothing is changed."""
    unit = await _reach(turn)
    if not turn.files:
        if turn.talk.flow == WAITING:
            return await _preview(turn, unit, StoredFile(*turn.talk.data["file"]), "form.choose_below")
        return [_ask(turn, unit)]
    return await _preview(turn, unit, turn.files[0])


async def _preview(turn: Turn, unit: Unit, file: StoredFile, said: str = "") -> list[Message]:
    try:
        form, base, changes = await _read(turn, file)
    except Refusal as no:
        return [_ask(turn, unit, no)]
    turn.ask(WAITING, unit=unit.id, file=[file.sha256, file.name, file.mime, file.size])
    values = (
        _named(form) | _changes(changes) | {"said": said, "is_new": base is None, "questions": len(form.indicators)}
    )
    use = Button("form.button_use", "form.use", unit.id, arg=str(form.version))
    return [Message("form.preview", values, ((use,), (Button("form.button_drop", "form.list", unit.id),)), place="new")]


async def _read(turn: Turn, file: StoredFile) -> tuple[Form, Form | None, FormChanges]:
    """The form in the file, the one it replaces, and what it changes. Raises Refusal of whatever is wrong with it."""
    known = await _known(turn)
    form = turn.read_form(file, [each for _, each in known])
    found = next(((programme, each) for programme, each in known if each.code == form.code), None)
    if found is None:
        return form, None, FormChanges((), (), (), ())
    changes = compare(found[1], form)
    check_measured(found[0], form)
    return form, found[1], changes


def _changes(changes: FormChanges) -> dict[str, Any]:
    return {
        "new": [each.short_label for each in changes.new],
        "gone": [each.short_label for each in changes.gone],
        "renamed": [list(each) for each in changes.renamed],
        "otherwise": [each.short_label for each in changes.asked_otherwise],
    }


@needs("form.load")
async def use(turn: Turn) -> list[Message]:
    """Put into force exactly what was shown; where another version came in between, show what it would be now."""
    unit = await _reach(turn)
    if turn.talk.flow != WAITING or turn.talk.data.get("unit") != unit.id:
        return await show_list(turn)
    file = StoredFile(*turn.talk.data["file"])
    try:
        form, base, _ = await _read(turn, file)
        if turn.press.arg != str(form.version):
            return await _preview(turn, unit, file, "access.stale")
        await programmes.store_form(turn.session, await _plan_of(turn, form), form, by=turn.person_id, now=turn.now)
    except Refusal as no:
        return [_ask(turn, unit, no)]
    turn.ask(LIST, unit=unit.id)
    return [Message("form.used", _named(form) | {"is_new": base is None}, ((_back(unit),),))]


async def _plan_of(turn: Turn, form: Form) -> str:
    """The code of the plan that has this form; the oldest one takes a new form."""
    known = await _known(turn)
    return next((programme.code for programme, each in known if each.code == form.code), known[0][0].code)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {LIST: take, WAITING: take}
ACTIONS: dict[str, Handler] = {
    "form.list": show_list,
    "form.show": show,
    "form.file": send_file,
    "form.ask": ask,
    "form.use": use,
}
