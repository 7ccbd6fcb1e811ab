"""A query as what the engine is asked: needs, a condition that holds the read door, an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui_crm.core import visibility
from tui_crm.core.rows import Problem, Viewer
from tui_crm.errors import UsageError
from tui_crm.search import orders, tokens
from tui_crm.search.engine import Condition, Engine, Lead, Scope, any_of, engine_of
from tui_crm.search.filters import Meaning, meaning
from tui_crm.search.language.query import Filter, Group, Ids, Part, Query, Word, parse
from tui_crm.search.language.saved import expanded
from tui_crm.search.needs import Level, Need, Needs, from_words
from tui_crm.search.orders import Order
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.store import Database

_Hint = tuple[Need | str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one query of one viewer comes to.

    `words` are the needs of the words alone, by which hits are ranked, and `marked` those by which
    they are marked; `needs` holds those of the filters as well, of which `texts` say something that
    only the documents tell. `asked` is what filters ask of the customers and, with `grouped`, of
    the documents too; `leads` are those parts of it that an index of the customers answers, and
    `listed` says that the index of recency holds all that it is about, and `rowless` that this or
    another table does, so that no customer need be read. `live` is what the
    viewer may see, and `seen` the same told by the documents alone. `order` is empty for the order
    of documents.
    """

    query: Query
    engine: Engine
    words: tuple[Need, ...]
    marked: tuple[Need, ...]
    needs: Needs
    texts: tuple[Need, ...]
    seen: Condition
    asked: Condition
    live: Condition
    leads: tuple[Lead, ...]
    grouped: bool
    listed: bool
    rowless: bool
    order: Order | None
    problems: tuple[Problem, ...]

    @property
    def scope(self) -> Scope:
        """What is asked of documents besides the needs."""
        leads = tuple(lead.where for lead in self.leads if not lead.select)
        return Scope(self.seen, self.asked, self.grouped, leads)

    @property
    def where(self) -> Condition:
        """What is asked and what the viewer may see."""
        return self.live & self.asked

    @property
    def ranked(self) -> bool:
        """Whether the best hits come first, and not those of an order."""
        return self.order is None and bool(self.words)

    @property
    def by_documents(self) -> bool:
        """Whether the index of documents leads to what is asked, and nothing else does."""
        return bool(self.texts) or (self.grouped and bool(self.needs.hints))

    @property
    def alone(self) -> Condition:
        """All that is asked, as a condition on one customer after the other."""
        told = self.asked if self.grouped else Condition()
        for need in self.texts:
            met = self.engine.text(need)
            told &= ~met if need.negated else met
        if told.sql == "TRUE":
            return self.where
        sql = (
            f"(SELECT {told.sql} FROM search_doc d JOIN search_text t ON t.id = d.id"
            " WHERE d.customer_id = c.id)"
        )
        return (self.live if self.grouped else self.where) & Condition(sql, told.params)


def make(session: Session, text: str) -> Plan:
    """The plan of a query text for the viewer of `session`."""
    query = expanded(session, parse(text, session.fields))
    planner = _Planner(session)
    words = from_words(query.words, planner.country)
    asked = Condition()
    needs = list(words)
    texts = list(words)
    keys = _scope_keys(session.viewer)
    groups: list[Group] = []
    leads: tuple[Lead, ...] = ()
    order = orders.recent()
    for part in query.parts:
        if isinstance(part, Group):
            groups.append(part)
        elif isinstance(part, Ids):
            asked &= (chosen := _one_of(part))
            leads += () if part.negated else (Lead(chosen),)
        elif isinstance(part, Filter):
            if len(part.values) > 1:
                groups.append(_each(part))
                continue
            found = planner.meaning(part)
            needs += found.needs
            texts += found.needs if found.by_text else ()
            keys += found.keys
            asked &= found.condition
            leads += (found.lead,) if found.lead else ()
            if found.when:
                order = orders.of_time(part.field, found.when)
    found_groups = [planner.group(group) for group in groups]
    hints = [hint for found in found_groups if found for hint in found.hints]
    driven = bool(hints) or any(not need.negated for need in needs)
    grouped = False
    for whole in found_groups:
        if whole is not None:
            asked &= whole.condition(planner.engine, driven)
            grouped = grouped or whole.textual
    in_order: Order | None = order
    if query.order:
        in_order = orders.asked(session, planner.engine, query.order)
    elif texts or (grouped and hints):
        in_order = None
    positive = tuple(need for need in words if not need.negated)
    problems = [*query.problems, *planner.problems(len(text))]
    return Plan(
        query,
        planner.engine,
        positive,
        tuple(dict.fromkeys((*positive, *planner.marked))),
        Needs(tuple(dict.fromkeys(needs)), tuple(keys), tuple(dict.fromkeys(hints))),
        tuple(dict.fromkeys(texts)),
        Condition(*visibility.of_live(session.viewer, "d")),
        asked,
        Condition(*visibility.condition(session.viewer)),
        leads,
        grouped,
        planner.about <= orders.LISTED,
        planner.about <= orders.BESIDE,
        in_order,
        tuple(sorted(problems, key=lambda problem: problem.start)),
    )


