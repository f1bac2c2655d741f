"""A link as a picture to scan, kept under DATA_DIR."""

from __future__ import annotations

import hashlib
from pathlib import Path

import segno

from models.messages import Document

FOLDER = "qr"
SCALE = 8  # pixels a square: a phone reads it off another phone


def make_qr(data_dir: Path, text: str) -> Document:
    """The picture of a text. The same text gives the same file, whose name tells nothing of it."""
    name = f"{FOLDER}/{hashlib.sha256(text.encode()).hexdigest()[:40]}.png"
    target = data_dir / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        segno.make_qr(text, error="m").save(str(part), kind="png", scale=SCALE, border=4)
        part.replace(target)
    return Document(path=name, name="ma-qr.png", mime="image/png")
