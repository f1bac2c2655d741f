"""Files that people send: judged by their first bytes, kept under DATA_DIR by the hash of their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from handlers.turn import StoredFile
from models.rules import Refusal

LARGEST = 20 * 1024 * 1024  # Bot API getFile hands over no more
# (first bytes, where they stand, kind, ending)
_MAGIC = (
    (b"\xff\xd8\xff", 0, "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", ".png"),
    (b"WEBP", 8, "image/webp", ".webp"),
    (b"%PDF-", 0, "application/pdf", ".pdf"),
)


def kind_of(content: bytes) -> tuple[str, str]:
    """Mime type and ending by what the file is, not by what it is called. Refuses every other kind."""
    for magic, at, mime, ending in _MAGIC:
        if content[at : at + len(magic)] == magic:
            return mime, ending
    raise Refusal("trouble.file_kind")


def keep(data_dir: Path, content: bytes, name: str) -> StoredFile:
    """Store a file once, whoever sends it how often; the name is only for showing."""
    if len(content) > LARGEST:
        raise too_large(len(content))
    mime, ending = kind_of(content)
    digest = hashlib.sha256(content).hexdigest()
    path = data_dir / "files" / digest[:2] / f"{digest}{ending}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(path)
    return StoredFile(digest, Path(name).name[:120] or f"file{ending}", mime, len(content))


def too_large(size: int) -> Refusal:
    return Refusal("trouble.file_too_large", size=size // 1_000_000, limit=LARGEST // 1_000_000)
