"""Files that people and the bot have sent, by Telegram's handles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from tests.standin.refused import Refused

UPLOAD_LIMIT, DOWNLOAD_LIMIT = 50 * 1024 * 1024, 20 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """One file; `path` is where /file/bot<token>/ serves it."""

    name: str
    data: bytes
    mime: str
    path: str


class Files:
    """All files of one bot."""

    def __init__(self) -> None:
        self.by_id: dict[str, Kept] = {}
        self._by_path: dict[str, Kept] = {}

    def keep(self, name: str, data: bytes, mime: str = "application/octet-stream") -> str:
        """Stores a file and returns its file_id."""
        number = len(self.by_id) + 1
        folder = "photos" if mime.startswith("image/") else "documents"
        kept = Kept(name, data, mime, f"{folder}/file_{number}{PurePosixPath(name).suffix}")
        file_id = f"BQAC{number:08d}{hashlib.sha256(data).hexdigest()[:24]}"
        self.by_id[file_id] = self._by_path[kept.path] = kept
        return file_id

    def has(self, file_id: str) -> bool:
        """Whether the handle is one of ours."""
        return file_id in self.by_id

    def document(self, file_id: str) -> dict[str, Any]:
        """The Document object."""
        kept = self.by_id[file_id]
        return {**self._handle(file_id), "file_name": kept.name, "mime_type": kept.mime}

    def photo(self, file_id: str) -> list[dict[str, Any]]:
        """The PhotoSize list, smallest first."""
        return [{**self._handle(file_id), "width": side, "height": side * 3 // 4} for side in (90, 1280)]

    def path_of(self, file_id: str) -> dict[str, Any]:
        """The File object with its path. Raises Refused (400): unknown, or over 20 MB."""
        kept = self.by_id.get(file_id)
        if kept is None:
            raise Refused(400, "Bad Request: invalid file_id")
        if len(kept.data) > DOWNLOAD_LIMIT:
            raise Refused(400, "Bad Request: file is too big")
        return {**self._handle(file_id), "file_path": kept.path}

    def at(self, path: str) -> Kept | None:
        """The file served under that path."""
        return self._by_path.get(path)

    def _handle(self, file_id: str) -> dict[str, Any]:
        return {
            "file_id": file_id,
            "file_unique_id": file_id[-15:],
            "file_size": len(self.by_id[file_id].data),
        }
