"""What the documents of the index are made of, read from the tables of customers.

Asking and making are two steps, so that another process can do the second.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui_crm.core import listed
from tui_crm.search.engine import Read, Stored
from tui_crm.search.tokens import CHOICES, Document, Source, document

if TYPE_CHECKING:
    from tui_crm.store import Database
    from tui_crm.store.database import Params, Row

    Query = tuple[str, Params]

_CUSTOMERS = (
    "SELECT id, kind, name, organization, title, city, account_no, external_id, owner_id, team_id,"
    " category, status, source, custom, country, last_contact, created_at"
    " FROM customer WHERE deleted_at = '' AND {one_of}"
)
_POINTS = (
    "SELECT customer_id, kind, value, normalized FROM contact_point"
    " WHERE {one_of} ORDER BY customer_id, kind, position, id"
)
_TAGS = (
    "SELECT ct.customer_id, t.name FROM customer_tag ct JOIN tag t ON t.id = ct.tag_id"
    " WHERE ct.{one_of} ORDER BY ct.customer_id, t.name"
)
_STORED = (
    "SELECT d.id, d.customer_id, d.owner_id, d.team_id, t.stamp, t.words, t.digits, t.shown"
    " FROM search_doc d JOIN search_text t ON t.id = d.id WHERE d.{one_of}"
)
_FIELDS = (
    "SELECT name, type FROM custom_field WHERE active = 1 AND type IN ('text', 'choice')"
    " ORDER BY position, id"
)


def found(db: Database, chunk: Sequence[int]) -> tuple[dict[int, Stored], dict[int, Document]]:
    """The documents that the index has of these customers, and the right ones of the live ones of
    them, each by customer; asked for in one journey.
    """
    held, fields, *rows = db.together([_held(db, chunk), (_FIELDS, ()), *queries(db, chunk)])
    return _stored(held), made(_custom(fields), *rows)


def stored(db: Database, chunk: Sequence[int]) -> dict[int, Stored]:
    """The documents that the index has of these customers, by customer."""
    return _stored(db.prepared(*_held(db, chunk)))


def documents(db: Database, chunk: Sequence[int], custom: Custom) -> dict[int, Document]:
    """The right documents of the live ones of these customers, by customer."""
    return made(custom, *db.together(queries(db, chunk)))


def _held(db: Database, chunk: Sequence[int]) -> Query:
    owned, params = db.one_of("customer_id", chunk)
    return _STORED.format(one_of=owned), params


def _stored(rows: Iterable[Row]) -> dict[int, Stored]:
    return {row[1]: Stored(row[0], Document(*row[1:])) for row in rows}


def queries(db: Database, chunk: Sequence[int]) -> list[Query]:
    """What is asked for the documents of these customers: their points, tags, and themselves."""
    owned, params = db.one_of("customer_id", chunk)
    these, ids = db.one_of("id", chunk)
    return [
        (_POINTS.format(one_of=owned), params),
        (_TAGS.format(one_of=owned), params),
        (_CUSTOMERS.format(one_of=these), ids),
    ]


def made(
    custom: Custom, points: Iterable[Row], tagged: Iterable[Row], customers: Iterable[Row]
) -> dict[int, Document]:
    """The documents, by customer, of what `queries` found."""
    phones: dict[int, list[tuple[str, str]]] = defaultdict(list)
    emails: dict[int, list[str]] = defaultdict(list)
    handles: dict[int, list[str]] = defaultdict(list)
    shown: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, list[str]] = defaultdict(list)
    for customer_id, kind, value, normalized in points:
        if kind == "phone":
            phones[customer_id].append((value, normalized))
            shown[customer_id].append(listed.PHONE + value)
        elif kind == "email":
            emails[customer_id].append(normalized)
            shown[customer_id].append(listed.EMAIL + value)
        else:
            handles[customer_id].append(value)
    for customer_id, name in tagged:
        tags[customer_id].append(name)
    right: dict[int, Document] = {}
    for row in customers:
        id_, kind, name, organization, title, city, account_no, external_id, *rest = row
        owner_id, team_id, *chosen, values, country, contacted, created = rest
        texts, more = custom.of(values)
        own_tags = tags.get(id_, ())
        packed = listed.packed(
            (id_, owner_id, team_id, account_no, kind, name, organization, title, city, country,
             *chosen, contacted, created),
            shown.get(id_, ()),
            own_tags,
        )  # fmt: skip
        right[id_] = document(
            Source(
                id_, kind, name, organization, title, city, account_no, external_id,
                owner_id, team_id, max(contacted, created),
                (*zip(CHOICES, (kind, *chosen), strict=True), *more),
                texts,
                phones.get(id_, ()),
                emails.get(id_, ()),
                handles.get(id_, ()),
                own_tags,
                packed,
            )
        )  # fmt: skip
    return right


def stored_of(read: Read, custom: Custom) -> list[Stored]:
    """The documents of customers that were read, in ascending order of their ids."""
    right = made(custom, *read.rows)
    return [Stored(id_, right[owner]) for owner, id_ in read.places.items()]


def stamps(rows: Sequence[Sequence[Row]]) -> dict[int, str]:
    """The stamps, by customer, in what `queries` found."""
    return {row[0]: max(row[-2:]) for row in rows[-1]}


class Custom(NamedTuple):
    """The names of the custom fields that are indexed."""

    texts: Sequence[str]
    choices: Sequence[str]

    def of(self, values: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """What of the JSON text of a customer's custom values is indexed: texts, choices."""
        if not (self.texts or self.choices) or values in ("", "{}"):
            return (), ()
        held = json.loads(values)
        return (
            tuple(str(held[name]) for name in self.texts if held.get(name)),
            tuple((name, str(held[name])) for name in self.choices if held.get(name)),
        )


def indexed_custom(db: Database) -> Custom:
    """The custom fields whose values are indexed."""
    return _custom(db.prepared(_FIELDS))


def _custom(rows: Iterable[Row]) -> Custom:
    names: dict[str, list[str]] = {"text": [], "choice": []}
    for name, kind in rows:
        names[kind].append(name)
    return Custom(names["text"], names["choice"])
