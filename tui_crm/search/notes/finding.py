"""Words of interactions: who said something about a discount, and when.

    search(session, "discount owner:me")  -> tuple[NoteHit]   the newest first

Words must be in the subject or the text of an interaction; filters ask its customer. Only
customers that the viewer may see are found. `update` is called by the write door inside the
transaction of the change; `note_rebuild` makes the index anew, `check` proves it right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tui_crm.core import customers, visibility
from tui_crm.core.rows import CustomerRow, Problem
from tui_crm.errors import CrmError
from tui_crm.search import lists
from tui_crm.search.answer import checker
from tui_crm.search.engine import Condition
from tui_crm.search.language.query import Group, Part, Query, Word, parse, walk, written
from tui_crm.search.needs import Level
from tui_crm.search.notes.index import (
    FIRST,
    NEWEST,
    Note,
    checksum,
    interaction_of,
    key_at,
    note_index,
)
from tui_crm.search.notes.words import Snippet, Term, holds, note_tokens, snippet, terms
from tui_crm.search.plan import Plan, make
from tui_crm.text import dates
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.answer import Cancel
    from tui_crm.store import Database

_FEW_CUSTOMERS = 2000  # of whom the interactions are asked, instead of all interactions
_AT_FIRST, _AT_ONCE = (FIRST, 1500), 2000  # entries that the index gives at a time
_TRIED = 1000  # of few customers' interactions, before the index is asked
_SELDOM, _RARELY = 10, 100  # a word is frequent if more than one in so many has it
_LOOKED_AT = 100  # interactions that are read at a time
_CHUNK = 500
_AT_OPENING = 100_000  # interactions that are indexed while a database is opened


@dataclass(frozen=True, slots=True)
class NoteHit:
    """An interaction whose words were found; `key` is its place in the index."""

    key: int
    id: int
    row: CustomerRow
    at: datetime
    kind: str
    subject: Snippet
    note: Snippet


@dataclass(frozen=True, slots=True)
class NoteAnswer:
    """The newest hits; `more` says whether there may be older ones, which `below` asks for."""

    hits: tuple[NoteHit, ...] = ()
    more: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def below(self) -> int:
        """What `before` takes for the next page."""
        return min((hit.key for hit in self.hits), default=0)


def search(
    session: Session,
    text: str,
    limit: int = 50,
    before: int | None = None,
    *,
    cancel: Cancel | None = None,
) -> NoteAnswer:
    """The newest `limit` interactions with the words of `text`, older than those of `before`.

    The index knows days: a page is in the order of time, and a day that goes on over the end of a
    page is divided in the order in which its interactions were entered. Nothing is found without a
    word. Raises `Interrupted` when `cancel` is cancelled, and `CrmError` while the index of an
    older database is not made.
    """
    check = checker(cancel)
    with session.db.connection(), session.db.interruptible(cancel):
        query = parse(text, session.fields)
        wanted, unwanted = terms(query.words), terms(query.words, negated=True)
        whose = _whose(session, query)
        if not wanted:
            return NoteAnswer(problems=whose.problems)
        if not is_ready(session.db):
            raise CrmError(
                _("The words of the interactions are not indexed yet."),
                _("Run `crm migrate`: it makes the index."),
            )
        check()
        page = _Page(session.db, wanted, unwanted, whose.condition, whose.text, limit, check)
        few = _few(session, whose.plan, check) if whose.restricted else None
        below = before or NEWEST
        if few is None:
            below = page.look_at_newest(below)
            if page.wanting and whose.filtered and not whose.restricted:
                few = _few(session, whose.plan, check)
        if few is not None:
            page.look_at_theirs(few, below)
        elif page.wanting:
            page.look_at_all(below)
        rows = sorted(page.found[:limit], key=_started, reverse=True)
        return NoteAnswer(tuple(_hits(session, rows, wanted)), page.full, whose.problems)


_Row = tuple[int, int, str, str, str, str, int]
"""Key, id, start, subject, note, kind and customer of an interaction."""


def _started(row: _Row) -> tuple[str, int]:
    return row[2], row[1]


@dataclass(slots=True)
class _Page:
    """The hits that are gathered until there is one more than fits.

    `condition` asks the customer ``c`` and, with `text`, its document.
    """

    db: Database
    wanted: Sequence[Term]
    unwanted: Sequence[Term]
    condition: Condition
    text: bool
    limit: int
    check: Callable[[], None]
    ended: bool = False  # whether the index has no more of what is asked
    found: list[_Row] = field(default_factory=list)
    read: list[_Row] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether nothing more is to be looked for."""
        return len(self.found) > self.limit

    @property
    def wanting(self) -> bool:
        """Whether more is to be looked for, and there may be more."""
        return not (self.full or self.ended)

    def look_at_newest(self, below: int) -> int:
        """Look at the newest entries; gives the key below which others are."""
        index = note_index(self.db)
        for size in _AT_FIRST:
            if len(self.found) * index.growth <= self.limit and size > FIRST:
                break  # the words are rare among those that begin like them
            if self.wanting:
                keys, self.ended = index.newest(self.db, self.wanted, below, size)
                self.look_at(keys)
                below = keys[-1] if keys else below
        return below

    def look_at_all(self, below: int) -> None:
        """Look at all that the index knows, as far as the page is not full."""
        index, frequent = note_index(self.db), self._frequent(_SELDOM)
        while not self.full:
            self.check()
            keys = index.keys(self.db, self.wanted, frequent, below, _AT_ONCE)
            self.look_at(keys)
            if len(keys) < _AT_ONCE:
                break
            below = keys[-1]

    def look_at_theirs(self, customers: Sequence[int], below: int) -> None:
        """Look at the interactions of customers who meet the condition."""
        index, theirs = note_index(self.db), _keys_of(self.db, customers, below)
        self.look_at(theirs[:_TRIED], known=True)
        frequent = self._frequent(_RARELY)
        for keys in _chunks(theirs[_TRIED:], _AT_ONCE):
            if not self.full:
                self.check()
                self.look_at(index.among(self.db, self.wanted, frequent, keys), known=True)

    def look_at(self, keys: Sequence[int], *, known: bool = False) -> None:
        """Look at some entries, newest first; they are `known` to be of the right customers."""
        for chunk in _chunks(keys, _LOOKED_AT):
            if self.full:
                break
            self.check()
            rows = self._known(chunk) if known else self._texts(chunk)
            if len(self.read) < FIRST:
                self.read += rows
            self.found += [r for r in rows if holds(r[3], r[4], self.wanted, self.unwanted)]

    def _frequent(self, seldom: int) -> list[Term]:
        """The terms that more than one in so many of the entries have that were looked at."""
        return [
            term
            for term in self.wanted
            if sum(holds(row[3], row[4], (term,)) for row in self.read) * seldom > len(self.read)
        ]

    def _texts(self, keys: Sequence[int]) -> list[_Row]:
        document = (
            " JOIN search_doc d ON d.customer_id = c.id JOIN search_text t ON t.id = d.id"
            if self.text
            else ""
        )
        source = f"interaction i JOIN customer c ON c.id = i.customer_id{document}"
        return _rows(self.db, keys, source, self.condition)

    def _known(self, keys: Sequence[int]) -> list[_Row]:
        return _rows(self.db, keys, "interaction i", Condition())


