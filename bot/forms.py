"""`python -m bot form FILE.xlsx --programme CODE`: a new version of a form from an XLSForm; `--template` writes one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot.files import XLSX
from bot.form_sheets import write_form
from bot.office import USAGE, Failed, Office
from bot.sheets_in import read_table
from bot.units import Outcome
from bot.xlsforms import FormReader
from handlers.turn import StoredFile
from models import programmes
from models.programmes import Library
from models.rules import Refusal
from models.rules.form_versions import FormChanges, check_measured, compare
from models.rules.forms import Form
from models.rules.programmes import Programme


async def load_form(office: Office, file: Path, code: str, *, dry: bool) -> Outcome:
    """Put the form of a file into force in a programme; with `dry` only tell what would change."""
    try:
        content = await asyncio.to_thread(file.read_bytes)
        async with office.db.write() as session:
            plan = await _plan(office, session, code)
            reader = FormReader(lambda _: read_table(content, XLSX), office.words.label)
            form = reader(StoredFile("", file.name, XLSX, len(content)), plan.forms)
            base = next((each for each in plan.forms if each.code == form.code), None)
            changes = compare(base, form) if base else FormChanges(form.indicators, (), (), ())
            check_measured(plan, form)
            if not dry and not (base and changes.is_empty):
                await programmes.store_form(session, plan.code, form, by=None, now=office.clock.now())
    except OSError:
        raise Failed(office.words.label("programme.no_file", {"file": str(file)}), USAGE) from None
    except Refusal as no:
        return Outcome(False, (_plainly(office, no.key, no.values),), {"error": no.key})
    return Outcome(True, tuple(_told(office, form, base, changes, dry=dry)), _data(form, changes, dry=dry))


async def write_template(office: Office, target: Path, code: str) -> Outcome:
    """Write a form in force as an XLSForm: the one of that code, else the one that shows every type of question."""
    async with office.db.read() as session:
        known = [form for _, plan in await Library().current(session) for form in plan.forms]
    found = [form for form in known if form.code == code] if code else sorted(known, key=lambda each: each.is_plain)
    if not found:
        codes = ", ".join(form.code for form in known)
        raise Failed(office.words.label("form.unknown_form", {"code": code, "known": codes}), USAGE)
    await asyncio.to_thread(target.write_bytes, write_form(found[0], office.words.label))
    values = {"title": found[0].title, "file": str(target)}
    return Outcome(True, (office.words.label("form.template_written", values),), {"form": found[0].code, **values})


async def _plan(office: Office, session: AsyncSession, code: str) -> Programme:
    plans = [plan for _, plan in await Library().current(session)]
    found = next((plan for plan in plans if plan.code == code), None)
    if found is None:
        known = ", ".join(plan.code for plan in plans)
        raise Failed(office.words.label("form.unknown_programme", {"code": code, "known": known}), USAGE)
    return found


def _told(office: Office, form: Form, base: Form | None, changes: FormChanges, *, dry: bool) -> Sequence[str]:
    values = {"title": form.title, "code": form.code, "version": form.version, "is_new": base is None, "dry": dry}
    counts = {
        "new": len(changes.new),
        "gone": len(changes.gone),
        "renamed": len(changes.renamed),
        "otherwise": len(changes.asked_otherwise),
    }
    names = [f"+ {each.code}: {each.label}" for each in changes.new] + [f"- {each.code}" for each in changes.gone]
    return [office.words.label("form.loaded", values | counts), *names]


def _data(form: Form, changes: FormChanges, *, dry: bool) -> Mapping[str, Any]:
    return {
        "form": form.code,
        "version": form.version,
        "dry_run": dry,
        "new": [each.code for each in changes.new],
        "gone": [each.code for each in changes.gone],
        "renamed": len(changes.renamed),
        "asked_otherwise": [each.code for each in changes.asked_otherwise],
    }


def _plainly(office: Office, key: str, values: Mapping[str, Any]) -> str:
    """A sentence for a chat without its markup."""
    return Markup(office.words.say(key, values)).striptags()
