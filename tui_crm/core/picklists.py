"""The values that choice fields offer: from crm.toml, from this database, and the fixed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.config import Choice, find_choice
from tui_crm.errors import InputRefused, UsageError
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

KINDS = (Choice("person", "Person", "个人"), Choice("organization", "Organisation", "公司"))
INTERACTION_KINDS = (
    Choice("call", "Call", "电话", "c"),
    Choice("email", "E-mail", "邮件", "e"),
    Choice("meeting", "Meeting", "会议", "m"),
    Choice("visit", "Visit", "拜访", "v"),
    Choice("chat", "Chat", "聊天", "h"),
    Choice("note", "Note", "备注", "n"),
)
DIRECTIONS = (Choice("in", "Incoming", "呼入", "i"), Choice("out", "Outgoing", "呼出", "o"))

_FIXED = {"kind": KINDS, "interaction_kind": INTERACTION_KINDS, "direction": DIRECTIONS}
_CONFIGURED = {
    "status": "statuses",
    "category": "categories",
    "source": "sources",
    "disposition": "dispositions",
}


def choices(session: Session, picklist: str) -> tuple[Choice, ...]:
    """The values of a picklist in the order in which they are offered.

    Those of crm.toml come first, behind them those that were added to this database. An empty
    picklist means that any text is a value.
    """
    configured = own(session, picklist)
    if picklist in _FIXED:
        return configured
    added = session.db.prepared(
        "SELECT value, label_en, label_zh, letter FROM picklist_value WHERE picklist = ?"
        " ORDER BY position, id",
        (picklist,),
    )
    known = {choice.value for choice in configured}
    return (*configured, *(Choice(*row) for row in added if row[0] not in known))


def own(session: Session, picklist: str) -> tuple[Choice, ...]:
    """The values that need no look at the database: fixed ones, and those of crm.toml."""
    if picklist in _FIXED:
        return _FIXED[picklist]
    configured: tuple[Choice, ...] = getattr(session.settings.picklists, _CONFIGURED[picklist])
    return configured


def add(
    session: Session, picklist: str, value: str, *, label_en: str = "", label_zh: str = ""
) -> str:
    """Add a value to a picklist for everybody on this database, and give its spelling.

    A value that is there already is left as it is. Raises `UsageError` for a list that takes no
    new values, `InputRefused` for an empty value.
    """
    if picklist not in _CONFIGURED:
        raise UsageError(_('The list "{name}" takes no new values.').format(name=picklist))
    value = clean_line(value)
    if not value:
        raise InputRefused(_("A value needs at least one character."))
    with session.db.transaction():
        offered = choices(session, picklist)
        known = find_choice(offered, value)
        if known is None:
            session.db.run(
                "INSERT INTO picklist_value (picklist, value, label_en, label_zh, letter, position)"
                " VALUES (?, ?, ?, ?, '', ?)",
                (picklist, value, label_en, label_zh, len(offered)),
            )
    return known.value if known else value
