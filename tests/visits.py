"""Ended visits as they lie in the database, without walking through a guide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.tables import Visit


def ended_visit(unit_id: int | None, guide: str, when: datetime, **values: Any) -> Visit:
    """A visit of the unit that ended at `when`, done unless `values` say otherwise."""
    given: dict[str, Any] = {
        "person_id": None,
        "account_id": None,
        "outcome": "done",
        "turns": 1,
        "people": 1,
        "files": 0,
        "seconds": 0,
    }
    given |= {"kind": "walked", "state": "ended", "edition": 1, "trail": [], "started_at": when, "touched_at": when}
    return Visit(unit_id=unit_id, guide=guide, ended_at=when, version=1, **(given | values))
