"""A query as what the engine is asked: needs, a condition that holds the read door, an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_crm.core import visibility
from tui_crm.core.rows import Viewer
from tui_crm.search import tokens
from tui_crm.search.engine import Condition, Engine, engine_of
from tui_crm.search.filters import column, meaning
from tui_crm.search.needs import Need, Needs, from_words
from tui_crm.search.query import Order, Problem, Query, parse

if TYPE_CHECKING:
    from tui_crm.core.session import Session


@dataclass(frozen=True, slots=True)
class Plan:
    """What one query of one viewer comes to.

    `words` are the needs of the words alone, by which hits are ranked and marked; `needs` holds
    those of the filters as well. `where` includes what the viewer may see. `order_by` is empty for
    the order of recency.
    """

    query: Query
    engine: Engine
    words: tuple[Need, ...]
    needs: Needs
    where: Condition
    order_by: Condition | None
    problems: tuple[Problem, ...]

    @property
    def ranked(self) -> bool:
        """Whether the best hits come first, and not an order that was asked for."""
        return self.order_by is None and bool(self.words)


def make(session: Session, text: str) -> Plan:
    """The plan of a query text for the viewer of `session`."""
    query = parse(text, session.fields)
    engine = engine_of(session.db)
    words = from_words(query.words, session.settings.general.home_country)
    where = Condition(*visibility.condition(session.viewer))
    needs = list(words)
    keys = _scope_keys(session.viewer)
    problems = list(query.problems)
    for asked in query.filters:
        found = meaning(session, engine, asked)
        needs += found.needs
        keys += found.keys
        where &= found.condition
        if found.problem is not None:
            problems.append(found.problem)
    if query.ids is not None:
        where &= _one_of(query.ids)
    return Plan(
        query,
        engine,
        tuple(need for need in words if not need.negated),
        Needs(tuple(dict.fromkeys(needs)), tuple(keys)),
        where,
        _order_by(engine, query.order),
        tuple(problems),
    )


def _scope_keys(viewer: Viewer) -> list[tuple[str, ...]]:
    """Tokens of which each customer that `viewer` may see has one.

    They only make the search of someone who sees few customers quick; what may be seen is said by
    the condition of the read door.
    """
    if viewer.role == "admin" or viewer.scope == "all":
        return []
    teams = viewer.team_ids if viewer.scope == "team" else ()
    return [(tokens.owner_token(viewer.id), *map(tokens.team_token, teams))]


def _one_of(ids: tuple[int, ...]) -> Condition:
    if not ids:
        return Condition("FALSE")
    # The numbers come from the parser: they are figures and nothing else.
    return Condition(f"c.id IN ({', '.join(map(str, ids))})")


def _order_by(engine: Engine, order: tuple[Order, ...]) -> Condition | None:
    """The terms behind ORDER BY; the id settles ties, so that pages neither repeat nor skip."""
    if not order:
        return None
    terms: list[str] = []
    params: list[object] = []
    for item in order:
        key = item.field
        empty: Condition | None = None
        if key.name == "name":
            expression = Condition("c.sort_name")
        elif key.type in ("user", "team"):
            table, name = ("crm_user", "login") if key.type == "user" else ("team", "name")
            expression = Condition(f"(SELECT s.{name} FROM {table} s WHERE s.id = c.{key.column})")
            empty = Condition(f"c.{key.column} IS NULL")
        else:
            expression = column(engine, key)
            if key.custom or key.type != "number":
                empty = Condition(f"{expression.sql} = ''", expression.params)
            if key.custom and key.type == "number":
                expression = Condition(engine.number(expression.sql), expression.params)
        if empty is not None:  # behind all others, whichever way the list runs
            terms.append(empty.sql)
            params += empty.params
        terms.append(f"{expression.sql} {'DESC' if item.descending else 'ASC'}")
        params += expression.params
    descending = order[-1].descending
    terms.append(f"c.id {'DESC' if descending else 'ASC'}")
    return Condition(", ".join(terms), params)
