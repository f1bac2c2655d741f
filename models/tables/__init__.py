"""Every table. One row is one fact; names are the office's own nouns (design §2)."""

from models.tables.columns import Base
from models.tables.exchange import Audit, Inbox, Memo, Outbox, WebMessage
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

__all__ = [
    "Account",
    "Answer",
    "Audit",
    "Base",
    "Evidence",
    "Guess",
    "Inbox",
    "Invitation",
    "Memo",
    "Obligation",
    "Outbox",
    "PeriodRow",
    "Person",
    "ProgrammeRow",
    "Remark",
    "Report",
    "Revision",
    "Role",
    "Talk",
    "Team",
    "Unit",
    "WebMessage",
]
