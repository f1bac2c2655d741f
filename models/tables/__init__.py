"""Every table. One row is one fact; names are the office's own nouns (design §2)."""

from models.tables.chasing import DayOff, DueChange, Snooze
from models.tables.columns import Base
from models.tables.exchange import Audit, Inbox, Memo, Outbox, WebMessage
from models.tables.guides import GuideChange, GuideCheck, GuideFault, GuideNote, KnownAnswer, Question, Visit
from models.tables.organisation import Group, GroupUnit, HandOver, RosterEntry, UnitChange, UnitPast
from models.tables.people import (
    Account,
    Guess,
    Invitation,
    LinkCode,
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
    "DayOff",
    "DueChange",
    "Evidence",
    "Extension",
    "Group",
    "GroupUnit",
    "Guess",
    "GuideChange",
    "GuideCheck",
    "GuideFault",
    "GuideNote",
    "HandOver",
    "Inbox",
    "Invitation",
    "KnownAnswer",
    "LinkCode",
    "ListEntry",
    "Memo",
    "Obligation",
    "Outbox",
    "Part",
    "PeriodRow",
    "Person",
    "ProgrammeRow",
    "Question",
    "Remark",
    "Report",
    "Review",
    "Revision",
    "Role",
    "RosterEntry",
    "SectionRequest",
    "Snooze",
    "Talk",
    "Team",
    "Unit",
    "UnitChange",
    "UnitPast",
    "Visit",
    "WebMessage",
]
