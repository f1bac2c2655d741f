"""The daily sweep of DATA_DIR/files: what somebody sent and nothing names goes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot import files
from models import file_names
from models.database import Database


async def sweep(db: Database, data_dir: Path) -> int:
    """Delete the photos and papers older than files.FILES_FOR that nothing in the database names. Returns how many."""
    old = await asyncio.to_thread(files.old_files, data_dir)
    async with db.read() as session:
        unnamed = await file_names.unnamed(session, old)
    return await asyncio.to_thread(files.drop, [old[sha256] for sha256 in unnamed])
