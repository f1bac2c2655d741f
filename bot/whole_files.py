"""Files that appear whole or not at all, however many write the same one at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """Where to write: a name of this writer's own, which becomes `target` once it is written whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{target.name}.{uuid4().hex}.part")
    try:
        yield half
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
