"""A member answers the section they were asked for: the numbers go into the draft under their name."""

from __future__ import annotations

from handlers.access import needs
from handlers.report_sheet import line, refusal_line
from handlers.report_words import still_asked, toggled
from handlers.section_pages import Own, act, over, own, review_page, talked_of
from handlers.section_question import doubtful, onward, question, unsure
from handlers.turn import Handler, Turn
from models import answers
from models.messages import Message
from models.rules import Refusal
from models.rules.answers import doubt, is_reason_for
from models.rules.folding import shorten
from models.rules.forms import Value
from models.rules.relevance import dropped
from models.rules.reports import LONGEST_LINE, item_meant, read_value, sentence, shown, way_meant, write_value
from models.rules.written_answers import chosen_text, read_answer

LONGEST_ECHO = 120  # characters of an answer that is said back


@needs("section.write")
async def open_section(turn: Turn) -> list[Message]:
    """From the message that asked: the first question still open."""
    mine = await own(turn, turn.press.object)
    return over(turn, mine) if mine.is_over else onward(turn, mine, "")


@needs("section.write")
async def take_answer(turn: Turn) -> list[Message]:
    """Whatever is sent while a question of the section is asked."""
    mine = await talked_of(turn)
    place = _place(turn, mine)
    if mine.is_over:
        return over(turn, mine)
    if place is None:
        return onward(turn, mine, "", line("report.not_asked_now"))
    if turn.incoming.kind != "text":
        return question(turn, mine, place, line("section.text_only"))
    try:
        wanted = item_meant(turn.text, mine.part, codes=mine.part[place - 1].is_typed_number)
        if wanted:
            return question(turn, mine, wanted)
        return _follow(turn, mine, place) or _typed(turn, mine, place)
    except Refusal as refusal:
        numerator = str(turn.talk.data.get("numerator", ""))
        return question(turn, mine, place, refusal_line(refusal), numerator=numerator)


@needs("section.write")
async def take_sure(turn: Turn) -> list[Message]:
    """Typed at "is that right?": another value, a way on, or the reason why it is right."""
    mine = await talked_of(turn)
    place = _place(turn, mine)
    if mine.is_over:
        return over(turn, mine)
    if place is None or turn.incoming.kind != "text":
        return onward(turn, mine, "", line("section.text_only"))
    doubted = read_value(str(turn.talk.data["doubted"]))
    try:
        if is_reason_for(turn.text, mine.part[place - 1]) and way_meant(turn.text) is None:
            return _keep(turn, mine, place, doubted, sentence(turn.text, LONGEST_LINE))
        return _follow(turn, mine, place) or _typed(turn, mine, place)
    except Refusal as refusal:
        indicator = mine.part[place - 1]
        why = doubt(doubted, mine.sheet.last.get(indicator.code), mine.sheet.form.outliers) or "far"
        return doubtful(turn, mine, place, doubted, why, refusal_line(refusal))


def _place(turn: Turn, mine: Own) -> int | None:
    """Where the question of the talk stands now; None when another answer has made it needless."""
    code = turn.talk.data.get("code")
    return next((n for n, each in enumerate(mine.part, start=1) if each.code == code), None)


def _follow(turn: Turn, mine: Own, place: int) -> list[Message] | None:
    """A way on or out in words; None when the text names none."""
    indicator = mine.part[place - 1]
    match way_meant(turn.text):
        case None:
            return None
        case "skip" | "empty" if indicator.code not in mine.sheet.values:
            return _skipped(turn, mine, place)
        case "back" if place > 1:
            return question(turn, mine, place - 1)
        case "next" | "skip" | "empty":
            return onward(turn, mine, indicator.code)
    return review_page(turn, mine)


def _skipped(turn: Turn, mine: Own, place: int) -> list[Message]:
    indicator = mine.part[place - 1]
    if indicator.required:
        return question(turn, mine, place, line("report.required_one", label=indicator.short_label))
    return _keep(turn, mine, place, Value())


def _typed(turn: Turn, mine: Own, place: int) -> list[Message]:
    indicator = mine.part[place - 1]
    numerator = read_value(str(turn.talk.data.get("numerator", ""))).number
    understood = read_answer(turn.text, indicator, mine.sheet.today or mine.sheet.period.ends_on, numerator)
    if not understood.sure:
        return unsure(turn, mine, place, turn.text, understood.options)
    return _accept(turn, mine, place, understood.value)


def _accept(turn: Turn, mine: Own, place: int, value: Value) -> list[Message]:
    """A value read without doubt: ask for its second half, or whether it is meant, or keep it."""
    indicator, sheet = mine.part[place - 1], mine.sheet
    still = still_asked(sheet, indicator, value)
    if still is not None:
        return question(turn, mine, place, still[0], numerator=still[1])
    if _answered_meanwhile(turn, mine, place, value):
        return _clash(turn, mine, place, value)
    why = doubt(value, sheet.last.get(indicator.code), sheet.form.outliers)
    if why and turn.talk.data.get("doubted") != write_value(value):
        return doubtful(turn, mine, place, value, why)
    return _keep(turn, mine, place, value)


