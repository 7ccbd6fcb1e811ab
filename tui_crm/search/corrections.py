"""Typing errors: what was probably meant, and whom it finds.

    corrected(session, "jonh smtih", have=[...])  -> Answer   shown for: john smith

It is asked when a query found fewer than `ENOUGH` customers, after their rows are shown. Words are
corrected only towards customers that the viewer may see: every corrected word goes through the
same query as a typed one, and what is shown of it is read from the rows that it found.

First the words that nobody has are taken for mistyped, by one edit and then by two, as parts of
words, and as words that were joined or split by mistake; only if all words are somebody's, each in
turn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tui_crm.core import customers
from tui_crm.core.rows import Answer, CustomerRow, Hit
from tui_crm.search import highlight, vocabulary
from tui_crm.search.answer import Cancel, checker
from tui_crm.search.engine import Candidate
from tui_crm.search.needs import Level, Need, Needs
from tui_crm.search.plan import Plan, make
from tui_crm.search.tokens import SHORTEST_WORD
from tui_crm.search.vocabulary import Vocabulary
from tui_crm.text.fold import has_han

if TYPE_CHECKING:
    from tui_crm.core.session import Session

ENOUGH = 10
"""Customers found, from which on nothing is corrected."""

_TWO_EDITS_FROM = 5  # letters of a word that may have two errors
_UNFINISHED_FROM = 4  # letters of a word that may be mistyped while it is being typed
_INSIDE_FROM = 4  # letters that are looked for inside of words
_MOST_WORDS = 200  # that one word is corrected to
_MOST_INSIDE = 48
_MOST_FOUND = 200  # customers that are measured
_ELSEWHERE = 0.3  # edits by which a word outside of the name is worse
_UNFINISHED = 0.5  # edits by which the beginning of a longer word is worse
_INSIDE = 2.5
_FAR = 9.0
_MOST_SHOWN = 3  # corrected words that are named


def corrected(
    session: Session,
    text: str,
    have: Collection[int] = (),
    limit: int = 50,
    *,
    cancel: Cancel | None = None,
) -> Answer:
    """Customers whom `text` finds if it is mistyped, the nearest first, without those in `have`.

    `shown_for` names the words that were found instead. Nothing is found where `have` is enough
    or the query has no words. Raises `Interrupted` when `cancel` is cancelled.
    """
    with session.db.connection(), session.db.interruptible(cancel):
        plan = make(session, text)
        if len(have) >= ENOUGH or not plan.ranked or plan.problems:
            return Answer(())
        check = checker(cancel)
        search = _Search(session, plan, frozenset(have), check)
        ways = search.run()
        ordered = sorted(
            search.found.values(),
            key=lambda f: (f.distance, f.candidate.owner_id != session.viewer.id, -f.candidate.id),
        )[:limit]
        check()
        rows = customers.rows(session, [f.candidate.customer_id for f in ordered])
    way_of = {f.candidate.customer_id: ways[f.way] for f in ordered}
    hits = tuple(Hit(row, *highlight.mark(row, way_of[row.id].needs.positive)) for row in rows)
    shown = dict.fromkeys(word for hit in hits for word in _meant(hit, way_of[hit.row.id].changed))
    return Answer(hits, len(hits), shown_for=", ".join(list(shown)[:_MOST_SHOWN]))


@dataclass(slots=True)
class _Way:
    """One way to understand the query: its needs, those that were corrected, and how far each
    corrected word is from what was typed.
    """

    needs: Needs
    levels: list[Level]
    changed: list[Need]
    distances: list[Mapping[str, float]]


@dataclass(slots=True)
class _Found:
    candidate: Candidate
    distance: float
    way: int


@dataclass(slots=True)
class _Search:
    """The search for one query, from the likely to the far-fetched, until enough is found."""

    session: Session
    plan: Plan
    have: frozenset[int]
    check: Callable[[], None]
    words: Vocabulary = field(init=False)
    found: dict[int, _Found] = field(default_factory=dict)
    ways: list[_Way] = field(default_factory=list)

    def run(self) -> list[_Way]:
        """Find; gives the ways to which the finds refer."""
        self.words = vocabulary.of(self.session.db)
        typed = [need for need in self.plan.words if _is_word(need)]
        dead = [need for need in typed if not self._is_somebodys(need)]
        doubtful = dead or typed
        for edits in (1, 2):
            self._try_joined_and_split(typed, edits)
            if dead:
                self._try(dead, edits)
            else:
                for need in doubtful:
                    self._try([need], edits)
            if self._enough():
                break
        if not self._enough():
            self._try_inside(doubtful)
        if not self.found and len(dead) < len(typed):
            self._try(typed, 2)
        return self.ways

    def _enough(self) -> bool:
        return len(self.found) + len(self.have) >= ENOUGH

    def _is_somebodys(self, need: Need) -> bool:
        """Whether a word alone finds somebody whom the viewer may see."""
        if self.have and len(self.plan.words) == 1:
            return True
        needs = replace(self.plan.needs, needs=(need,), hints=())
        scope = self.plan.scope
        return bool(self.plan.engine.candidates(self.session.db, needs, ["any"], scope, 1))

    def _try(self, doubtful: Sequence[Need], edits: int) -> None:
        """Ask with all of `doubtful` corrected, as whole words and then as beginnings."""
        self.check()
        whole: dict[Need, Mapping[str, float]] = {}
        for need in doubtful:
            near = self.words.near(need.text, edits if len(need.text) >= _TWO_EDITS_FROM else 1)
            ordered = sorted(near.items(), key=lambda item: item[1])[:_MOST_WORDS]
            if ordered:
                whole[need] = dict(ordered)
        if len(whole) == len(doubtful):
            self._ask(whole, "whole")
        last = self.plan.words[-1]
        if edits > 1 or last not in doubtful or len(last.text) < _UNFINISHED_FROM:
            return
        starts = dict.fromkeys(self.words.beginnings(last.text), 1 + _UNFINISHED)
        if starts and all(need in whole for need in doubtful if need != last):
            self._ask({**whole, last: starts}, "any")

    def _try_inside(self, doubtful: Sequence[Need]) -> None:
        self.check()
        ways = {
            need: dict.fromkeys(self.words.holding(need.text, _MOST_INSIDE), _INSIDE)
            for need in doubtful
            if len(need.text) >= _INSIDE_FROM
        }
        if ways and all(ways.values()):
            self._ask(ways, "whole")

    def _try_joined_and_split(self, typed: Sequence[Need], edits: int) -> None:
        """“annamaria” for “anna maria”, and the other way round."""
        if edits > 1:
            return
        for need in typed:
            for parts in self._splits(need.text):
                words = tuple(Need(part, ((part,),)) for part in parts)
                self._ask_changed({need: words}, [dict.fromkeys((part,), 1.0) for part in parts])
        for first, second in pairwise(typed):
            joined = first.text + second.text
            if self.words.begins(joined):
                self._ask_changed(
                    {first: (Need(joined, ((joined,),)),), second: ()}, [{joined: 1.0}]
                )

    def _splits(self, word: str) -> Iterator[tuple[str, str]]:
        for at in range(SHORTEST_WORD, len(word) - SHORTEST_WORD + 1):
            if word[:at] in self.words and self.words.begins(word[at:]):
                yield word[:at], word[at:]

    def _ask(self, corrections: Mapping[Need, Mapping[str, float]], level: Level) -> None:
        changed = {
            need: (replace(need, spellings=tuple((word,) for word in near)),)
            for need, near in corrections.items()
        }
        self._ask_changed(changed, list(corrections.values()), level)

    def _ask_changed(
        self,
        changed: Mapping[Need, tuple[Need, ...]],
        distances: list[Mapping[str, float]],
        level: Level = "any",
    ) -> None:
        """Ask the index with some needs put in the place of others."""
        needs: list[Need] = []
        for need in self.plan.needs.needs:
            needs += changed.get(need, (need,))
        new = [need for group in changed.values() for need in group]
        asked = replace(self.plan.needs, needs=tuple(dict.fromkeys(needs)))
        levels: list[Level] = [level if need in new else "any" for need in asked.positive]
        way = _Way(asked, levels, new, distances)
        self.ways.append(way)
        for candidate in self.plan.engine.candidates(
            self.session.db, asked, levels, self.plan.scope, _MOST_FOUND
        ):
            if candidate.customer_id not in self.have:
                distance = sum(_distance(candidate, near) for near in distances)
                known = self.found.get(candidate.id)
                if known is None or distance < known.distance:
                    self.found[candidate.id] = _Found(candidate, distance, len(self.ways) - 1)


def _is_word(need: Need) -> bool:
    """Whether a need is a word that can be mistyped."""
    return (
        len(need.text) >= SHORTEST_WORD
        and need.text.isalpha()
        and not has_han(need.text)
        and not (need.pieces or need.marks or need.whole)
        and len(need.spellings[0]) == 1
    )


def _distance(candidate: Candidate, near: Mapping[str, float]) -> float:
    """How far the nearest word of a document is from what was typed."""
    best = _FAR
    lengths = {len(word) for word in near}
    for item in candidate.words.split():
        token = item[2:]
        distance = near.get(token)
        if distance is None:
            distance = min(near.get(token[:length], _FAR) for length in lengths)
        best = min(best, distance + (0 if item[0] in "nN" else _ELSEWHERE))
    return best


def _meant(hit: Hit, changed: Sequence[Need]) -> Iterator[str]:
    """The words of a row that stand for what was typed."""
    for need in changed:
        matches, reason = highlight.mark(hit.row, [need])
        if matches:
            name, start, end = matches[0]
            yield _word_at(hit.row, name, start, end)
        elif reason:
            yield reason


def _word_at(row: CustomerRow, name: str, start: int, end: int) -> str:
    text: str = getattr(row, name)
    while end < len(text) and text[end].isalnum() and not has_han(text[end]):
        end += 1
    return text[start:end]
