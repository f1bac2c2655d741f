"""The rules of the house that no compiler keeps: who imports whom, how big, named how, where words live."""

import ast
import re
import shutil
import subprocess
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]
OURS = ("bot", "handlers", "scheduler", "models")
WORDLESS = ("handlers", "scheduler", "models")
MOST_LINES = 300

VAGUE_NAME = re.compile(r"(?:.+_)?(?:utils?|helpers?|common|misc|core|base|managers?)")

# Modules that may hold Vietnamese words, each with the reason why the words cannot live in bot/content.
RECOGNISES_WORDS: tuple[tuple[str, str], ...] = (
    ("models/rules/audience_words.py", "tells words apart that fold alike: Chợ (a place) is not cho (to)"),
    ("models/rules/number_units.py", "có (there are) is no number, whatever else folds to the same letters"),
    ("models/rules/number_words.py", "numerals in full: trạm (a station) folds like trăm, but is no hundred"),
    ("models/rules/numbers.py", "tells words apart that fold alike: tầm (about) is not tám (eight)"),
)

# Grave, acute, tilde, hook above, dot below; circumflex, breve, horn.
VIETNAMESE_MARKS = frozenset("\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b")

ELSEWHERE = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org"
    r"|(?<![\w.~<>-])/(?:work|tmp|root|Users/\w+)/"
    r"|/opt/(?:pypi|wheels)|(?<!\w)file:/{3}",
    re.IGNORECASE,
)

PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^\s\\]+)(?: --hash=sha256:[0-9a-f]{64})+")


def our_files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes and "__pycache__" not in path.parts
    )


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file that git has, or would take."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            yield name, content.decode(errors="replace")


def has_vietnamese_letter(text: str) -> bool:
    return any(mark in VIETNAMESE_MARKS or mark in "đĐ" for mark in unicodedata.normalize("NFD", text))


def docstrings(tree: ast.Module) -> set[int]:
    """Identities of the nodes that are a statement by themselves: docstrings, of whatever they describe."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def spoken_literals(path: Path) -> list[tuple[int, str]]:
    """Line and text of each string in the code, docstrings aside, that has a Vietnamese letter.

    A lone letter does not count: it is spelling, which the rules that read and fold text are about.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    silent = docstrings(tree)
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) > 1
        and id(node) not in silent
        and has_vietnamese_letter(node.value)
    ]


def pins(lock: str) -> dict[str, str]:
    """Package to version; fails on any line that is neither a pin with hashes nor empty."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    found = [(line, PINNED.fullmatch(line)) for line in lines if line]
    assert not [line for line, pin in found if pin is None]
    return {pin["name"]: pin["version"] for _, pin in found if pin}


def asked_for(requirements: list[str]) -> set[str]:
    names = (re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def test_cannot_import_against_the_one_way_street(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert kept == 0, capsys.readouterr().out


def test_cannot_hide_a_module_behind_a_vague_name() -> None:
    vague = [
        named(path)
        for path in our_files(*OURS, "tests")
        if any(VAGUE_NAME.fullmatch(part) for part in path.relative_to(ROOT).with_suffix("").parts)
    ]
    assert not vague


def test_cannot_grow_a_file_beyond_what_is_read_at_one_sitting() -> None:
    files = [
        path
        for path in our_files(*OURS, suffixes=(".py", ".js", ".css", ".html"))
        if not path.is_relative_to(ROOT / "models" / "migrations")
    ]
    assert files
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


def test_cannot_put_vietnamese_into_code() -> None:
    allowed = {name for name, _ in RECOGNISES_WORDS}
    spoken = [
        f"{named(path)}:{line}: {text}"
        for path in our_files(*WORDLESS)
        if named(path) not in allowed
        for line, text in spoken_literals(path)
    ]
    assert not spoken, "the sentence belongs in bot/content/texts, under a key"


def test_cannot_keep_a_permission_for_words_that_are_gone() -> None:
    idle = [name for name, _ in RECOGNISES_WORDS if not (ROOT / name).is_file() or not spoken_literals(ROOT / name)]
    assert not idle


def test_vietnamese_is_found_in_any_literal_but_a_docstring(tmp_path: Path) -> None:
    source = '"""Mô tả."""\ndef f(n):\n    """Đếm."""\n    return "dem", f"{n} người", {"k": ("đã", "đ")}\n'
    module = tmp_path / "module.py"
    module.write_text(source, encoding="utf-8")
    assert sorted(spoken_literals(module)) == [(4, " người"), (4, "đã")]


def test_cannot_name_a_machine_or_a_package_registry() -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if ELSEWHERE.search(line)
    ]
    assert not found


def test_every_package_of_ours_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = set(project["tool"]["setuptools"]["packages"])
    folders = {path.parent for path in our_files(*OURS) if "content" not in path.parts}
    assert {named(folder).replace("/", ".") for folder in folders} <= declared


def test_every_dependency_is_locked_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert asked_for(project["dependencies"]) <= run.keys()
    assert asked_for(project["optional-dependencies"]["dev"]) <= development.keys()
    assert run.items() <= development.items(), "make lock writes both files alike"
