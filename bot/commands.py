"""What the command line can do, one function a command."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import backup, demo, doctor, export, forms, groups, guides, opening, poster, programmes, roster_sheets
from bot.app import App
from bot.inviting import invite
from bot.lock import AlreadyRunning
from bot.office import CONFIGURATION, USAGE, Failed, Office, open_office, plainly, read_office
from bot.service import AddressTaken, Service
from bot.unit_changes import load_changes
from bot.units import load_units
from models import programmes as library
from models import units
from models.guides import GuideShelf
from models.programmes import Library
from models.rules.guide_links import GuideLink, payload_of
from models.rules.permissions import ROLES
from models.tables import Unit

Arguments = Sequence[tuple[Sequence[str], Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Command:
    about: str
    run: Callable[[Namespace], Coroutine[Any, Any, None]]
    arguments: Arguments = ()


async def _serve(asked: Namespace, *, is_demo: bool) -> None:
    async with open_office(is_demo=is_demo) as office:
        settings = office.settings
        if not is_demo and settings.telegram_bot_token is None:
            raise Failed(office.words.label("cli.no_token"), CONFIGURATION)
        if is_demo:
            await demo.build(office.db, office.clock.now(), demo.read_plan(), settings.zone)
        await opening.load_plans(office.db, office.clock)
        channels = opening.open_channels(settings, office.db, office.clock, demo=is_demo)
        app = App(settings, office.db, office.clock, office.words, channels, opening.limits_of(settings))
        try:
            await Service(app, is_demo=is_demo, welcome=lambda: _welcome(asked, office, is_demo=is_demo)).run()
        except AddressTaken as taken:
            raise Failed(office.words.label("cli.address_taken", {"listen": str(taken)}), CONFIGURATION) from None
        except AlreadyRunning:
            raise Failed(office.words.label("cli.already_running"), CONFIGURATION) from None


async def _welcome(asked: Namespace, office: Office, *, is_demo: bool) -> None:
    # only the one who leads makes a code: a second process that is turned away must not spoil the first one's
    code = None if is_demo else await opening.first_code(office.db, office.clock)
    lines = [office.words.label("cli.demo" if is_demo else "cli.running", {"listen": office.settings.listen})]
    if code:
        lines.append(office.words.label("cli.first_code", {"code": code}))
    _tell(asked, lines, {"listen": office.settings.listen, "first_code": code})


async def _run(asked: Namespace) -> None:
    await _serve(asked, is_demo=False)


async def _demo(asked: Namespace) -> None:
    await _serve(asked, is_demo=True)


async def _migrate(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        _tell(asked, [office.words.label("cli.migrated")], {"migrated": True})


async def _load(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        programme = programmes.read(asked.file)
        async with office.db.write() as session:
            _, is_new = await library.store(session, programme.as_dict(), office.clock.now())
        key = "cli.programme_loaded" if is_new else "cli.programme_same"
        _tell(asked, [office.words.label(key, {"title": programme.title})], {"code": programme.code, "new": is_new})


async def _units(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        if (asked.file is None) == (asked.province is None) or (asked.changes and asked.file is None):
            key = "unit_change_list.needs_file" if asked.changes else "cli.two_sources"
            raise Failed(office.words.label(key), USAGE)
        if asked.changes:
            outcome = await load_changes(
                office.db, office.words.label, file=asked.file, dry=asked.dry_run, now=office.clock.now()
            )
        else:
            outcome = await load_units(
                office.db, office.words.label, file=asked.file, province=asked.province or "", dry=asked.dry_run,
                now=office.clock.now(),
            )  # fmt: skip
        if not outcome.done:
            raise Failed("\n".join(outcome.lines))
        _tell(asked, outcome.lines, outcome.data)


async def _form(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        if (asked.file is None) == (asked.template is None) or (asked.file and not asked.programme):
            raise Failed(office.words.label("form.how"), USAGE)
        if asked.template:
            outcome = await forms.write_template(office, asked.template, asked.form or "")
        else:
            outcome = await forms.load_form(office, asked.file, asked.programme, dry=asked.dry_run)
        if not outcome.done:
            raise Failed("\n".join(outcome.lines))
        _tell(asked, outcome.lines, outcome.data)


async def _groups(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        async with office.db.read() as session:
            named = [await groups.only_office(session)] if asked.of is None else []
            named = named or await units.by_code_or_name(session, asked.of)
            owner = await _one_unit(office, named, asked.of or "")
        outcome = await groups.load_groups(
            office.db, office.words.label, file=asked.file, owner_id=owner.id, dry=asked.dry_run, now=office.clock.now()
        )
        if not outcome.done:
            raise Failed("\n".join(outcome.lines))
        _tell(asked, outcome.lines, outcome.data)


async def _invite(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        async with office.db.write() as session:
            unit = await _one_unit(office, await units.by_code_or_name(session, asked.unit), asked.unit)
            issued = await invite(office, session, unit, asked.role, group=asked.group, field=asked.field)
        links = await opening.invitation_links(office.settings, issued.code)
        values = {"unit": unit.name, "role": asked.role, "code": issued.code, "until": issued.invitation.expires_at}
        values |= {"within": asked.group or asked.field}
        lines = [office.words.label("cli.invited", values), *links.values()]
        _tell(asked, lines, {"code": issued.code, "links": links, "unit": unit.code, "role": asked.role})


async def _one_unit(office: Office, found: Sequence[Unit], text: str) -> Unit:
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{unit.code} {unit.name}" for unit in found[:10])
    key = "cli.unit_several" if found else "cli.unit_unknown"
    raise Failed(office.words.label(key, {"text": text, "names": names}), USAGE)


async def _export(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        paths = await export.export(office.db, Library(), office.words, asked.period, asked.out, office.clock.now())
        _tell(asked, [str(path) for path in paths], {"files": [str(path) for path in paths]})


async def _roster(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        async with office.db.read() as session:
            unit = await _one_unit(office, await units.by_code_or_name(session, asked.unit), asked.unit)
        path = await roster_sheets.into_folder(office.db, office.words, unit.id, asked.out, office.clock.now())
        _tell(asked, [str(path)], {"files": [str(path)], "unit": unit.code})


async def _poster(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        async with office.db.read() as session:
            unit = await _one_unit(office, await units.by_code_or_name(session, asked.unit), asked.unit)
        shelf = GuideShelf(guides.read_all(), guides.read_fields())
        guide, unit = await poster.subject(office.db, shelf, asked.guide, unit.id)
        links = await opening.invitation_links(office.settings, payload_of(GuideLink(guide.code, unit.code)))
        made = await poster.document(office, guide, unit, links, is_demo=asked.demo)
        path = await poster.into_folder(made, office.settings.data_dir, asked.out)
        said = office.words.label("poster.made", {"title": guide.title, "unit": unit.name, "file": str(path)})
        _tell(asked, [said], {"files": [str(path)], "guide": guide.code, "unit": unit.code})


async def _backup(asked: Namespace) -> None:
    async with open_office(is_demo=asked.demo) as office:
        await backup.save(office.db, asked.file)
        _tell(asked, [office.words.label("cli.backed_up", {"file": str(asked.file)})], {"file": str(asked.file)})


async def _restore(asked: Namespace) -> None:
    settings, words = read_office(is_demo=asked.demo)
    with plainly(words):
        await backup.restore(settings.database_url, asked.file)
    _tell(asked, [words.label("cli.restored", {"file": str(asked.file)})], {"file": str(asked.file)})


async def _doctor(asked: Namespace) -> None:
    findings = await doctor.examine(is_demo=asked.demo)
    _tell(asked, [f"{f.mark} {f.sentence}" for f in findings], {f.name: f.fine for f in findings})
    if not all(finding.fine for finding in findings):
        raise Failed("", 1)


def _tell(asked: Namespace, lines: Sequence[str], data: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(dict(data), ensure_ascii=False, default=str) if asked.json else "\n".join(lines))
    sys.stdout.write("\n")
    sys.stdout.flush()


_FILE = (("file",), {"type": Path})
COMMANDS: Mapping[str, Command] = {
    "run": Command("run the bot on the channels whose tokens are set", _run),
    "demo": Command("open the local web chat with a demo province", _demo),
    "migrate": Command("make or update the database", _migrate),
    "load": Command("load a programme (plan) from a YAML file", _load, (_FILE,)),
    "units": Command(
        "load units from a CSV file or the communes of a province",
        _units,
        (
            (("file",), {"type": Path, "nargs": "?"}),
            (("--province",), {"help": "name of one of the 34 provinces"}),
            (("--changes",), {"action": "store_true", "help": "FILE lists mergers, splits, new names, …, not units"}),
            (("--dry-run",), {"action": "store_true", "help": "only say what would change"}),
        ),
    ),
    "form": Command(
        "load a form from an XLSForm (.xlsx) as the next version of its programme, or write one to start from",
        _form,
        (
            (("file",), {"type": Path, "nargs": "?"}),
            (("--programme",), {"help": "code of the programme that the form belongs to"}),
            (("--dry-run",), {"action": "store_true", "help": "only say what would change"}),
            (("--template",), {"type": Path, "help": "write a form in force to this .xlsx instead"}),
            (("--form",), {"help": "with --template: code of the form"}),
        ),
    ),
    "groups": Command(
        "load clusters and blocks of units from a CSV or Excel file",
        _groups,
        (
            _FILE,
            (("--of",), {"help": "code or name of the office whose groups they are; without it the one province"}),
            (("--dry-run",), {"action": "store_true", "help": "only say what would change"}),
        ),
    ),
    "invite": Command(
        "make an invitation: prints the code and the link of each channel",
        _invite,
        (
            (("unit",), {"help": "code or name"}),
            (("role",), {"choices": ROLES}),
            (("--group",), {"default": "", "help": "an officer of the units of this group only"}),
            (("--field",), {"default": "", "help": "an officer of this field of the forms only"}),
        ),
    ),
    "export": Command(
        "write a month as .xlsx",
        _export,
        ((("period",), {"help": "for example 2026-11"}), (("--out",), {"type": Path, "required": True})),
    ),
    "roster": Command(
        "write the register of a unit's teams with their members as .xlsx",
        _roster,
        ((("unit",), {"help": "code or name"}), (("--out",), {"type": Path, "required": True})),
    ),
    "poster": Command(
        "write the A4 poster of a guide for the office where it is to hang, as .pdf",
        _poster,
        (
            (("guide",), {"help": "code or address, for example G08"}),
            (("unit",), {"help": "code or name"}),
            (("--out",), {"type": Path, "default": Path(), "help": "folder; without it this one"}),
        ),
    ),
    "backup": Command("write a checked copy of the database", _backup, (_FILE,)),
    "restore": Command("put a backup in the place of the database", _restore, (_FILE,)),
    "doctor": Command("check settings, database, channels and clock; say what to do", _doctor),
}