def matching(db: Database, plan: Plan, *, customer: bool = True) -> tuple[str, Condition]:
    """The FROM clause and condition of everything that matches: documents as ``d``, and their
    customers as ``c`` if asked for or needed; customers alone where these tell all.
    """
    if plan.order is not None and not plan.by_documents:
        for lead in plan.leads:
            if lead.select:  # rather its list of ids once than a look for each customer
                among = Condition(f"c.id IN ({lead.where.sql})", lead.where.params)
                return "customer c", plan.alone & among
        index = orders.BY_RECENCY if plan.rowless else ""
        return f"customer c{plan.engine.by_index(index)}", plan.alone
    levels: list[Level] = ["any"] * len(plan.needs.positive)
    customer = customer or plan.order is not None or plan.asked.sql != "TRUE"
    return plan.engine.source(db, plan.needs, levels, plan.scope, customer=customer)


def refuse_problems(session: Session, text: str) -> None:
    """Raise `UsageError` for a query that is not clear, or that asks for what does not exist.

    Searching leaves out what it does not understand; what acts on everything that is found must
    not.
    """
    with session.db.connection():
        problems = make(session, text).problems
    if problems:
        first = problems[0]
        raise UsageError(
            _("The query is not clear: {problem}").format(problem=first.message),
            _("It is about “{word}”. Nothing was done.").format(
                word=text[first.start : first.end].strip()
            ),
        )


@dataclass(slots=True)
class _Tree:
    """A part of a group that is understood.

    `hints` are met by whatever meets the part. `needs` are answered by the index or by the text of
    a document, as `condition` is told.
    """

    table: Condition = field(default_factory=Condition)
    needs: Sequence[Need] = ()
    inner: Sequence[_Tree] = ()
    any: bool = False
    negated: bool = False
    hints: tuple[_Hint, ...] = ()

    @property
    def textual(self) -> bool:
        """Whether something of it is told by the documents alone."""
        return bool(self.needs) or any(tree.textual for tree in self.inner)

    def condition(self, engine: Engine, driven: bool) -> Condition:
        """The condition on customer and document; `driven` says that few documents are left when
        it is asked.
        """
        one = engine.text if driven else engine.listed
        if self.any:
            found = any_of([tree.condition(engine, driven) for tree in self.inner])
        else:
            found = self.table
            for need in self.needs:
                found &= ~one(need) if need.negated else one(need)
            for tree in self.inner:
                found &= tree.condition(engine, driven)
        return ~found if self.negated else found


