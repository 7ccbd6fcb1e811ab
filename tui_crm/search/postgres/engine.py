"""The index on PostgreSQL: hashes of words, their beginnings and pieces of numbers under GIN.

How it is asked is in `tui_crm.search.postgres.newest`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui_crm.search.engine import (
    Candidate,
    Condition,
    Fill,
    Page,
    Scope,
    Statement,
    Stored,
)
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.postgres import added, folding, frequencies, hashes, making, newest, recent
from tui_crm.search.postgres.foresight import Foresight
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.search.patch import Patch
    from tui_crm.search.reading import Custom
    from tui_crm.store import Database
    from tui_crm.store.database import Row

_MANY = 60_000  # documents that are not found to be sorted: it takes long to read their texts


class PostgresIndex:
    """The index of a PostgreSQL database; see `Engine`."""

    _foresight: Foresight | None = None
    tables: tuple[str, ...] = (
        "search_doc",
        "search_text",
        "search_recent",
        "search_added",
        "search_added_count",
    )

    # -- writing ----------------------------------------------------------------------------

    def insert(self, db: Database, stored: Sequence[Stored]) -> None:
        if len(stored) <= recent.AT_ONCE:
            recent.insert(db, stored)
        else:
            rows, _items = making.rows_of(stored)
            making.copy(db, rows)

    def remove(self, db: Database, stored: Sequence[Stored]) -> None:
        recent.remove(db, [item.id for item in stored])

    def leave(self, db: Database, customer_ids: Sequence[int]) -> None:
        recent.leave(db, customer_ids)

    def erase(self, db: Database, customer_ids: Sequence[int]) -> None:
        """Nothing: what goes goes at once."""

    def replace(self, db: Database, pairs: Sequence[tuple[Stored, Stored]]) -> None:
        if len(pairs) <= recent.AT_ONCE:
            recent.replace(db, [new for _old, new in pairs])
            return
        self.remove(db, [old for old, _new in pairs])
        self.insert(db, [new for _old, new in pairs])

    def patch(self, db: Database, patches: Sequence[Patch]) -> None:
        added.patch(db, patches)

    def next_ids(self, db: Database, count: int) -> int:
        return db.allocate_ids("search_doc", count)

    def add_words(self, db: Database, words: Sequence[str]) -> None:
        db.prepared(
            "INSERT INTO search_word (word) SELECT w FROM unnest(?::text[]) AS w WHERE NOT EXISTS"
            " (SELECT 1 FROM search_word s WHERE s.word = w) ON CONFLICT (word) DO NOTHING",
            (list(words),),
        )

    @contextmanager
    def building(self, db: Database, total: int, custom: Custom, words: set[str]) -> Iterator[Fill]:
        from tui_crm.store import beside

        # Where they were only just filled, the planner would go through all of them every time.
        db.run("ANALYZE customer, contact_point, customer_tag, tag")
        with making.making(db, total, custom, words) as fill:
            yield fill
        with db.transaction():
            beside.finish(db, self.tables)
        frequencies.forget(db)

    def fold(self, db: Database) -> bool:
        frequencies.renew(db)
        return folding.fold(db)

    def tidy(self, db: Database) -> None:
        """Nothing: all of it is in the new tables."""

    # -- checking ---------------------------------------------------------------------------

    def check(self, db: Database, expected: Sequence[Stored]) -> list[str]:
        held: dict[int, list[int]] = dict(
            db.rows(
                "SELECT t.id, coalesce(a.px, '{}') || coalesce(r.px, '{}')"
                " || ARRAY(SELECT unnest(t.px) EXCEPT SELECT unnest(a.gone))"
                " FROM search_text t LEFT JOIN search_recent r ON r.id = t.id"
                " LEFT JOIN search_added a ON a.id = t.id WHERE t.id = ANY(?)",
                ([item.id for item in expected],),
            )
        )
        return [
            _("customer {id}: words are missing in the search index").format(
                id=item.document.customer_id
            )
            for item in expected
            if not hashes.every(item).issubset(held.get(item.id, ()))
        ]

    def check_whole(self, db: Database, tokens: int, checksum: int) -> list[str]:
        # The hashes stand in the documents, which `check` compares, and the server keeps its index
        # equal to them.
        if added.check(db) and recent.check(db):
            return []
        return [_("the search index holds words that no customer has, or lacks some")]

    # -- asking -----------------------------------------------------------------------------

    def source(
        self,
        db: Database,
        needs: Needs,
        levels: Sequence[Level],
        scope: Scope,
        *,
        customer: bool,
    ) -> tuple[str, Condition]:
        condition = newest.indexed(db, needs, levels)
        source = "search_doc d"
        if condition.sql != "TRUE" or scope.text:
            source += " JOIN search_text t ON t.id = d.id"
        if customer:
            source += " JOIN customer c ON c.id = d.customer_id"
        return source, condition & scope.seen & scope.where

    def text(self, need: Need) -> Condition:
        return newest.text_condition(need, "any")

    def listed(self, need: Need) -> Condition:
        ways = tuple(map(tuple, hashes.ways(need, "any")))
        inner = newest.having((ways,))
        inner &= newest.text_condition(need, "any")
        sql = f"d.id IN (SELECT t.id FROM search_text t WHERE {inner.sql})"
        return Condition(sql, inner.params)

    def candidates(
        self, db: Database, needs: Needs, levels: Sequence[Level], scope: Scope, limit: int
    ) -> list[Candidate]:
        return Foresight(db, scope).newest(Page(needs, tuple(levels), limit))

    def newest(self, db: Database, page: Page, scope: Scope) -> list[Candidate]:
        return (self._foresight or Foresight(db, scope)).newest(page)

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
        if self._are_led(db, everybody.needs, scope):
            # Those to whom they lead are asked for before anybody else.
            return db.together(besides)
        self._foresight = Foresight(db, scope)
        return self._foresight.ask(rings, mine, ahead, everybody, besides)

    def read(self, db: Database, found: Sequence[Candidate]) -> list[Candidate]:
        return list(found)  # a second journey would cost more than what is read in vain

    def few(self, db: Database, needs: Needs, scope: Scope) -> list[Candidate] | None:
        for lead in scope.leads:
            if (found := newest.led(db, lead, needs, scope)) is not None:
                return found
        if self._foresight:
            return self._foresight.few
        most = newest.worth_leading(db, needs, scope)
        for lead in scope.leads if most else ():
            if (found := newest.led(db, lead, needs, scope, most)) is not None:
                return found
        levels: list[Level] = ["any"] * len(needs.positive)
        return Foresight(db, scope).all(Page(needs, tuple(levels), 0))

    def _are_led(self, db: Database, needs: Needs, scope: Scope) -> bool:
        """Whether customers to whom an index of theirs leads are looked through before others are
        asked for: there may be few, or not many beside what the words find.
        """
        if any(newest.may_lead(db, lead) for lead in scope.leads):
            return True
        most = newest.worth_leading(db, needs, scope)
        return any(newest.may_lead(db, lead, most) for lead in scope.leads if most)

    def are_many(self, db: Database, needs: Needs) -> bool:
        levels: list[Level] = ["any"] * len(needs.positive)
        asked = newest.question(db, needs, levels, Scope(Condition(), Condition()))
        return newest.expected(db, asked) > _MANY

    # -- dialect ----------------------------------------------------------------------------

    def by_index(self, name: str) -> str:
        return ""  # the planner chooses, by its statistics

    def json_text(self, column: str) -> str:
        return f"coalesce({column}::jsonb ->> ?, '')"

    def json_path(self, key: str) -> str:
        return key

    def number(self, expression: str) -> str:
        return f"coalesce(substring({expression}::text from '^-?[0-9]+[.]?[0-9]*'), '0')::float8"

    def like(self, expression: str) -> str:
        return f"{expression} ILIKE ?"