@dataclass(frozen=True, slots=True)
class _Whose:
    """Whose interactions are asked for: a condition on customer ``c`` and, with `text`, on its
    document, and the plan that finds them; whether it has filters, and whether the viewer does not
    see everybody.
    """

    condition: Condition
    text: bool
    plan: Plan
    filtered: bool
    restricted: bool
    problems: tuple[Problem, ...]


def _whose(session: Session, query: Query) -> _Whose:
    """What the filters of a query and the rights of the viewer say about the customers."""
    problems = list(query.problems)
    parts: list[Part] = []
    for part in query.parts:
        if isinstance(part, Group) and any(isinstance(p, Word) for p in walk(part.parts)):
            message = _("Words of notes cannot be joined by “or”.")
            problems.append(Problem(message, part.start, part.end))
        elif not isinstance(part, Word):
            parts.append(part)
    plan = make(session, written(Query("", tuple(parts))))
    # These point into another text: they are shown as being about the whole.
    problems += [Problem(p.message, 0, len(query.text)) for p in plan.problems]
    condition = plan.where
    for need in plan.texts:
        met = plan.engine.text(need)
        condition &= ~met if need.negated else met
    text = plan.grouped or bool(plan.texts)
    return _Whose(
        condition,
        text,
        plan,
        bool(parts),
        not visibility.sees_all(session.viewer),
        tuple(problems),
    )


def _few(session: Session, plan: Plan, check: Callable[[], None]) -> list[int] | None:
    """The ids of the customers that a plan finds; None where they are many."""
    db, most = session.db, _FEW_CUSTOMERS
    if plan.order is not None:
        ids, complete, _unfinished = lists.page(session, plan, most, check)
        return ids if complete else None
    found = plan.engine.few(db, plan.needs, plan.scope)
    if found is None:
        levels: list[Level] = ["any"] * len(plan.needs.positive)
        found = plan.engine.candidates(db, plan.needs, levels, plan.scope, most + 1)
    return [candidate.customer_id for candidate in found] if len(found) <= most else None