class _Planner:
    """Finds out what groups mean."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.engine = engine_of(session.db)
        self.country = session.settings.general.home_country
        self.found_problems: list[Problem] = []
        self.marked: list[Need] = []
        self.about: set[str] = set()

    def group(self, group: Group, marked: bool = True) -> _Tree | None:
        """The tree of a group; None if nothing of it is understood."""
        marked = marked and not group.negated
        typed = [part for part in group.parts if isinstance(part, Word)]
        # Words of one group are taken together: numbers are written with blanks.
        phrases = [(word,) for word in typed] if group.any else [tuple(typed)]
        trees = [self.words(found, marked) for words in phrases if (found := self.needs(words))]
        trees += [tree for part in group.parts if (tree := self.part(part, marked)) is not None]
        if not trees:
            return None
        hints = () if group.negated else _any_hints(trees) if group.any else _all_hints(trees)
        return _Tree(inner=trees, any=group.any, negated=group.negated, hints=hints)

    def part(self, part: Part, marked: bool) -> _Tree | None:
        if isinstance(part, Group):
            return self.group(part, marked)
        if isinstance(part, Ids):
            return _Tree(_one_of(part))
        if isinstance(part, Filter):
            return self.group(_each(part), marked) if len(part.values) > 1 else self.filter(part)
        return None

    def needs(self, words: tuple[Word, ...]) -> tuple[Need, ...]:
        return from_words(words, self.country)

    def words(self, needs: tuple[Need, ...], marked: bool) -> _Tree:
        if marked:
            self.marked += [need for need in needs if not need.negated]
        return _Tree(needs=needs, hints=tuple((need,) for need in needs if _is_hint(need)))

    def problems(self, size: int) -> list[Problem]:
        """What is wrong with filters of a text of that size: at its end one may be unfinished."""
        return [
            replace(problem, unfinished=problem.unfinished and problem.end == size)
            for problem in self.found_problems
        ]

    def meaning(self, part: Filter) -> Meaning:
        found = meaning(self.session, self.engine, part)
        if found.problem is not None:
            self.found_problems.append(found.problem)
        self.about.add(part.field.name)
        return found

    def filter(self, part: Filter) -> _Tree | None:
        found = self.meaning(part)
        if found.problem is not None and found.condition.sql == "TRUE":
            return None
        hints = [(need,) for need in found.needs if _is_hint(need)]
        # What the table says completely needs no look at the document.
        needs = found.needs if found.condition.sql == "TRUE" else ()
        return _Tree(found.condition, needs, hints=(*hints, *found.keys))


def _each(part: Filter) -> Group:
    """A filter with several values as a group of filters with one."""
    ways = tuple(replace(part, values=(value,), negated=False) for value in part.values)
    return Group(ways, True, part.start, part.end, part.negated)


def _is_hint(need: Need) -> bool:
    """Whether the index finds all documents that meet a need among those of its words."""
    return bool(need.spellings) and not need.pieces and not need.negated


def _all_hints(trees: Sequence[_Tree]) -> tuple[_Hint, ...]:
    return tuple(hint for tree in trees for hint in tree.hints)


def _any_hints(trees: Sequence[_Tree]) -> tuple[_Hint, ...]:
    """One hint of each tree, which seems to be met by the fewest; none if a tree has none."""
    if not all(tree.hints for tree in trees):
        return ()
    chosen = (max(tree.hints, key=_rarity) for tree in trees)
    return (tuple(dict.fromkeys(item for hint in chosen for item in hint)),)


def _rarity(hint: _Hint) -> int:
    """How much is known of what a hint asks: the letters of its shortest way."""
    return min(
        2 if isinstance(item, str) else min(sum(map(len, way)) for way in item.spellings)
        for item in hint
    )


def _scope_keys(viewer: Viewer) -> list[tuple[str, ...]]:
    """Tokens of which each customer that `viewer` may see has one.

    They only make the search of someone who sees few customers quick; what may be seen is said by
    the condition of the read door.
    """
    if visibility.sees_all(viewer):
        return []
    teams = viewer.team_ids if viewer.scope == "team" else ()
    return [(tokens.owner_token(viewer.id), *map(tokens.team_token, teams))]


def _one_of(ids: Ids) -> Condition:
    # The numbers come from the parser: they are figures and nothing else.
    found = Condition(f"c.id IN ({', '.join(map(str, ids.numbers))})")
    return ~found if ids.negated else found
