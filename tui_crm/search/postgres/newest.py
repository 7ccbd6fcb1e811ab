"""The newest documents that meet what is asked, on PostgreSQL.

A GIN index gives all documents of a hash before the first row comes back. So that what is found
often is found quickly, every document also has the hashes of its block of ids, a small one and a
large one: the newest small blocks are asked first, as many as should fill the page, and then ever
more of the older ones, only as far as it is not full. The index goes through two lists by leaps, so
that a block costs what is found in it. What most documents have is not asked for at all: the newest
are read one by one.

A hash may stand for two words, and not all beginnings have one: what the hashes do not tell is
checked by the server against the text, and what they tell when the rows are there.

Every statement is planned once per connection: its text depends on how many words are asked for,
and on whether one way to meet them has several hashes, but not on the words.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tui_crm.core import listed
from tui_crm.search.engine import Candidate, Condition, Scope, any_of
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.postgres import added, asking, frequencies, hashes, recent
from tui_crm.search.postgres.asking import Asking
from tui_crm.search.postgres.hashes import array

if TYPE_CHECKING:
    from tui_crm.store import Database

_FEW = 3000  # documents of which any query is quick by the index
_LARGEST_ARRAY = 32  # small blocks that are named in a question; for more, large ones are
_STEP = 1 << 19  # ids of the blocks asked at a time where nearly nothing is found
_GROWTH = 2  # times as many as before are asked next
_SPARE = 1.1  # times as many documents as should fill the page are in the first blocks
_WALKED = 5.0  # documents for each that matches, up to which they are rather read one by one
_FEWEST_WALKED, _MOST_WALKED = 512, 4096
_CANDIDATE = "t.id, t.words, t.digits, t.shown"
_RARE = 2000.0  # documents, as estimated, that are looked for in the whole index at once
_ALL_READ = 400.0  # documents that are all read if the hashes tell that they match
LED = 500
"""Customers of whom all documents are read."""

LED_BESIDE = 20_000
"""The same, where the newest documents hardly meet what is asked."""

_HARDLY = 8  # of the newest `_MOST_WALKED` documents
_RANKED = 250  # documents that are ranked sooner than the best of them are asked for
_LISTED = 500  # documents with a hash in `search_added` that are listed without further thought
_DEARER = 3  # times as long as to read a document takes to list it and to read both its rows
_GATHERED = 300  # that are read before it goes by blocks


class Question(NamedTuple):
    """What is asked for, with the hashes that meet it."""

    needs: Needs
    levels: Sequence[Level]
    scope: Scope
    groups: frequencies.Groups
    added: Mapping[int, int]  # documents that have a hash in `search_added`
    left: Collection[int] = ()  # groups that are left to the text where all of the index is asked

    def all_hashes(self) -> set[int]:
        """All hashes that are asked for."""
        return {key for ways in self.groups for way in ways for key in way}

    def key(self) -> Hashable:
        """What is remembered of the question is remembered under this."""
        where = self.scope.where
        return (self.groups, *sorted(self.added.items()), where.sql, *map(str, where.params))

    def told(self) -> list[tuple[Need, Level]]:
        """The needs that the hashes tell; a rare word that has the hash of another one aside."""
        both = zip(self.needs.positive, self.levels, strict=True)
        return [(need, level) for need, level in both if hashes.tell(need, level)]

    def all_told(self, *, told: bool) -> bool:
        """Whether all that the index finds is what is asked for."""
        told = told and len(self.told()) == len(self.needs.needs)
        return told and self.scope.where.sql == "TRUE"

    def rest(self) -> Condition:
        """What is asked of documents besides the hashes, and of whose they are by those: a row may
        keep the hash of an owner who has it no more.
        """
        return _owned(self.needs) & self.scope.seen & self.scope.where

    def meant(self, found: Sequence[Candidate]) -> bool:
        """Whether all that was found is what the hashes stand for."""
        for need, level in self.told():
            words, digits = need.patterns(level), _digits(need, level)
            for candidate in found:
                text = candidate.words
                if any(word in text for word in words):
                    continue
                numbers = f"{candidate.digits} "
                if not any(piece in numbers for piece in digits):
                    return False
        return True


def candidates(db: Database, asked: Question, limit: int) -> Asking[list[Candidate]]:
    """The newest `limit` documents that answer the question, newest first."""
    found = yield from _candidates(db, asked, limit, told=True)
    if not asked.meant(found):
        found = yield from _candidates(db, asked, limit, told=False)
    return found


def few(db: Database, asked: Question, page: int) -> Asking[list[Candidate] | None]:
    """All documents that answer the question, if it is likely that they are few and they are; else
    None. Those who have one thing that is asked for are few if they do not fill the `page`.
    """
    if not are_few(db, asked, page):
        return None
    found = yield from _if_few(db, asked, _RANKED, _RANKED, told=True)
    if found is not None and not asked.meant(found):
        found = yield from _if_few(db, asked, _RANKED, _RANKED, told=False)
    if found is not None and len(asked.groups) == 1 and len(found) >= page:
        return None
    return found


def are_few(db: Database, asked: Question, page: int) -> bool:
    """Whether it is likely that few documents answer the question; see `few`."""
    total, share = frequencies.estimate(db, asked.groups, asked.added)
    if total <= _FEW:
        return False
    if len(asked.groups) > 1:
        return total * share <= _RARE
    count = frequencies.counted(db, asked.groups, asked.added)
    return count is not None and count < page


def expected(db: Database, asked: Question) -> float:
    """About how many documents answer the question."""
    total, share = frequencies.estimate(db, asked.groups, asked.added)
    if total <= _FEW or not share:
        return total * share
    return frequencies.distance(db, asked.key(), share)[1]


def may_lead(db: Database, lead: Condition, most: int = LED) -> bool:
    """Whether those to whom an index of the customers leads may be few: they were not too many."""
    return (frequencies.counted(db, _lead_key(lead), {}) or 0) <= most


def worth_leading(db: Database, needs: Needs, scope: Scope) -> int:
    """How many customers are rather led to than found by words: none, unless these are frequent and
    hardly one of the newest documents has them in `scope`.
    """
    levels: list[Level] = ["any"] * len(needs.positive)
    if not any(may_lead(db, lead, LED_BESIDE) for lead in scope.leads):
        return 0
    asked = Question(needs, levels, scope, frequencies.groups(db, needs, levels), {})
    asked = asked._replace(added=added.remembered(db, asked.all_hashes()))
    total, share = frequencies.estimate(db, asked.groups, asked.added)
    if not asked.groups or total * share <= _MOST_WALKED:
        return 0
    probed = ("probed", asked.key())
    count = frequencies.counted(db, probed, {})
    if count is None:
        count = len(asking.asked(db, _one_by_one(asked, _HARDLY, _MOST_WALKED)))
        frequencies.learn(db, probed, count)
    return min(LED_BESIDE, round(total * share)) if count < _HARDLY else 0


def led(
    db: Database, lead: Condition, needs: Needs, scope: Scope, most: int = LED
) -> list[Candidate] | None:
    """All documents that answer the question, of those to whom an index of the customers leads;
    None where these are more than `most`.
    """
    if not may_lead(db, lead, most):
        return None
    live = lead & Condition("c.deleted_at = ''")
    sql = f"SELECT c.id FROM customer c WHERE {live.sql} LIMIT {most + 1}"
    ids = [row[0] for row in db.rows(sql, live.params)]
    if len(ids) > most:
        frequencies.learn(db, _lead_key(lead), len(ids))
        return None
    rest = scope.seen & scope.where
    for need in needs.needs:
        met = text_condition(need, "any")
        rest &= ~met if need.negated else met
    rest &= _owned(needs)
    sql = (
        f"SELECT {_CANDIDATE} FROM search_doc d JOIN search_text t ON t.id = d.id"
        f" JOIN customer c ON c.id = d.customer_id WHERE d.customer_id = ANY(?) AND {rest.sql}"
    )
    return list(map(Candidate._make, db.rows(sql, (ids, *rest.params))))


def _lead_key(lead: Condition) -> Hashable:
    return (lead.sql, *map(str, lead.params))


def indexed(db: Database, needs: Needs, levels: Sequence[Level]) -> Condition:
    """The condition on documents and their text that they meet `needs`, which the index answers."""
    asked = question(db, needs, levels, Scope(Condition(), Condition()))
    return _condition(asked, told=False) & asked.rest()


def text_condition(need: Need, level: Level) -> Condition:
    """The condition that the text of a document meets `need`."""
    ways = [Condition("strpos(t.words, ?) > 0", [text]) for text in need.patterns(level)]
    numbers = "t.digits || ' '" if level == "whole" else "t.digits"
    ways += [Condition(f"strpos({numbers}, ?) > 0", [p]) for p in _digits(need, level)]
    return any_of(ways)


def having(
    groups: frequencies.Groups, there: Collection[int] | None = None, blocks: str = ""
) -> Condition:
    """The condition that a document has, of each group of ways, all hashes of one way, wherever
    they stand, and is in one of the `blocks`, SQL text of an array, if given.

    `there` are the hashes that documents have in `search_added`, None if that is not known.
    """
    own = _in(blocks)
    for ways in groups:
        own &= _in_row(ways, blocks)
    arms = [own, recent.having(groups, blocks)]
    if there is None or there:
        arms.insert(1, added.having(groups, there, blocks))
    return any_of(arms)


def _in_row(ways: Sequence[Sequence[int]], blocks: str) -> Condition:
    """The condition that a document has all hashes of one of the ways in its own row.

    That it is in one of the `blocks` is said in every way, for the index leaps only between lists
    that it reads together.
    """
    if all(len(way) == 1 for way in ways):
        return hashes.met(ways, "t.px")
    found = []
    for way in ways:
        both = Condition()
        for key in way:
            both &= Condition("t.px @> ?::int[]", [array([key])])
        found.append(both)
    return found[0] if len(found) == 1 else any_of([way & _in(blocks) for way in found])


def _in(blocks: str) -> Condition:
    return Condition(f"t.px && {blocks}") if blocks else Condition()


def question(db: Database, needs: Needs, levels: Sequence[Level], scope: Scope) -> Question:
    """What is asked of the index."""
    asked = Question(needs, levels, scope, frequencies.groups(db, needs, levels), {})
    return with_added(db, asked, asking.asked(db, added.counts(db, asked.all_hashes())))


def with_added(db: Database, asked: Question, there: Mapping[int, int]) -> Question:
    """The question, with how many documents have its hashes in `search_added`.

    A group of which many are there is left to the text of those who have the rest of what is asked,
    where it is quicker to read these.
    """
    left: list[int] = []
    for number, ways in enumerate(asked.groups):
        many = sum(min(there.get(key, 0) for key in way) for way in ways if way)
        others = tuple(g for n, g in enumerate(asked.groups) if n != number and n not in left)
        if many > _LISTED and others:
            total, share = frequencies.estimate(db, others, there)
            if total * share < _DEARER * many:
                left.append(number)
    return asked._replace(added=there, left=left)


def _candidates(
    db: Database, asked: Question, limit: int, *, told: bool
) -> Asking[list[Candidate]]:
    total, share = frequencies.estimate(db, asked.groups, asked.added)
    if total <= _FEW:
        return (yield from _by_index(asked, limit, told))
    if not asked.groups:
        return (yield from _one_by_one(asked, limit))
    if total * share <= _RARE:
        all_of_them = yield from _if_few(db, asked, _GATHERED, limit, told=told)
        if all_of_them is not None:
            return all_of_them
    where = asked.key()
    apart, matching = frequencies.distance(db, where, share)
    if matching <= _ALL_READ and asked.all_told(told=told):
        found = yield from _by_index(asked, limit, told)
    elif apart > _WALKED:
        found = yield from _by_blocks(asked, limit, apart, told=told)
    else:
        walked = _FEWEST_WALKED
        while walked < min(4 * limit * apart, _MOST_WALKED):
            walked *= 2
        found = yield from _one_by_one(asked, limit, walked)
        if len(found) < limit:
            sql = "SELECT id FROM search_text ORDER BY id DESC LIMIT 1 OFFSET ?"
            if last := (yield sql, (walked - 1,)):
                left = limit - len(found)
                found += yield from _by_blocks(asked, left, apart, told=told, below=last[0][0])
    frequencies.learn_distance(db, where, found, limit)
    return found


def _by_blocks(
    asked: Question, limit: int, apart: float, *, told: bool, below: int = (1 << 62)
) -> Asking[list[Candidate]]:
    """The newest that match, block by block, of those with an id `below`; one of so many ids, as
    far as is known, matches.

    Each OFFSET 0 keeps a query from being merged into the one around it: the blocks are gone
    through in their order, and only as far as rows are asked for.
    """
    starts, ends = [0], [round(_SPARE * limit * apart) + 1]
    while (size := ends[-1] - starts[-1]) < _STEP and len(starts) < 4:
        starts.append(ends[-1])
        ends.append(ends[-1] + size * _GROWTH)
    small, wider = hashes.SMALL_BITS, hashes.BLOCK_BITS - hashes.SMALL_BITS
    condition = _condition(asked, told=told, blocks="part.blocks")
    rest = asked.rest()
    edge = (
        f"CASE WHEN {{0}} < {_LARGEST_ARRAY << small} THEN (top - {{0}}) >> {small}"
        f" ELSE (top - {{0}}) >> {hashes.BLOCK_BITS} << {wider} END"
    )
    sql = (
        f"SELECT {_CANDIDATE} FROM ("
        f"SELECT low << {small} AS oldest, least(top, ((high + 1) << {small}) - 1) AS newest,"
        f" CASE WHEN high - low < {_LARGEST_ARRAY} THEN"
        f" ARRAY(SELECT ({hashes.FIRST_SMALL} + n)::int FROM generate_series(low, high) n)"
        f" ELSE ARRAY(SELECT ({hashes.FIRST_BLOCK} + n)::int"
        f" FROM generate_series(low >> {wider}, high >> {wider}) n) END AS blocks"
        f" FROM (SELECT top, {edge.format('start')} - sign(start)::int AS high,"
        f" greatest({edge.format('stop')}, bottom >> {small}) AS low"
        " FROM (SELECT least((SELECT max(id) FROM search_doc), ?::bigint) AS top,"
        " (SELECT min(id) FROM search_doc) AS bottom OFFSET 0) b CROSS JOIN LATERAL ("
        "SELECT start, stop FROM unnest(?::bigint[], ?::bigint[]) AS grown(start, stop) UNION ALL"
        f" SELECT n, n + {_STEP} FROM generate_series(?::bigint, top - bottom, {_STEP}) n"
        ") s OFFSET 0) p WHERE low <= high OFFSET 0) part"
        f" CROSS JOIN LATERAL (SELECT {_CANDIDATE} FROM search_text t"
        f" WHERE {condition.sql} AND t.id + 0 BETWEEN part.oldest AND part.newest"
        " ORDER BY t.id DESC OFFSET 0) t"
        f"{_looked_up(asked)} WHERE {rest.sql} LIMIT ?"
    )
    parts = [below - 1, array(starts), array(ends), ends[-1]]
    return _candidates_of(sql, [*parts, *condition.params, *rest.params, limit])


def _if_few(
    db: Database, asked: Question, most: int, limit: int, *, told: bool
) -> Asking[list[Candidate] | None]:
    """The newest `limit` of all that match, from the whole index; None if `most` or more meet
    the needs.

    The index knows at once what several lists have in common, and that a list is empty; blocks
    would be asked one after another. A limit that is a query is one that the planner does not
    take into account: it would go through the table for it.
    """
    condition = _condition(asked, told=told)
    rest = asked.rest()
    sql = (
        f"WITH t AS MATERIALIZED (SELECT {_CANDIDATE} FROM search_text t"
        f" WHERE {condition.sql} LIMIT (SELECT ?::bigint))"
        " SELECT n.found, x.* FROM (SELECT count(*) AS found FROM t) n LEFT JOIN LATERAL"
        f" (SELECT {_CANDIDATE} FROM (SELECT * FROM t ORDER BY id DESC) t{_looked_up(asked)}"
        f" WHERE n.found < ? AND {rest.sql} LIMIT ?) x ON TRUE"
    )
    rows = yield sql, [*condition.params, most, most, *rest.params, limit]
    count = rows[0][0]
    frequencies.learn(db, asked.groups, count if count < most else 2 * _RARE)
    if count >= most:
        return None
    return [Candidate(*row) for _found, *row in rows if row[0] is not None]


def _by_index(asked: Question, limit: int, told: bool) -> Asking[list[Candidate]]:
    """All that match, from the GIN index, and of these the newest.

    Materialised, because the planner would rather walk down the ids for an ORDER BY with a
    LIMIT; and looked up one by one, because it does not know how few they are.
    """
    condition = _condition(asked, told=told)
    rest = asked.rest()
    sql = (
        f"WITH t AS MATERIALIZED (SELECT {_CANDIDATE} FROM search_text t"
        f" WHERE {condition.sql}) SELECT {_CANDIDATE} FROM (SELECT * FROM t ORDER BY id DESC) t"
        f"{_looked_up(asked)} WHERE {rest.sql} LIMIT ?"
    )
    return _candidates_of(sql, [*condition.params, *rest.params, limit])


def _one_by_one(asked: Question, limit: int, walked: int | None = None) -> Asking[list[Candidate]]:
    """From the newest document down, until the page is full; the inner query is read only as far
    as that, and only over the newest `walked` if given.
    """
    condition = Condition()
    for need, level in zip(asked.needs.positive, asked.levels, strict=True):
        condition &= text_condition(need, level)
    for need in asked.needs.needs:
        if need.negated:
            condition &= ~text_condition(need, "any")
    condition &= asked.rest()
    bound = "OFFSET 0" if walked is None else f"LIMIT {walked}"
    sql = (
        f"SELECT {_CANDIDATE} FROM (SELECT {_CANDIDATE} FROM search_text t"
        f" ORDER BY t.id DESC {bound}) t{_looked_up(asked)}"
        f" WHERE {condition.sql} ORDER BY t.id DESC LIMIT ?"
    )
    return _candidates_of(sql, [*condition.params, limit])


def _candidates_of(sql: str, params: Sequence[object]) -> Asking[list[Candidate]]:
    rows = yield sql, params
    return list(map(Candidate._make, rows))


def _condition(asked: Question, *, told: bool, blocks: str = "") -> Condition:
    """The condition on the text of documents that meet what is asked, which the index answers.

    What the hashes tell is left to them if they are `told` to; `blocks` is SQL text of an array of
    those in one of which the documents are.
    """
    positive = zip(asked.needs.positive, asked.levels, strict=True)
    left = () if blocks else asked.left
    checked = [
        None
        if told and number not in left and hashes.tell(need, level)
        else text_condition(need, level)
        for number, (need, level) in enumerate(positive)
    ]
    groups = tuple(ways for number, ways in enumerate(asked.groups) if number not in left)
    condition = having(groups, asked.added, blocks) if groups else _in(blocks)
    for one in checked:
        if one is not None:
            condition &= one
    for need in asked.needs.needs:
        if need.negated:
            condition &= ~text_condition(need, "any")
    return condition


def _digits(need: Need, level: Level) -> list[str]:
    """Texts of which one is in the digits of a document, with a blank behind them, if a piece of a
    number is met at that level.
    """
    if level == "whole":
        return [f"{piece} " for piece in need.pieces]
    return list(need.pieces) if level == "any" else []


def _looked_up(asked: Question) -> str:
    """The joins that `Question.rest` asks for: made for one row of ``t`` after the other, and no
    more than are asked for.
    """
    scope = asked.scope
    joined, customer = "", listed.SQL_OF_CUSTOMER.format(shown="t.shown")
    if asked.needs.keys or scope.text or scope.seen.sql != "TRUE":
        joined = " CROSS JOIN LATERAL (SELECT * FROM search_doc d WHERE d.id = t.id OFFSET 0) d"
        customer = "d.customer_id"
    if scope.where.sql != "TRUE":
        joined += (
            f" CROSS JOIN LATERAL (SELECT * FROM customer c WHERE c.id = {customer} OFFSET 0) c"
        )
    return joined


def _owned(needs: Needs) -> Condition:
    """The condition that a document has the keys that are asked for."""
    condition = Condition()
    for group in needs.keys:
        condition &= any_of([_key_condition(key) for key in group])
    return condition


def _key_condition(key: str) -> Condition:
    """The condition that a document has the token of an owner or a team."""
    for start, column in (("_o", "owner_id"), ("_g", "team_id")):
        if key.startswith(start) and key[2:].isdigit():
            return Condition(f"d.{column} = ?", [int(key[2:])])
    return Condition("strpos(t.words, ?) > 0", [f"~{key} "])
