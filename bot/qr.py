"""A link as a picture to scan, kept under DATA_DIR."""

from __future__ import annotations

import hashlib
from pathlib import Path

import segno

from bot.whole_files import appearing
from models.messages import Document

FOLDER = "qr"
SCALE = 8  # pixels a square: a phone reads it off another phone


def make_qr(data_dir: Path, text: str) -> Document:
    """The picture of a text. The same text gives the same file, whose name tells nothing of it."""
    name = f"{FOLDER}/{hashlib.sha256(text.encode()).hexdigest()[:40]}.png"
    target = data_dir / name
    if not target.exists():
        with appearing(target) as part:
            segno.make_qr(text, error="m").save(str(part), kind="png", scale=SCALE, border=4)
    return Document(path=name, name="ma-qr.png", mime="image/png")
