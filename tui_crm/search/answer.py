"""The answers of a search: the best hits, all ids, and their number."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from tui_crm.core import customers, listed
from tui_crm.core.records import marks
from tui_crm.core.rows import Answer, Hit
from tui_crm.search import accounts, highlight, lists, rank
from tui_crm.search.engine import Condition
from tui_crm.search.language.query import Word
from tui_crm.search.needs import Level
from tui_crm.search.plan import Plan, make, matching
from tui_crm.text.email import looks_like_email

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.engine import Candidate, Statement

_STEP = 20_000  # ids between two looks at the cancel token
_MOST_EXACT = 20  # customers of one address
_LARGEST_ID = (1 << 63) - 1


class Cancel(Protocol):
    """What a search asks of a cancel token."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the answer any more."""

    def on_cancel(self, hook: Callable[[], None] | None) -> None:
        """Call `hook`, from any thread, when the cancel comes; None takes it back."""


def find(
    session: Session,
    text: str,
    limit: int = 50,
    *,
    cancel: Cancel | None = None,
    quick: bool = False,
) -> Answer:
    """The best `limit` customers for a query text, of those that the viewer may see.

    An exact account number, id or e-mail address comes first. `total` is known when all matches
    fit. What the query does not make clear is in `problems`; the rest of it is answered. With
    `quick` a list for which all customers would have to be read may be `unfinished`: the rows that
    begin it, for the time being. Raises `Interrupted` when `cancel` is cancelled.
    """
    with session.db.connection(), session.db.interruptible(cancel):
        plan = make(session, text)
        check = checker(cancel)
        exact = _exact(session, plan, foresee=plan.ranked)
        check()
        unfinished = False
        ids: list[int] = []
        found: list[Candidate] = []
        if plan.ranked:
            found, complete = rank.best(session, plan, check)
            if not complete and len(found) < limit:
                check()
                recent = _by_documents(session, plan, limit)
                complete = len(recent) <= limit
                found += recent[:limit]  # those that are ranked stand there already
        elif plan.order is None:
            found = _by_documents(session, plan, limit)
            complete = len(found) <= limit
        else:
            ids, complete, unfinished = lists.page(session, plan, limit, check, quick=quick)
        check()
        texts = (*exact, *(candidate.shown for candidate in found))
        told = {listed.customer_of(text): text for text in texts}
        ids = list(dict.fromkeys((*told, *ids)))
        if plan.order is None:
            rows = listed.rows(session.db, [told[id_] for id_ in ids[:limit]])
        else:
            rows = customers.rows(session, ids[:limit])
    mark = highlight.marker(plan.marked)
    return Answer(
        tuple(Hit(row, mark) for row in rows),
        len(ids) if complete else None,
        exact=len(exact) == 1,
        unfinished=unfinished,
        problems=plan.problems,
    )


def count(session: Session, text: str, *, cancel: Cancel | None = None) -> int:
    """How many customers match a query text, of those that the viewer may see."""
    with session.db.connection(), session.db.interruptible(cancel):
        plan = make(session, text)
        source, condition = matching(session.db, plan, customer=False)
        row = session.db.one(
            f"SELECT count(*) FROM {source} WHERE {condition.sql}", condition.params
        )
        found = int(row[0]) if row else 0
        exact = _exact(session, plan)
        return found + len(_strangers(session, plan, list(map(listed.customer_of, exact))))


def all_ids(session: Session, text: str, *, cancel: Cancel | None = None) -> array[int]:
    """The ids of all customers that match, in list order, 8 bytes each.

    The order is the one that the query sorts by; without one the best hits come first, as in
    `find`, and behind them the rest, the most recent first. Raises `Interrupted` when `cancel` is
    cancelled.
    """
    found = array("q")
    for chunk in id_chunks(session, text, cancel=cancel):
        found.extend(chunk)
    return found


