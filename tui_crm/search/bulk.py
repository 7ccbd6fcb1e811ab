"""The search index after one and the same edit of many customers.

`index.update` makes the whole document of a customer anew. Where it is known which fields changed,
most of a document stands as it was: here only the items of those fields are replaced in its text,
and only the words that came or went are written to the engine's index.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tui_crm.core import listed
from tui_crm.core.ids import IdSet
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
    key_tokens,
    learned_words,
    long_items,
)

if TYPE_CHECKING:
    from tui_crm.store import Database

_CHUNK = 5000  # documents that are held at a time
# The fields whose items can be replaced, with their marks, in the order in which they stand behind
# the items of the name; what is beside them lists show.
_MARKS = {"organization": ORGANIZATION, "title": TITLE, "city": CITY, "tags": TAG, **CHOICES}
PARTS = frozenset({*_MARKS, "owner", "team", "country"})
"""The fields for which `update` knows a short way."""
_COLUMNS = {"owner": "owner_id", "team": "team_id"}

_IDS = "SELECT id, customer_id FROM search_doc WHERE {one_of}"
_DOCUMENTS = (
    "SELECT d.id, d.customer_id, d.owner_id, d.team_id, t.stamp, t.words, t.digits, t.shown"
    "{columns} FROM search_doc d JOIN search_text t ON t.id = d.id{customers}"
    " WHERE d.id IN (SELECT id FROM {table}) ORDER BY d.id"
)
_TAGS = (
    "SELECT ct.customer_id, g.name FROM customer_tag ct JOIN tag g ON g.id = ct.tag_id"
    " JOIN search_doc d ON d.customer_id = ct.customer_id"
    " WHERE d.id IN (SELECT id FROM {table}) ORDER BY g.name"
)


def update(
    db: Database,
    customer_ids: Iterable[int],
    fields: Collection[str],
    tell: Callable[[int], None] | None = None,
    check: Callable[[], None] | None = None,
) -> None:
    """Bring the index in line for customers of whom nothing but `fields` changed, each once.

    Belongs into the transaction that changed them. For other fields than `PARTS` it is
    `index.update`. `tell` is called with how many are done, many times; `check` may raise to stop.
    """
    documents, others = IdSet(), IdSet()
    short = PARTS.issuperset(fields)
    for some in chunks(customer_ids, _CHUNK):
        known = set()
        if short:
            owned, params = db.one_of("customer_id", some)
            for id_, customer_id in db.rows(_IDS.format(one_of=owned), params):
                known.add(customer_id)
                documents.add(id_)
        # Whoever has no document is none of the usual cases.
        others.update(id_ for id_ in some if id_ not in known)
    # In the order of the documents: it is that of the index.
    for some in chunks(documents, _CHUNK):
        if check is not None:
            check()
        _update(db, some, fields)
        if tell is not None:
            tell(len(some))
    for some in chunks(others, _CHUNK):
        if check is not None:
            check()
        index.update(db, some)
        if tell is not None and not short:
            tell(len(some))


def _update(db: Database, documents: Sequence[int], fields: Collection[str]) -> None:
    """Replace the items of these fields in some documents, and their keys."""
    engine = engine_of(db)
    single = [name for name in fields if name != "tags"]
    columns = [_COLUMNS.get(name, name) for name in single]
    place = {name: at for at, name in enumerate(columns, 8)}
    names = [(name, place.get(name)) for name in _MARKS if name in fields]
    owner_at, team_at = place.get("owner_id", 2), place.get("team_id", 3)
    patches: list[Patch] = []
    come: set[str] = set()
    tags: dict[int, list[str]] = defaultdict(list)
    tagged = "tags" in fields
    with db.ids_table(documents) as table:
        if tagged:
            for customer_id, name in db.rows(_TAGS.format(table=table)):
                tags[customer_id].append(name)
        rows = db.rows(
            _DOCUMENTS.format(
                table=table,
                columns="".join(f", c.{column}" for column in columns),
                # Where tags alone changed, it is not worth to look all customers up.
                customers=" JOIN customer c ON c.id = d.customer_id" if columns else "",
            )
        )
    for row in rows:
        id_, customer_id, owner_id, team_id, stamp, words, digits, shown, *values = row
        rewritten = _Rewritten(words)
        for name, at in names:
            held = tags.get(customer_id, ()) if at is None else (row[at],)
            rewritten.replace(name, " ".join(filter(None, [_items(name, v) for v in held])))
        old = Document(customer_id, owner_id, team_id, stamp, words, digits, shown)
        owner_id, team_id = row[owner_at], row[team_at]
        shown = listed.changed(
            shown, zip(single, values, strict=True), tags[customer_id] if tagged else None
        )
        new = Document(customer_id, owner_id, team_id, stamp, rewritten.words, digits, shown)
        if new != old:
            patches.append(_patch(id_, old, new, rewritten))
            come |= rewritten.come
    if patches:
        engine.patch(db, patches)
        index.remember(db, [patch.after.customer_id for patch in patches])
    engine.add_words(db, sorted(learned_words(long_items(" ".join(come) + " "))))


class _Rewritten:
    """The text of a document in which the items of fields are replaced."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.gone: frozenset[str] = frozenset()
        self.come: frozenset[str] = frozenset()

    def replace(self, name: str, items: str) -> None:
        """Put `items` in the place of those of the field `name`."""
        found = _PLACES[name].fullmatch(self.words)
        assert found is not None  # the pattern takes any text
        head, old, tail = found.groups()
        new = f" {items}" if items else ""
        if new != old:
            self.words = f"{head}{new}{tail}"
            gone, come = _moved(old, new)
            self.gone |= gone
            self.come |= come


