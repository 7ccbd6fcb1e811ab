"""Which of the documents that match come first.

The order: the whole name, whole words of the name, beginnings of words of the name, whole words
elsewhere or the end of a number, beginnings elsewhere; then one's own customers, then the most
recent. It is the sum over the words, so that two words in the name beat one.

A query that matches less than a page is ranked completely. One that matches more is asked again in
ever wider rings, from "all in the name" to "anywhere", until there are enough for what a person
looks at: a better hit may hide behind newer rows that match less well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from tui_crm.search import tokens
from tui_crm.search.engine import Candidate
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.plan import Plan

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_FIRST = 10  # rows that are the best of all; more of one ring than that need no wider ring
_NAME_WHOLE, _NAME, _WHOLE, _PART, _RESPELLED = 0, 1, 2, 3, 3.5


def best(
    session: Session, plan: Plan, limit: int, check: Callable[[], None]
) -> tuple[list[Candidate], bool]:
    """The best `limit` documents of a ranked plan, and whether these are all.

    `check` is called between the queries and may leave with an exception.
    """
    anywhere: list[Level] = ["any"] * len(plan.needs.positive)
    found = _ask(session, plan, plan.needs, anywhere, limit + 1)
    complete = len(found) <= limit
    known = {candidate.id: candidate for candidate in found}
    mine = session.viewer.id
    if not complete:
        ring, levels = found, anywhere
        for narrower in _rings(plan):
            check()
            asked = _ask(session, plan, plan.needs, narrower, limit)
            known.update((candidate.id, candidate) for candidate in asked)
            if len(asked) >= _FIRST:
                ring, levels = asked, narrower
                break
        if sum(candidate.owner_id == mine for candidate in ring) < _FIRST:
            check()
            asked = _ask(session, plan, _mine(session, plan), levels, _FIRST)
            known.update((candidate.id, candidate) for candidate in asked)
    exact = " " + " ".join(f"{tokens.NAME}~{token}" for token in _typed(plan)) + " "
    ordered = sorted(
        known.values(),
        key=lambda c: (
            not _is_whole_name(c.words, exact),
            sum(quality(need, c) for need in plan.words),
            c.owner_id != mine,
            -c.id,
        ),
    )
    return ordered[:limit], complete


def quality(need: Need, candidate: Candidate) -> float:
    """How well a document meets a need; less is better."""
    best_way: float = _RESPELLED + 0.5
    for number, spelling in enumerate(need.spellings):
        for mark in "nN":
            text = " " + " ".join(f"{mark}~{token}" for token in spelling)
            if text + " " in candidate.words:
                return _NAME_WHOLE + number / 4
            if text in candidate.words:
                best_way = min(best_way, _NAME + number / 4)
        text = "~" + spelling[0]
        if number:
            best_way = min(best_way, _RESPELLED)
        elif text + " " in candidate.words:
            best_way = min(best_way, _WHOLE)
        elif text in candidate.words:
            best_way = min(best_way, _PART)
    if need.pieces:
        ends = candidate.digits + " "
        if any(f"{piece} " in ends for piece in need.pieces):
            best_way = min(best_way, _NAME_WHOLE)
        elif any(piece in candidate.digits for piece in need.pieces):
            best_way = min(best_way, _NAME)
    return best_way


def _ask(
    session: Session, plan: Plan, needs: Needs, levels: Sequence[Level], limit: int
) -> list[Candidate]:
    return plan.engine.candidates(session.db, needs, levels, plan.scope, limit)


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