def _answered_meanwhile(turn: Turn, mine: Own, place: int, value: Value) -> bool:
    """Whether somebody else gave another answer since this question was shown."""
    code = mine.part[place - 1].code
    there = mine.sheet.values.get(code)
    is_news = there is not None and there != value and write_value(there) != turn.talk.data.get("seen")
    return is_news and mine.sheet.author(code) != turn.person_id


def _clash(turn: Turn, mine: Own, place: int, value: Value) -> list[Message]:
    """The other answer stays, under the other's name; one tap, or the number once more, puts this one in its place."""
    indicator, sheet = mine.part[place - 1], mine.sheet
    author = sheet.author(indicator.code)
    name = None if author is None else sheet.names.get(author, "")
    there, typed = shown(sheet.values[indicator.code], indicator), shown(value, indicator)
    said = line("report.answered_meanwhile", name=name, label=indicator.short_label, there=there, typed=typed)
    if not indicator.is_typed_number:
        return question(turn, mine, place, said)
    instead = act(mine, "report.button_instead", "set", f"{place}:{write_value(value)}", amount=typed)
    return question(turn, mine, place, said, extra=(instead,))


def _keep(turn: Turn, mine: Own, place: int, value: Value, note: str = "") -> list[Message]:
    indicator, sheet = mine.part[place - 1], mine.sheet
    asked, before = sheet.asked, sheet.values
    answers.keep(turn.session, sheet, indicator.code, value, person_id=turn.person_id, now=turn.now, note=note)
    amount = shorten(shown(value, indicator), LONGEST_ECHO)
    said = [line("report.kept", label=indicator.short_label, amount=amount, unit=indicator.unit, note=note)]
    if value.is_empty:
        said = [line("report.skipped", label=indicator.short_label)]
    if needless := dropped(asked, sheet.asked, before):
        said.append(line("report.set_aside", labels=[each.short_label for each in needless]))
    return onward(turn, mine, indicator.code, *said)


async def _pressed(turn: Turn) -> tuple[Own, int, str] | list[Message]:
    """The section, the place and the rest of what a button carries; a screen when it fits the talk no more."""
    mine = await own(turn, turn.press.object)
    if mine.is_over:
        return over(turn, mine)
    place, _, rest = turn.press.arg.partition(":")
    if not place.isdecimal() or turn.talk.data.get("request") != mine.request.id or int(place) != _place(turn, mine):
        return onward(turn, mine, "", line("access.stale"))
    return mine, int(place), rest


@needs("section.write")
async def set_value(turn: Turn) -> list[Message]:
    """A value that was shown on the button: last month's, the doubted one, one's own in place of another's."""
    got = await _pressed(turn)
    if isinstance(got, list):
        return got
    mine, place, written = got
    value = read_value(written)
    return (
        _clash(turn, mine, place, value)
        if _answered_meanwhile(turn, mine, place, value)
        else _keep(turn, mine, place, value)
    )


@needs("section.write")
async def read_chosen(turn: Turn) -> list[Message]:
    """One of the things a typed text may mean, or a choice."""
    got = await _pressed(turn)
    return got if isinstance(got, list) else _accept(turn, got[0], got[1], read_value(got[2]))


@needs("section.write")
async def tick(turn: Turn) -> list[Message]:
    """Tick one of several things, or take the tick away; nothing is kept before "done"."""
    got = await _pressed(turn)
    if isinstance(got, list):
        return got
    mine, place, index = got
    return question(
        turn, mine, place, chosen=toggled(turn.talk.data.get("chosen", []), mine.part[place - 1], int(index))
    )


@needs("section.write")
async def keep_ticks(turn: Turn) -> list[Message]:
    got = await _pressed(turn)
    if isinstance(got, list):
        return got
    mine, place, _ = got
    text = chosen_text(turn.talk.data.get("chosen", []), mine.part[place - 1])
    return _accept(turn, mine, place, Value(text=text)) if text else _skipped(turn, mine, place)


@needs("section.write")
async def skip(turn: Turn) -> list[Message]:
    """Leave a question empty, unless somebody answered it meanwhile."""
    got = await _pressed(turn)
    if isinstance(got, list):
        return got
    mine, place, _ = got
    if mine.part[place - 1].code in mine.sheet.values:
        return question(turn, mine, place, line("access.stale"))
    return _skipped(turn, mine, place)


@needs("section.write")
async def move_on(turn: Turn) -> list[Message]:
    """Keep the answer that is there, and go on from it."""
    got = await _pressed(turn)
    return got if isinstance(got, list) else onward(turn, got[0], got[0].part[got[1] - 1].code)


@needs("section.write")
async def go_to(turn: Turn) -> list[Message]:
    mine = await own(turn, turn.press.object)
    if mine.is_over:
        return over(turn, mine)
    place = int(turn.press.arg) if turn.press.arg.isdecimal() else 0
    return question(turn, mine, place) if 1 <= place <= len(mine.part) else review_page(turn, mine)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"section.number": take_answer, "section.sure": take_sure}
ACTIONS: dict[str, Handler] = {
    "section.open": open_section,
    "section.set": set_value,
    "section.read": read_chosen,
    "section.tick": tick,
    "section.ticked": keep_ticks,
    "section.skip": skip,
    "section.next": move_on,
    "section.go": go_to,
}
