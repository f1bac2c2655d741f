"""What is written is true of what runs: README, guides, settings, and every sentence the bot can say."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from jinja2 import Environment, TemplateSyntaxError

from bot.commands import COMMANDS
from bot.settings import Settings
from bot.words import TEXTS, read_texts
from handlers import access, features, router
from models.rules.menus import MENU_KINDS, commands_of
from models.rules.permissions import ROLES
from tests.shipped import plans

ROOT = Path(__file__).resolve().parents[1]
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "huong-dan.md"
FEATURES = ROOT / "docs" / "features.md"
PAPERS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SPEAKING = ("bot", "handlers", "models", "scheduler")
LARGEST_PAPER = 500_000  # bytes
LONGEST_LABEL = 40  # characters: two buttons a row still fit a phone

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
QUOTED = re.compile(r"«(.+?)»", re.DOTALL)
JINJA = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
BORROWED = re.compile(r"""say\(["']([\w.]+)["'][,)]""")
TAG = re.compile(r"</?(?:b|i|code)>")
GONE = re.compile(
    r"\b(?:huyện|quận|thị xã)\b|\b(?:Bộ|Sở) (?:TT&(?:amp;)?TT|Thông tin và Truyền thông)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return read_texts(TEXTS)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def one_line(text: str) -> str:
    return " ".join(text.split())


def section(paper: Path, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, _, rest = read(paper).partition(f"\n## {heading}\n")
    assert rest, f"{paper.name} has no section {heading}"
    return rest.partition("\n## ")[0]


def anchors(paper: Path) -> set[str]:
    """The fragments that headings can be reached by."""
    headings = re.findall(r"^#+ (.+)$", read(paper), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# --- README and guides ------------------------------------------------------------------------------------------------


def test_cannot_hide_a_command_from_the_readme() -> None:
    described = set(re.findall(r"`([a-z]+)[^`]*`", section(README, "The command line").partition("|---|---|")[2]))
    assert not COMMANDS.keys() - described


def test_cannot_hide_an_option_or_a_role_from_the_readme() -> None:
    described = section(README, "The command line")
    options = {flag for each in COMMANDS.values() for flags, _ in each.arguments for flag in flags if flag[0] == "-"}
    assert options
    assert not {word for word in (*options, *ROLES) if not re.search(rf"(?<![\w-]){word}(?![\w-])", described)}


def test_cannot_write_about_a_command_that_does_not_exist() -> None:
    written = {word for paper in PAPERS for word in re.findall(r"python -m bot ([a-z]+)", read(paper))}
    assert written
    assert not written - COMMANDS.keys()


def test_cannot_write_about_a_make_target_that_does_not_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*?## ", read(ROOT / "Makefile"), re.MULTILINE))
    written = {word for paper in PAPERS for word in re.findall(r"(?:`|^)make ([a-z]+)\b", read(paper), re.MULTILINE)}
    assert written >= {"run", "test", "check", "bench", "kill"}
    assert not written - targets


def test_the_two_commands_stand_in_the_readme() -> None:
    assert "make run" in section(README, "Try it")
    assert "make test" in section(README, "Try it")


def test_every_setting_is_explained_and_nothing_else_is() -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"^([A-Z_]+)=", read(ROOT / ".env.example"), re.MULTILINE)) == known
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", section(README, "Settings"))) == known


def test_cannot_show_another_default_than_the_real_one() -> None:
    shown = dict(re.findall(r"^([A-Z_]+)=(.+)$", read(ROOT / ".env.example"), re.MULTILINE))
    real = {name: str(Settings.model_fields[name.lower()].default) for name in shown}
    assert shown == real


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_cannot_link_to_what_is_not_there(paper: Path) -> None:
    broken = []
    for target, anchor in LINK.findall(read(paper)):
        there = paper.parent / unquote(target) if target else paper
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{target}#{anchor}")
    assert not broken


def test_cannot_make_the_papers_heavy() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert sizes
    assert not {name: size for name, size in sizes.items() if size > LARGEST_PAPER}


def feature_rows() -> list[list[str]]:
    """The rows of the table of features: name, what, where, proofs."""
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in read(FEATURES).splitlines()
        if line.startswith("| F")
    ]


def is_there(proof: str) -> bool:
    """Whether a test ("file::name") or a talk (its name) exists."""
    file, _, name = proof.partition("::")
    if not name:
        return (ROOT / "tests" / "talks" / f"{proof}.txt").exists()
    path = ROOT / "tests" / file
    return path.exists() and re.search(rf"^\s*(?:async )?def {re.escape(name)}\(", read(path), re.MULTILINE) is not None


def test_every_feature_has_its_row() -> None:
    rows = dict.fromkeys(row[0].split()[0] for row in feature_rows())
    assert list(rows) == [f"F{number:02}" for number in range(1, 61)]


def test_cannot_claim_a_feature_without_a_test_that_is_there() -> None:
    proofs = {row[0]: re.findall(r"`([^`]+)`", row[3]) for row in feature_rows()}
    assert not [name for row, found in proofs.items() for name in found if not is_there(name)]
    unproved = [row for row, what, *_ in feature_rows() if not proofs[row] and not what.startswith("**missing**")]
    assert not unproved


def test_every_command_of_the_guide_is_routed_and_every_menu_is_in_the_guide() -> None:
    written = set(re.findall(r"`/([a-z]+)", read(GUIDE)))
    assert not written - features.COMMANDS.keys()
    assert not {word for kind in MENU_KINDS for word in commands_of(kind)} - written


def labels(texts: dict[str, str]) -> list[re.Pattern[str]]:
    """What buttons can say, as patterns; those made of values alone could say anything and do not count."""
    found = []
    for key in sorted(label_keys(texts)):
        fixed = JINJA.split(texts[key])
        if sum(letter.isalpha() for letter in "".join(fixed)) > 1:
            found.append(re.compile(".+".join(re.escape(part) for part in fixed)))
    return found


def test_the_guide_quotes_buttons_as_they_are_on_the_screen(texts: dict[str, str]) -> None:
    quoted = {one_line(label) for label in BOLD.findall(read(GUIDE))}
    known = labels(texts)
    assert len(quoted) > 20
    assert not {label for label in quoted if not any(pattern.fullmatch(label) for pattern in known)}


def test_the_guide_quotes_sentences_as_the_bot_says_them(texts: dict[str, str]) -> None:
    said = "\n".join(one_line(JINJA.sub(" ", TAG.sub("", text))) for text in texts.values())
    quoted = [part.strip() for words in QUOTED.findall(read(GUIDE)) for part in one_line(words).split("…")]
    assert not [part for part in quoted if part not in said]


# --- what the bot says ------------------------------------------------------------------------------------------------


def key_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that are text keys."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("Message", "Button", "Refusal") and call.args:
        yield call.args[0]
    yield from (word.value for word in call.keywords if name == "Message" and word.arg in ("key", "notice"))


def spelled(node: ast.expr) -> Iterator[re.Pattern[str]]:
    """The keys an expression can spell out, as patterns; nothing for one that only hands a key on."""
    match node:
        case ast.Constant(value=str(key)) if key:
            yield re.compile(re.escape(key))
        case ast.IfExp():
            yield from spelled(node.body)
            yield from spelled(node.orelse)
        case ast.JoinedStr():
            parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in node.values]
            yield re.compile("".join(parts))


def keys_in_code() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """(where, what is called, key) for each key that code spells out."""
    for path in sorted(path for folder in SPEAKING for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                for argument in key_arguments(node):
                    for key in spelled(argument):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", called, key


def label_keys(texts: dict[str, str]) -> set[str]:
    """Every key of a button's words: by its name, or because code hands it to a button as it stands."""
    handed = {key.pattern for _, called, key in keys_in_code() if called == "Button"}
    return {key for key in texts if ".button_" in key or re.escape(key) in handed}


def test_cannot_say_what_has_no_words(texts: dict[str, str]) -> None:
    spelt = list(keys_in_code())
    assert len(spelt) > 100
    assert not [f"{where} {key.pattern}" for where, _, key in spelt if not any(map(key.fullmatch, texts))]


def test_cannot_borrow_from_a_text_that_is_not_there(texts: dict[str, str]) -> None:
    borrowed = {(key, other) for key, text in texts.items() for other in BORROWED.findall(text)}
    assert borrowed
    assert not {f"{key} borrows {other}" for key, other in borrowed if other not in texts}


def test_every_text_is_a_template(texts: dict[str, str]) -> None:
    broken = {}
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(("number", "date", "short_date", "clock", "weekday", "day", "moment"), str)
    for key, text in texts.items():
        try:
            environment.from_string(text)
        except TemplateSyntaxError as error:
            broken[key] = str(error)
    assert not broken


def test_every_text_is_in_the_composed_form(texts: dict[str, str]) -> None:
    written = texts | {paper.name: read(paper) for paper in PAPERS}
    written |= {path.name: read(path) for path in (ROOT / "bot" / "content").rglob("*.yaml")}
    assert not [name for name, text in written.items() if unicodedata.normalize("NFC", text) != text]


def test_cannot_speak_of_offices_that_are_gone(texts: dict[str, str]) -> None:
    asked = {
        f"{form.code} {indicator.code}": f"{indicator.label} {indicator.hint}"
        for programme in plans()
        for form in programme.forms
        for indicator in form.indicators
    }
    said = texts | asked | {"huong-dan.md": read(GUIDE)}
    assert asked
    assert not [name for name, text in said.items() if GONE.search(text)]


def test_the_search_for_offices_that_are_gone_finds_them() -> None:
    assert GONE.search("Đoàn huyện Châu Thành")
    assert GONE.search("gửi Sở TT&TT tỉnh")
    assert not GONE.search("quy định, quần áo, Sở KH&CN")


def test_every_button_fits_a_phone(texts: dict[str, str]) -> None:
    long = {key: JINJA.sub("", texts[key]) for key in label_keys(texts)}
    assert len(long) > 50
    assert not {key: label for key, label in long.items() if len(label) > LONGEST_LABEL}


def test_every_way_in_says_what_permission_it_asks() -> None:
    silent = [way for way, handler in router.routed().items() if access.asked_of(handler) is None]
    assert not silent
