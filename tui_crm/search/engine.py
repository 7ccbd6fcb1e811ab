"""What the two engines' indexes offer, and the pieces of SQL that they hand out.

Queries name the tables alike: ``d`` is `search_doc`, ``t`` is `search_text`, ``c`` is `customer`,
which is only there where a condition asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tui_crm.core import listed
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.tokens import Document

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.search.reading import Custom
    from tui_crm.store import Database
    from tui_crm.store.database import Row


class Candidate(NamedTuple):
    """A document that matches, with what ranking looks at and what is `shown` of it."""

    id: int
    words: str
    digits: str
    shown: str

    @property
    def customer_id(self) -> int:
        """The id of the customer."""
        return listed.customer_of(self.shown)

    def is_of(self, owner_id: int) -> bool:
        """Whether the customer is that user's own."""
        return listed.is_of(self.shown, owner_id)


Statement = tuple[str, Sequence[Any]]
"""SQL text and its parameters."""


class Page(NamedTuple):
    """What `Engine.newest` is asked for: the newest `limit` documents that meet needs at levels."""

    needs: Needs
    levels: tuple[Level, ...]
    limit: int


class Stored(NamedTuple):
    """A document as the index holds it, under its id."""

    id: int
    document: Document


@dataclass(slots=True)
class Condition:
    """A condition on ``d``, ``t`` or ``c``, with its parameters."""

    sql: str = "TRUE"
    params: list[object] = field(default_factory=list)

    def __and__(self, other: Condition) -> Condition:
        if self.sql == "TRUE":
            return other
        if other.sql == "TRUE":
            return self
        return Condition(f"{self.sql} AND {other.sql}", [*self.params, *other.params])

    def __invert__(self) -> Condition:
        return Condition(f"NOT ({self.sql})", self.params)


def any_of(conditions: Sequence[Condition]) -> Condition:
    """The condition that at least one of `conditions` holds."""
    if not conditions:
        return Condition("FALSE")
    if len(conditions) == 1:
        return conditions[0]
    return Condition(
        "(" + " OR ".join(f"({condition.sql})" for condition in conditions) + ")",
        [param for condition in conditions for param in condition.params],
    )


class Lead(NamedTuple):
    """What leads to customers: a condition on ``c`` and the index that answers it; or, where that
    is another table, the SELECT of their ids.
    """

    where: Condition
    by: str = ""
    select: bool = False


class Scope(NamedTuple):
    """What else is asked of documents: that they are `seen` by the viewer, a condition on ``d``,
    and that their customers meet `where`, a condition on ``c`` or, with `text`, on all tables.

    `leads` are parts of `where` that an index of the customers answers.
    """

    seen: Condition
    where: Condition
    text: bool = False
    leads: tuple[Condition, ...] = ()


class Read(NamedTuple):
    """Customers that were read, to be made into documents."""

    places: dict[int, int]  # the ids of the documents, ascending, by those customers that get one
    rows: Sequence[Sequence[Row]]  # what `reading.queries` found


Fill = Callable[[Read], None]


class Engine(Protocol):
    """The index on one engine."""

    tables: tuple[str, ...]  # that are built anew beside those in use, and put in their place

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        """Add documents, in ascending order of their ids."""

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        """Take out documents; they must be as the index holds them."""

    def leave(self, db: Database, customer_ids: Sequence[int]) -> None:
        """Let the documents of many customers, who are in the recycle bin, be found no more; what
        is slow to take out of the index may wait for `fold`.
        """

    def erase(self, db: Database, customer_ids: Sequence[int]) -> None:
        """Take out at once what waits of these customers."""

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        """Put the second document of each pair in the place of the first, under its id; the
        pairs are in ascending order of their ids.
        """

    def add_words(self, db: Database, words: Sequence[str]) -> None:
        """Add the words that are not there yet to those that others are corrected to."""

    def patch(self, db: Database, patches: Sequence[Patch]) -> None:
        """Change a few words of each of many documents, in ascending order of their ids."""

    def next_ids(self, db: Database, count: int) -> int:
        """The first of `count` fresh ids, greater than all ids in the index."""

    def building(
        self, db: Database, total: int, custom: Custom, words: set[str]
    ) -> AbstractContextManager[Fill]:
        """Fill the new `tables`, empty ones beside those in use: gives a function to which all of
        some `total` customers are handed, in ascending order of the ids of their documents.
        Everything is in the tables when the block ends, and in `words` all to which a mistyped word
        may be corrected. Outside a transaction others can write meanwhile.
        """

    def fold(self, db: Database) -> bool:
        """Put a few of the documents that stand beside the index into it, or take a few out of it
        that wait for that, in a transaction of its own; False where that is not worth while.
        """

    def tidy(self, db: Database) -> None:
        """Take away what `building` left when it was killed, the new tables aside."""

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        """What differs between the index and these documents, which are right."""

    def check_whole(self, db: Database, tokens: int, checksum: int) -> list[str]:
        """What is wrong with the index as a whole, which should hold `tokens` different pairs of
        token and document, whose tokens have the `checksum` of `token_sum`.
        """

    def source(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        *,
        customer: bool,
    ) -> tuple[str, Condition]:
        """The FROM clause and condition of the documents that meet each positive need at its
        level, and the negated ones not at all; with the table of customers if asked for.
        """

    def text(self, need: Need) -> Condition:
        """The condition that the text of a document meets `need`: for a few documents."""

    def listed(self, need: Need) -> Condition:
        """The same condition answered by the index: for any number of documents."""

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        """The newest `limit` documents that meet `needs` in `scope`, newest first."""

    def newest(self, db: Database, asked: Page, scope: Scope) -> list[Candidate]:
        """The same, of which only the ids count until they are `read`."""

    def foresee(
        self,
        db: Database,
        rings: Sequence[Page],
        mine: Sequence[Page],
        ahead: int,
        everybody: Page,
        scope: Scope,
        besides: Sequence[Statement],
    ) -> list[list[Row]]:
        """The rows of the statements `besides`; where a journey to the server costs more than an
        answer in vain, what `few` and `newest` will probably be asked travels with them.

        `rings` are asked one after the other, until one gives enough; of the viewer's own customers
        `mine` if one gives as many as it may, and `everybody` if none of the first, which are
        `ahead`, does.
        """

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        """What `newest` found, with everything that a candidate has, in any order."""

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        """All documents that meet `needs` in `scope`, in any order, if those in `scope` are so
        few that they are quickly looked through; else None.
        """

    def are_many(self, db: Database, needs: Needs) -> bool:
        """Whether so many documents meet needs that it is quicker to ask one customer after the
        other, in some order, than to sort those whom the index finds.
        """

    def by_index(self, name: str) -> str:
        """SQL text behind ``customer c`` that says which index it is to be read in the order of,
        "" meaning none; empty where nothing can be said.
        """

    def json_text(self, column: str) -> str:
        """SQL text of a member of a JSON column as text; takes the parameter of `json_path`."""

    def json_path(self, key: str) -> str:
        """The parameter that names a member for `json_text`."""

    def number(self, expression: str) -> str:
        """SQL text of the number that a text begins with."""

    def like(self, expression: str) -> str:
        """SQL text that compares with a pattern, case aside as far as the engine can."""


def engine_of(db: Database) -> Engine:
    """The index engine of a database."""
    if db.engine == "sqlite":
        from tui_crm.search.sqlite.engine import SqliteIndex

        return SqliteIndex()
    from tui_crm.search.postgres.engine import PostgresIndex

    return PostgresIndex()