@lru_cache(1 << 12)  # many customers have the same tag or city
def _moved(old: str, new: str) -> tuple[frozenset[str], frozenset[str]]:
    """The items that went and came."""
    before, after = frozenset(old.split()), frozenset(new.split())
    return before - after, after - before


def _items(name: str, value: str) -> str:
    return choice_item(name, value) if name in CHOICES else field_items(value, _MARKS[name])


def _place(name: str) -> re.Pattern[str]:
    """Finds the items of a field: what stands before them, they, and what is behind."""
    before = NAME + "".join(list(_MARKS.values())[: list(_MARKS).index(name)])
    own = _MARKS[name]
    return re.compile(
        rf"((?: [{before}{before.upper()}]~[^ ]+)*)((?: [{own}{own.upper()}]~[^ ]+)*)(.*)",
        re.DOTALL,
    )


_PLACES = {name: _place(name) for name in _MARKS}


def _patch(id_: int, before: Document, after: Document, rewritten: _Rewritten) -> Patch:
    # A word that another field has, too, neither goes nor comes.
    gone = {item[2:] for item in rewritten.gone if f"{item[1:]} " not in after.words}
    come = {item[2:] for item in rewritten.come if f"{item[1:]} " not in before.words}
    keys_before, keys_after = _keys(before), _keys(after)
    gone |= keys_before - keys_after
    come |= keys_after - keys_before
    kin: set[str] = set()
    if gone:
        first = "".join(sorted({token[0] for token in gone}))
        kin = {*_beginning(first).findall(after.words)}
        kin |= {key for key in keys_after if key[0] in first}
        kin -= come
    return Patch(id_, after, tuple(gone), tuple(come), tuple(kin), keys_before != keys_after)


def _keys(item: Document) -> set[str]:
    return set(key_tokens(item.owner_id, item.team_id))


@lru_cache(1 << 8)
def _beginning(characters: str) -> re.Pattern[str]:
    """Finds the tokens of a document that begin with one of these."""
    return re.compile(f" .~([{re.escape(characters)}][^ ]*)")
