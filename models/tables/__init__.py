"""Every table. One row is one fact; names are the office's own nouns (design §2)."""

from models.tables.columns import Base
from models.tables.exchange import Audit, Inbox, Memo, Outbox, WebMessage
from models.tables.organisation import Group, GroupUnit, HandOver, RosterEntry, UnitChange, UnitPast
from models.tables.people import (
    Account,
    Guess,
    Invitation,
    Person,
    Role,
    Talk,
    Team,
    Unit,
)
from models.tables.reports import (
    Answer,
    Evidence,
    Obligation,
    PeriodRow,
    ProgrammeRow,
    Remark,
    Report,
    Revision,
)
from models.tables.reviews import Extension, ListEntry, Part, Review, SectionRequest

__all__ = [
    "Account",
    "Answer",
    "Audit",
    "Base",
    "Evidence",
    "Extension",
    "Group",
    "GroupUnit",
    "Guess",
    "HandOver",
    "Inbox",
    "Invitation",
    "ListEntry",
    "Memo",
    "Obligation",
    "Outbox",
    "Part",
    "PeriodRow",
    "Person",
    "ProgrammeRow",
    "Remark",
    "Report",
    "Review",
    "Revision",
    "Role",
    "RosterEntry",
    "SectionRequest",
    "Talk",
    "Team",
    "Unit",
    "UnitChange",
    "UnitPast",
    "WebMessage",
]