def id_chunks(session: Session, text: str, *, cancel: Cancel | None = None) -> Iterator[list[int]]:
    """The ids of `all_ids` as they come, some ten thousand at a time."""
    check = checker(cancel)
    with session.db.connection(), session.db.interruptible(cancel), session.db.reading():
        plan = make(session, text)
        head = list(map(listed.customer_of, _exact(session, plan)))
        if plan.ranked:
            best, complete = rank.best(session, plan, check)
            head = list(dict.fromkeys((*head, *(c.customer_id for c in best))))
        else:
            complete = False
        if head:
            yield head
        if complete:
            return
        before = set(head)
        source, condition = matching(session.db, plan, customer=False)
        order = plan.order.by if plan.order else Condition("d.id DESC")
        column = _id_column(plan)
        sql = f"SELECT {column} FROM {source} WHERE {condition.sql} ORDER BY {order.sql}"
        for rows in session.db.stream(sql, [*condition.params, *order.params], _STEP):
            check()
            found = list(chain.from_iterable(rows))
            yield [id_ for id_ in found if id_ not in before] if before else found


def _by_documents(session: Session, plan: Plan, limit: int) -> list[Candidate]:
    """The newest of all that meet a plan without an order, one more than `limit` where there are
    so many.
    """
    found = plan.engine.few(session.db, plan.needs, plan.scope)
    if found is None:
        levels: list[Level] = ["any"] * len(plan.needs.positive)
        found = plan.engine.candidates(session.db, plan.needs, levels, plan.scope, limit + 1)
    return sorted(found, reverse=True)


def _id_column(plan: Plan) -> str:
    return "d.customer_id" if plan.order is None else "c.id"


def _exact(session: Session, plan: Plan, *, foresee: bool = False) -> list[str]:
    """What is shown of those whose account number (or its figures), id, external id or address is
    exactly what was typed; with `foresee` what `rank.best` will probably ask is asked with it.
    """
    statement = _exactly(session, plan)
    statements = [statement] if statement else []
    if foresee:
        answers = rank.foresee(session, plan, statements)
    else:
        answers = session.db.together(statements)
    return list(dict.fromkeys(row[0] for rows in answers for row in rows))


def _exactly(session: Session, plan: Plan) -> Statement | None:
    """The statement for what is shown of those exact hits; None if there can be none."""
    parts = plan.query.parts
    if len(parts) != 1 or not isinstance(parts[0], Word) or parts[0].negated:
        return None
    text = parts[0].text
    ways: list[Condition] = []
    if looks_like_email(text):
        sql = (
            "c.id IN (SELECT customer_id FROM contact_point"
            " WHERE kind = 'email' AND normalized = ?)"
        )
        ways.append(Condition(sql, [text.lower()]))
    else:
        forms = [text, text.upper(), text.lower()]
        ways.append(Condition("c.account_no IN (?, ?, ?)", [*forms]))
        ways.append(Condition("c.external_id <> '' AND c.external_id IN (?, ?, ?)", [*forms]))
        number = text.removeprefix("#")
        figures = text.isascii() and text.isdigit()
        if figures and (numbers := accounts.with_figures(session.db, text)):
            ways.append(Condition(f"c.account_no IN ({marks(len(numbers))})", [*numbers]))
        plain = number.isascii() and number.isdigit() and not number.startswith("0")
        if plain and int(number) <= _LARGEST_ID:
            ways.append(Condition("c.id = ?", [int(number)]))
    asked = [way & plan.where for way in ways]
    sql = " UNION ALL ".join(
        f"SELECT {place} AS place, c.id AS id FROM customer c WHERE {both.sql}"
        for place, both in enumerate(asked)
    )
    return (
        f"SELECT t.shown FROM ({sql}) s CROSS JOIN search_doc d CROSS JOIN search_text t"
        " WHERE d.customer_id = s.id AND t.id = d.id"
        f" ORDER BY s.place, s.id LIMIT {_MOST_EXACT}",
        [param for both in asked for param in both.params],
    )


def _strangers(session: Session, plan: Plan, exact: list[int]) -> list[int]:
    """Those of the exact hits that the words alone do not find: an id is no word of a customer."""
    if not exact:
        return []
    source, condition = matching(session.db, plan, customer=False)
    column = _id_column(plan)
    listed = ", ".join(map(str, exact))
    sql = f"SELECT {column} FROM {source} WHERE {condition.sql} AND {column} IN ({listed})"
    among = {row[0] for row in session.db.rows(sql, condition.params)}
    return [id_ for id_ in exact if id_ not in among]


def checker(cancel: Cancel | None) -> Callable[[], None]:
    """A function that leaves with `Interrupted` once `cancel` is cancelled."""
    from tui_crm.store import Interrupted
    from tui_crm.text.i18n import _

    def check() -> None:
        if cancel is not None and cancel.cancelled:
            raise Interrupted(_("The query was cancelled."))

    return check