def _keys_of(db: Database, customers: Sequence[int], below: int) -> list[int]:
    """The keys below a key of the interactions of customers, the newest first."""
    keys: list[int] = []
    for some in _chunks(customers):
        sql = (
            "SELECT id, substr(started_at, 1, 10) FROM interaction"
            f" WHERE customer_id IN ({_marks(some)})"
        )
        keys += [key_at(day, id_) for id_, day in db.rows(sql, some)]
    return sorted((key for key in keys if key < below), reverse=True)


def _rows(db: Database, keys: Sequence[int], source: str, condition: Condition) -> list[_Row]:
    """The interactions of these keys that meet a condition, in the order of the keys."""
    key_of = {interaction_of(key): key for key in keys}
    sql = (
        "SELECT i.id, i.started_at, i.subject, i.note, i.kind, i.customer_id"
        f" FROM {source} WHERE i.id IN ({_marks(key_of)}) AND i.deleted_at = ''"
        f" AND {condition.sql}"
    )
    found = [(key_of[row[0]], *row) for row in db.rows(sql, (*key_of, *condition.params))]
    return sorted(found, reverse=True)


def _hits(session: Session, rows: Sequence[_Row], wanted: Sequence[Term]) -> Iterator[NoteHit]:
    people = {row.id: row for row in customers.rows(session, [row[6] for row in rows])}
    for key, id_, at, subject, note, kind, customer_id in rows:
        if customer_id in people:
            yield NoteHit(
                key, id_, people[customer_id], dates.from_iso(at), kind,
                snippet(subject, wanted), snippet(note, wanted),
            )  # fmt: skip


# Writing ----------------------------------------------------------------------------------------


def update(db: Database, before: Mapping[int, Note | None]) -> None:
    """Bring the index in line with these interactions; `before` holds them as they were indexed,
    None for those that were not.

    Belongs into the transaction that changed them.
    """
    if not before:
        return
    index, ready = note_index(db), is_ready(db)
    old: list[Note] = []
    new: list[Note] = []
    for chunk in _chunks(sorted(before)):
        now = {note.id: note for note in _now(db, chunk)}
        for id_ in chunk:
            was, is_ = before[id_], now.get(id_)
            if was != is_:
                old += [was] if was else []
                new += [is_] if is_ else []
    old, new = sorted(old, key=_key), sorted(new, key=_key)
    index.remove(db, old if ready else [])
    index.insert(db, new if ready else [])
    index.follow(db, old, new)


def _now(db: Database, ids: Sequence[int]) -> list[Note]:
    sql = (
        "SELECT id, started_at, subject, note FROM interaction"
        f" WHERE deleted_at = '' AND id IN ({_marks(ids)})"
    )
    return [Note(*row) for row in db.rows(sql, ids)]


def is_ready(db: Database) -> bool:
    """Whether the index was made: not yet, where interactions are older than it."""
    return db.one("SELECT 1 FROM search_notes_state WHERE ready = 1") is not None


def prepare(
    db: Database,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Make the index of an older database if that is quick, or with `everything` in any case.

    Gives whether it was made now.
    """
    if is_ready(db):
        return False
    row = db.one("SELECT coalesce(max(id), 0) FROM interaction")
    if row and row[0] > _AT_OPENING and not everything:
        return False
    from tui_crm.search.notes import rebuild as note_rebuild

    note_rebuild.rebuild(db, progress)
    return True


def check(db: Database, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """What is wrong with the index; empty when it is equal to the interactions. Reads them all."""
    if not is_ready(db):
        return [_("the words of the interactions are not indexed yet")]
    count = total = done = 0
    with db.reading():
        everything = (db.one("SELECT count(*) FROM interaction WHERE deleted_at = ''") or (0,))[0]
        for rows in db.stream("SELECT subject, note FROM interaction WHERE deleted_at = ''"):
            for subject, note in rows:
                for token in note_tokens(subject, note):
                    count += 1
                    total += checksum(token)
            done += len(rows)
            if progress is not None:
                progress(done, everything)
        if note_index(db).contents(db) != (count, total):
            return [_("the index of notes holds words that no interaction has, or lacks some")]
    return []


def _key(note: Note) -> int:
    return note.key


def _chunks(items: Sequence[int], size: int = _CHUNK) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _marks(items: Collection[object]) -> str:
    return ", ".join("?" * len(items))
