"""Which of the documents that match come first.

The order: the whole name, whole words of the name, beginnings of words of the name, whole words
elsewhere or the end of a number, beginnings elsewhere; then one's own customers, then the most
recent. It is the sum over the words, so that two words in the name beat one.

A query that matches no more than `MOST_RANKED` is ranked completely. One that matches more is asked
again in ever wider rings, from "all in the name" to "anywhere", until there are enough for what a
person looks at: a better hit may hide behind newer rows that match less well. How many hits are
asked for changes nothing in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from tui_crm.search import tokens
from tui_crm.search.engine import Candidate, Page
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.plan import Plan

if TYPE_CHECKING:
    from tui_crm.core.session import Session
    from tui_crm.search.engine import Statement
    from tui_crm.store.database import Row

MOST_RANKED = 64
"""Hits that are in the order of their rank: more than the tallest list shows at once."""

_FEW_WORDS, _RINGS_AHEAD = 2, 2  # typed words, and rings that are asked before everybody
_FIRST = 10  # rows that are the best of all; more of one ring than that need no wider ring
_NAME_WHOLE, _NAME, _WHOLE, _PART, _RESPELLED = 0, 1, 2, 3, 3.5


def best(session: Session, plan: Plan, check: Callable[[], None]) -> tuple[list[Candidate], bool]:
    """The documents of a ranked plan, the best first, and whether these are all: where not, the
    best `MOST_RANKED` of them.

    `check` is called between the queries and may leave with an exception.
    """
    found = plan.engine.few(session.db, plan.needs, plan.scope)
    complete = found is not None
    if found is None:
        found, complete = _pool(session, plan, check)
    mine = session.viewer.id
    exact = " " + " ".join(f"{tokens.NAME}~{token}" for token in _typed(plan)) + " "
    scales = [_Scale(need) for need in plan.words]
    found.sort(
        key=lambda c: (
            not _is_whole_name(c.words, exact),
            sum([scale.distance(c.words, c.digits) for scale in scales]),
            not c.is_of(mine),
            -c.id,
        ),
    )
    return (found if complete else found[:MOST_RANKED]), complete


def foresee(session: Session, plan: Plan, besides: Sequence[Statement]) -> list[list[Row]]:
    """The rows of the statements `besides`, asked together with what `best` probably asks first."""
    rings = [tuple(levels) for levels in _rings(plan)]
    own = _mine(session, plan)
    return plan.engine.foresee(
        session.db,
        [Page(plan.needs, levels, MOST_RANKED) for levels in rings],
        [Page(own, levels, _FIRST) for levels in rings],
        _ahead(plan),
        _everybody(plan),
        plan.scope,
        besides,
    )


def _pool(session: Session, plan: Plan, check: Callable[[], None]) -> tuple[list[Candidate], bool]:
    """All that match or, of more than `MOST_RANKED`, those among which the best are."""
    limit = MOST_RANKED
    db, engine, needs, scope = session.db, plan.engine, plan.needs, plan.scope
    levels: list[Level] = ["any"] * len(needs.positive)
    chosen: dict[int, Candidate] = {}
    ring: list[Candidate] | None = None
    rings = _rings(plan)

    def ask(narrower: list[Level]) -> bool:
        """Ask for a ring; tells whether there are enough in it."""
        nonlocal ring, levels
        check()
        asked = engine.newest(db, Page(needs, tuple(narrower), limit), scope)
        chosen.update((candidate.id, candidate) for candidate in asked)
        if len(asked) < _FIRST:
            return False
        ring, levels = asked, narrower
        return True

    any(map(ask, islice(rings, _ahead(plan))))
    if len(chosen) < limit:
        check()
        newest = engine.newest(db, _everybody(plan), scope)
        if len(newest) <= limit:
            return engine.read(db, newest), True
        if ring is None and not any(map(ask, rings)):
            ring = newest
        for candidate in newest:
            if len(chosen) >= limit:
                break
            chosen.setdefault(candidate.id, candidate)
    found = engine.read(db, list(chosen.values()))
    mine = session.viewer.id
    of_ring = {candidate.id for candidate in ring or ()}
    full = len(of_ring) >= limit
    if full and sum(c.is_of(mine) and c.id in of_ring for c in found) < _FIRST:
        check()
        own = _mine(session, plan)
        more = engine.read(db, engine.newest(db, Page(own, tuple(levels), _FIRST), scope))
        found += [candidate for candidate in more if candidate.id not in chosen]
    return found, False


def _ahead(plan: Plan) -> int:
    """How many rings are asked before everybody: few words are mostly met by more names than are
    ranked, and nobody else is asked for then.
    """
    odd = len(plan.words) > _FEW_WORDS or any(map(_is_odd, plan.needs.needs))
    return 0 if odd else _RINGS_AHEAD


def _everybody(plan: Plan) -> Page:
    levels: list[Level] = ["any"] * len(plan.needs.positive)
    return Page(plan.needs, tuple(levels), MOST_RANKED + 1)


def _is_odd(need: Need) -> bool:
    """Whether a need is rather not met by names: an address, a number of an account."""
    return bool(need.marks) or not (need.pieces or need.text.isalpha())


class _Scale:
    """Tells how well documents meet one need."""

    __slots__ = ("_pieces", "_ways")

    def __init__(self, need: Need) -> None:
        # First token, it as a whole word, the tokens as words of the name and as whole words of
        # it, number of the spelling.
        self._ways = []
        for number, spelling in enumerate(need.spellings):
            texts = [" " + " ".join(f"{mark}~{token}" for token in spelling) for mark in "nN"]
            first = "~" + spelling[0]
            self._ways.append((first, first + " ", [(t, t + " ") for t in texts], number))
        self._pieces = need.pieces

    def distance(self, words: str, digits: str) -> float:
        """How far a document is from what was typed; less is better."""
        best: float = _RESPELLED + 0.5
        for first, whole, in_name, number in self._ways:
            if first not in words:
                continue
            for text, whole_text in in_name:
                if text in words:
                    if whole_text in words:
                        return _NAME_WHOLE + number / 4
                    best = min(best, _NAME + number / 4)
            if number:
                best = min(best, _RESPELLED)
            elif best > _WHOLE:
                best = min(best, _WHOLE if whole in words else _PART)
        if self._pieces:
            ends = digits + " "
            if any(f"{piece} " in ends for piece in self._pieces):
                best = min(best, _NAME_WHOLE)
            elif any(piece in digits for piece in self._pieces):
                best = min(best, _NAME)
        return best


def _mine(session: Session, plan: Plan) -> Needs:
    """The needs, and the viewer's own customers only."""
    own = (tokens.owner_token(session.viewer.id),)
    return Needs(plan.needs.needs, (*plan.needs.keys, own))


def _rings(plan: Plan) -> Iterator[list[Level]]:
    """The levels of the needs, the strictest ring first."""
    positive = plan.needs.positive
    typed = [need in plan.words for need in positive]

    def ring(name: Level, number: Level) -> list[Level]:
        return [
            "any" if not mine else number if need.pieces else name
            for need, mine in zip(positive, typed, strict=True)
        ]

    yield ring("name_whole", "whole")
    yield ring("name", "any")
    if sum(typed) > 1:
        for chosen, need in enumerate(positive):
            if typed[chosen] and not need.pieces:
                yield ["name" if n == chosen else "any" for n in range(len(positive))]
    yield ring("whole", "whole")


def _typed(plan: Plan) -> list[str]:
    return [token for need in plan.words for token in (need.spellings or ((),))[0]]


def _is_whole_name(words: str, exact: str) -> bool:
    return words.startswith(exact) and not words.startswith(f"{tokens.NAME}~", len(exact))
