"""Files that people send: judged by their first bytes, kept under DATA_DIR by the hash of their content."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

from bot.whole_files import appearing
from handlers.turn import StoredFile
from models.rules import Refusal

LARGEST = 20 * 1024 * 1024  # Bot API getFile hands over no more
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CSV = "text/csv"
TABLES, EXPORTS = "tables", "exports"  # folders of tables that came in and of those the bot made
FILES_FOR = 86_400  # seconds that a photo or paper which nothing names stays: longer than any talk about it hangs open
TABLES_FOR = 7 * 86_400  # seconds: they hold names and telephone numbers, which the database holds from then on
# (first bytes, where they stand, kind, ending)
_MAGIC = (
    (b"\xff\xd8\xff", 0, "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", ".png"),
    (b"WEBP", 8, "image/webp", ".webp"),
    (b"%PDF-", 0, "application/pdf", ".pdf"),
)


_TABLES = {XLSX: ".xlsx", CSV: ".csv"}
_PACKED = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}  # what tells one Office file from another
_ENDINGS = {mime: ending for _, _, mime, ending in _MAGIC} | {DOCX: ".docx"} | _TABLES
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls and .doc, and every .xlsx with a password
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")  # after "ftyp", as an iPhone writes


def kind_of(content: bytes, name: str = "") -> tuple[str, str]:
    """Mime type and ending by what the file is, not by what it is called. Refuses every other kind.

    Only a .csv has no sign of its own: it is a text that is called so.
    """
    for magic, at, mime, ending in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return mime, ending
    if content.startswith(_OLD_OFFICE):
        raise Refusal("trouble.old_word" if name.lower().endswith(".doc") else "sheet.old_excel")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise Refusal("trouble.photo_heic")
    if content.startswith(b"PK\x03\x04") and (mime := _packed_kind(content)):
        return mime, _ENDINGS[mime]
    if name.lower().endswith(".csv") and (content.startswith(b"\xff\xfe") or b"\0" not in content):
        return CSV, ".csv"
    raise Refusal("trouble.file_kind")


def _packed_kind(content: bytes) -> str:
    """Which Office file a packed one is; empty for any other."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            inside = packed.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ""
    return next((mime for name, mime in _PACKED.items() if name in inside), "")


def keep(data_dir: Path, content: bytes, name: str) -> StoredFile:
    """Store a file once, whoever sends it how often; the name is only for showing. Of a photo only what it shows."""
    if len(content) > LARGEST:
        raise too_large(len(content))
    mime, ending = kind_of(content, name)
    if mime.startswith("image/"):
        from bot import photos  # Pillow is wanted only when somebody sends a photo

        content = photos.cleaned(content, mime)
    digest = hashlib.sha256(content).hexdigest()
    path = path_of(data_dir, digest, mime)
    if path.exists():
        path.touch()
    else:
        with appearing(path) as fresh:
            fresh.write_bytes(content)
    return StoredFile(digest, Path(name).name[:120] or f"file{ending}", mime, len(content))


def path_of(data_dir: Path, sha256: str, mime: str) -> Path:
    """Where the content of this kind and hash lies, or is to lie."""
    folder = data_dir / TABLES if mime in _TABLES else data_dir / "files" / sha256[:2]
    return folder / f"{sha256}{_ENDINGS[mime]}"


def kept_path(data_dir: Path, sha256: str) -> Path | None:
    """Where a photo or paper of this hash lies; None when it is not there."""
    paths = (path_of(data_dir, sha256, mime) for mime in _ENDINGS)
    return next((path for path in paths if path.exists()), None)


def mime_of(path: Path) -> str:
    """The kind of a file that is kept here."""
    return next(mime for mime, ending in _ENDINGS.items() if path.suffix == ending)


def forget_tables(data_dir: Path, kept: Collection[str] = ()) -> None:
    """Delete the tables, sent or made, that nobody has touched for TABLES_FOR; `kept`: hashes of those that stay."""
    before = time.time() - TABLES_FOR
    for folder in (data_dir / TABLES, data_dir / EXPORTS):
        for path in folder.glob("*.*"):
            if path.stem not in kept and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)


def old_files(data_dir: Path) -> dict[str, Path]:
    """The photos and papers that nobody has sent for FILES_FOR, by hash."""
    found = (path for path in (data_dir / "files").glob("*/*.*") if _is_old(path))
    return {path.stem: path for path in found}


def drop(paths: Iterable[Path]) -> int:
    """Delete these files, but for those sent again since. Returns how many."""
    old = [path for path in paths if _is_old(path)]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - FILES_FOR
    except FileNotFoundError:  # its writer has just given it its name
        return False


def too_large(size: int) -> Refusal:
    return Refusal("trouble.file_too_large", size=size // 1_000_000, limit=LARGEST // 1_000_000)
