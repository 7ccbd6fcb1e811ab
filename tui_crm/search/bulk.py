"""The search index after one and the same edit of many customers.

`index.update` makes the whole document of a customer anew. Where it is known which fields changed,
most of a document stands as it was: here only the items of those fields are replaced in its text,
and only the words that came or went are written to the engine's index.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_crm.core.records import chunks
from tui_crm.search import index
from tui_crm.search.engine import engine_of
from tui_crm.search.patch import Patch
from tui_crm.search.tokens import (
    CHOICES,
    CITY,
    NAME,
    ORGANIZATION,
    TAG,
    TITLE,
    Document,
    choice_item,
    field_items,
    learned_words,
    long_items,
)

if TYPE_CHECKING:
    from tui_crm.store import Database

_CHUNK = 5000  # documents that are held at a time
# The fields whose items can be replaced, with their marks, in the order in which they stand behind
# the items of the name.
_MARKS = {"organization": ORGANIZATION, "title": TITLE, "city": CITY, "tags": TAG, **CHOICES}
PARTS = frozenset({*_MARKS, "owner", "team"})
"""The fields for which `update` knows a short way."""

_IDS = "SELECT id FROM search_doc WHERE customer_id IN (SELECT id FROM {table})"
_DOCUMENTS = (
    "SELECT d.id, d.customer_id, d.owner_id, d.team_id, t.stamp, t.words, t.digits, c.owner_id,"
    " c.team_id, c.organization, c.title, c.city, c.kind, c.category, c.status, c.source"
    " FROM search_doc d JOIN search_text t ON t.id = d.id JOIN customer c ON c.id = d.customer_id"
    " WHERE d.id IN (SELECT id FROM {table}) AND c.deleted_at = '' ORDER BY d.id"
)
_TAGS = (
    "SELECT ct.customer_id, g.name FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
    " JOIN search_doc d ON d.customer_id = ct.customer_id"
    " WHERE d.id IN (SELECT id FROM {table}) ORDER BY g.name"
)


def update(db: Database, customer_ids: Sequence[int], fields: Collection[str]) -> None:
    """Bring the index in line for customers of whom nothing but `fields` changed.

    Belongs into the transaction that changed them. For other fields than `PARTS` it is
    `index.update`.
    """
    if not PARTS.issuperset(fields):
        index.update(db, customer_ids)
        return
    engine = engine_of(db)
    documents = sorted(row[0] for row in db.rows(_IDS.format(table=db.temp_ids(customer_ids))))
    seen: set[int] = set()
    learned: set[str] = set()
    for some in chunks(documents, _CHUNK):
        table = db.temp_ids(some)
        tags: dict[int, list[str]] = defaultdict(list)
        if "tags" in fields:
            for customer_id, name in db.rows(_TAGS.format(table=table)):
                tags[customer_id].append(name)
        patches = []
        for row in db.rows(_DOCUMENTS.format(table=table)):
            id_, old = row[0], Document(*row[1:7])
            owner_id, team_id, organization, title, city, *choices = row[7:]
            seen.add(old.customer_id)
            texts: dict[str, Sequence[str]] = {
                "organization": (organization,),
                "title": (title,),
                "city": (city,),
                "tags": tags.get(old.customer_id, ()),
            }
            texts.update((name, (value,)) for name, value in zip(CHOICES, choices, strict=True))
            new = replace(
                old,
                owner_id=owner_id,
                team_id=team_id,
                words=_rewritten(
                    old.words, {name: texts[name] for name in _MARKS if name in fields}
                ),
            )
            if new != old:
                patches.append(_patch(id_, old, new))
                learned.update(long_items(new))
        if patches:
            engine.patch(db, patches)
            index.remember(db, [patch.after.customer_id for patch in patches])
    engine.add_words(db, sorted(learned_words(learned)))
    # Whoever has no document, or should have none, is none of the usual cases.
    if rest := [id_ for id_ in customer_ids if id_ not in seen]:
        index.update(db, rest)


def _rewritten(words: str, texts: dict[str, Sequence[str]]) -> str:
    """The text of a document with the items of some fields replaced."""
    for name, values in texts.items():
        found = _PLACES[name].fullmatch(words)
        assert found is not None  # the pattern takes any text
        head, tail = found[1], found[2]
        items = " ".join(filter(None, (_items(name, value) for value in values)))
        words = f"{head} {items}{tail}" if items else f"{head}{tail}"
    return words


def _items(name: str, value: str) -> str:
    return choice_item(name, value) if name in CHOICES else field_items(value, _MARKS[name])


def _place(name: str) -> re.Pattern[str]:
    """Finds the items of a field: what stands before them, and what behind."""
    before = NAME + "".join(list(_MARKS.values())[: list(_MARKS).index(name)])
    own = _MARKS[name]
    return re.compile(
        rf"((?: [{before}{before.upper()}]~[^ ]+)*)(?: [{own}{own.upper()}]~[^ ]+)*(.*)", re.DOTALL
    )


_PLACES = {name: _place(name) for name in _MARKS}


def _patch(id_: int, before: Document, after: Document) -> Patch:
    old, new = _tokens(before), _tokens(after)
    gone = old - new
    first = {token[0] for token in gone}
    kin = tuple(token for token in new & old if token[0] in first) if gone else ()
    return Patch(id_, after, tuple(gone), tuple(new - old), kin)


def _tokens(item: Document) -> set[str]:
    """The tokens of a document that can change here; those of the name alone cannot."""
    found = {word[2:] for word in item.words.split()}
    if item.owner_id is not None:
        found.add(f"_o{item.owner_id}")
    if item.team_id is not None:
        found.add(f"_g{item.team_id}")
    return found
