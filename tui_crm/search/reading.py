"""What the documents of the index are made of, read from the tables of customers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui_crm.search.engine import Stored
from tui_crm.search.tokens import CHOICES, Document, Source, document

if TYPE_CHECKING:
    from tui_crm.store import Database

_CUSTOMERS = (
    "SELECT id, kind, name, organization, title, city, account_no, external_id, owner_id, team_id,"
    " CASE WHEN last_contact > created_at THEN last_contact ELSE created_at END, category, status,"
    " source, custom"
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
    "SELECT d.id, d.customer_id, d.owner_id, d.team_id, t.stamp, t.words, t.digits"
    " FROM search_doc d JOIN search_text t ON t.id = d.id WHERE d.{one_of}"
)


def stored(db: Database, chunk: Sequence[int]) -> dict[int, Stored]:
    """The documents that the index has of these customers, by customer."""
    owned, params = db.one_of("customer_id", chunk)
    rows = db.prepared(_STORED.format(one_of=owned), params)
    return {row[1]: Stored(row[0], Document(*row[1:])) for row in rows}


def documents(db: Database, chunk: Sequence[int], custom: Custom) -> dict[int, Document]:
    """The right documents of the live ones of these customers, by customer."""
    owned, params = db.one_of("customer_id", chunk)
    phones: dict[int, list[tuple[str, str]]] = defaultdict(list)
    emails: dict[int, list[str]] = defaultdict(list)
    handles: dict[int, list[str]] = defaultdict(list)
    tags: dict[int, list[str]] = defaultdict(list)
    for customer_id, kind, value, normalized in db.prepared(_POINTS.format(one_of=owned), params):
        if kind == "phone":
            phones[customer_id].append((value, normalized))
        elif kind == "email":
            emails[customer_id].append(normalized)
        else:
            handles[customer_id].append(value)
    for customer_id, name in db.prepared(_TAGS.format(one_of=owned), params):
        tags[customer_id].append(name)
    found: dict[int, Document] = {}
    these, params = db.one_of("id", chunk)
    for row in db.prepared(_CUSTOMERS.format(one_of=these), params):
        id_, kind, name, organization, title, city, account_no, external_id, *rest = row
        owner_id, team_id, stamp, *chosen, values = rest
        texts, more = custom.of(values)
        found[id_] = document(
            Source(
                id_, kind, name, organization, title, city, account_no, external_id,
                owner_id, team_id, stamp,
                (*zip(CHOICES, (kind, *chosen), strict=True), *more),
                texts,
                phones.get(id_, ()),
                emails.get(id_, ()),
                handles.get(id_, ()),
                tags.get(id_, ()),
            )
        )  # fmt: skip
    return found


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
    rows = db.prepared(
        "SELECT name, type FROM custom_field WHERE active = 1 AND type IN ('text', 'choice')"
        " ORDER BY position, id"
    )
    names = {kind: [row[0] for row in rows if row[1] == kind] for kind in ("text", "choice")}
    return Custom(names["text"], names["choice"])
