"""Questions to the history as people write them: a line of words, or the options of a command.

`user:ana since:2026-11-01 field:city Bern` asks for what ana did since that day to a city and where
"Bern" stands in an old or a new value. Days are those of the user's zone; a value with spaces
stands in double quotes. The names of the words are taken in the user's language, too.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from tui_crm.config import nearest
from tui_crm.core.history import Filter
from tui_crm.errors import UsageError
from tui_crm.text.i18n import N_, _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

KINDS = (
    N_("create"), N_("edit"), N_("log"), N_("task"), N_("batch"), N_("import"), N_("merge"),
    N_("delete"), N_("undo"), N_("restore"), N_("purge"),
    N_("export"),
)  # fmt: skip
"""What an act can be, as the history writes it."""

WORDS = (N_("user"), N_("since"), N_("until"), N_("field"), N_("kind"), N_("text"))
"""The words of a question, each with a colon and a value behind it."""

_WORD = re.compile(r'([^\W\d_]+)[:：](?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+)')


def parse(session: Session, line: str, customer_id: int | None = None) -> Filter:
    """The filter that a line of words means; words without a name are looked for in the values.

    Raises `UsageError` for a name or a value that is not known, with the nearest one.
    """
    names = {spelled: word for word in WORDS for spelled in (word, _(word).casefold())}
    given: dict[str, str] = {}
    loose: list[str] = []
    for name, *values in _WORD.findall(line):
        value = "".join(values)
        word = names.get(name.casefold())
        if not name:
            loose.append(value)
        elif word is None:
            raise UsageError(
                _('The history knows no "{word}:".').format(word=name),
                nearest(name, WORDS) or _("Words: {words}").format(words=", ".join(WORDS)),
            )
        elif word == "text":
            loose += [value] if value else []
        elif value:
            given[word] = value
    found = build(session, customer_id=customer_id, **given)
    return replace(found, text=" ".join(loose))


def build(
    session: Session,
    *,
    user: str = "",
    since: str = "",
    until: str = "",
    field: str = "",
    kind: str = "",
    text: str = "",
    customer_id: int | None = None,
) -> Filter:
    """The filter of these words; `until` counts to the end of its day. Raises `UsageError`."""
    from tui_crm.core.validation import find_field

    return Filter(
        user,
        end_of(session, since) - timedelta(days=1) if since else None,
        end_of(session, until) if until else None,
        find_field(session, field).name if field else "",
        _kind(kind),
        customer_id,
        text,
    )


def end_of(session: Session, text: str) -> datetime:
    """The end of the day that a text means, in the user's zone. Raises `UsageError`."""
    day = _day(session, text)
    if day is None:
        raise UsageError(_('"{text}" is no date.').format(text=text), _("Write YYYY-MM-DD."))
    return datetime.combine(day + timedelta(days=1), time(), session.zone)


def last_moment(session: Session, text: str) -> datetime:
    """The last second of the day that a text means: an act at midnight belongs to the next day."""
    return end_of(session, text) - timedelta(seconds=1)


def _day(session: Session, text: str) -> date | None:
    """The day that a text means: a date, today, yesterday, or so many days or weeks ago."""
    from tui_crm.core.changes.operations import Shift, parse
    from tui_crm.errors import InputRefused
    from tui_crm.text.dates import parse_date

    today, word = session.now().date(), text.strip().casefold()
    if word in ("today", _("today")):
        return today
    if word in ("yesterday", _("yesterday")):
        return today - timedelta(days=1)
    if word.startswith("-"):
        try:
            operation = parse(word)
            if isinstance(operation, Shift):
                return date.fromisoformat(str(operation.value(today.isoformat(), {})))
        except InputRefused:
            return None
    return parse_date(text, session.settings.general.home_country)


def _kind(text: str) -> str:
    known = {spelled: kind for kind in KINDS for spelled in (kind, _(kind).casefold())}
    kind = known.get(text.casefold(), "")
    if text and not kind:
        raise UsageError(
            _('No act is a "{kind}".').format(kind=text),
            nearest(text, KINDS) or _("Kinds: {kinds}").format(kinds=", ".join(KINDS)),
        )
    return kind
