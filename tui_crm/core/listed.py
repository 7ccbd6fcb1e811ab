"""What lists show of a customer, as one text that the search index keeps beside each document.

So the answer of a search is read in one go: to look each hit up in the tables of customers, contact
points and tags takes longer than to find it. The text is the fields of a customer in a fixed order,
with `Database.separator` between them, and behind these the contact points and tags, each with a
letter before it. Owner and team are ids.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tui_crm.core.rows import CustomerRow
from tui_crm.core.users import Directory
from tui_crm.text.dates import moment

if TYPE_CHECKING:
    from tui_crm.store import Database

_BETWEEN = "\x1f"  # `Database.separator`, where no database is at hand
_OWNER, _TEAM = 1, 2
_PLACES = {
    name: place
    for place, name in enumerate(
        ("id", "owner", "team", "account_no", "kind", "name", "organization", "title", "city",
         "country", "category", "status", "source", "last_contact", "created_at")
    )
}  # fmt: skip
_FIXED = len(_PLACES)
PHONE, EMAIL, TAG = "p", "e", "t"
"""What stands before a contact point and a tag."""

SQL_OF_CUSTOMER = f"split_part({{shown}}, '{_BETWEEN}', 1)::bigint"
"""SQL text of the id of the customer, on PostgreSQL: it saves a look at the document."""

FIELDS = frozenset((*_PLACES, "phones", "emails", "tags"))
"""The fields of the registry that lists show."""

_lock = threading.Lock()
_directories: WeakKeyDictionary[Database, Directory] = WeakKeyDictionary()


def packed(fields: Iterable[str | int | None], points: Iterable[str], tags: Iterable[str]) -> str:
    """The text of a customer: the fields in their order (id, owner id, team id, account number,
    kind, name, organisation, title, city, country, category, status, source, last contact, time
    of creation), contact points behind their letters, and tags.
    """
    parts = ["" if field is None else str(field) for field in fields]
    parts += points
    parts += [TAG + tag for tag in tags]
    return _BETWEEN.join(parts)


def changed(
    text: str, values: Iterable[tuple[str, str | int | None]], tags: Iterable[str] | None
) -> str:
    """The text with other values of some fields, owner and team by their ids, and, if given, with
    these tags.
    """
    parts = text.split(_BETWEEN)
    for name, value in values:
        parts[_PLACES[name]] = "" if value is None else str(value)
    if tags is not None:
        parts[_FIXED:] = [part for part in parts[_FIXED:] if part[0] != TAG]
        parts += [TAG + tag for tag in tags]
    return _BETWEEN.join(parts)


def customer_of(text: str) -> int:
    """The id of the customer."""
    return int(text[: text.index(_BETWEEN)])


def is_of(text: str, owner_id: int) -> bool:
    """Whether that user is the owner."""
    return text.startswith(f"{_BETWEEN}{owner_id}{_BETWEEN}", text.index(_BETWEEN))


def rows(db: Database, texts: Sequence[str]) -> list[CustomerRow]:
    """The customers of these texts."""
    found = [text.split(_BETWEEN) for text in texts]
    with _lock:
        directory = _directories.get(db)
    if directory is None or not _knows(directory, found):
        directory = Directory.read(db)
        with _lock:
            _directories[db] = directory
    return [_row(parts, directory) for parts in found]


def _knows(directory: Directory, found: Iterable[Sequence[str]]) -> bool:
    """Whether all owners and teams are known: ids are never used for another one."""
    owners = {parts[_OWNER] for parts in found} - {""}
    teams = {parts[_TEAM] for parts in found} - {""}
    return directory.logins.keys() >= set(map(int, owners)) and directory.teams.keys() >= set(
        map(int, teams)
    )


def _row(parts: Sequence[str], directory: Directory) -> CustomerRow:
    (
        id_, owner, team, account_no, kind, name, organization, title, city, country, category,
        status, source, contacted, created, *more,
    ) = parts  # fmt: skip
    phones = tuple([part[1:] for part in more if part[0] == PHONE])
    emails = tuple([part[1:] for part in more if part[0] == EMAIL])
    tags = [part[1:] for part in more if part[0] == TAG]
    return CustomerRow(
        int(id_), account_no, kind, name, organization, title,
        phones[0] if phones else "", emails[0] if emails else "",
        city, country, category, status, source,
        directory.logins.get(int(owner), "") if owner else "",
        directory.teams.get(int(team), "") if team else "",
        tuple(sorted(tags)), moment(contacted), moment(created), phones, emails,
    )  # fmt: skip
