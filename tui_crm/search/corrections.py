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
from tui_crm.search.answer import Cancel, checker, find
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
_MOST_FOUND = 100  # customers that are measured
_ELSEWHERE = 0.3  # edits by which a word outside of the name is worse
_UNFINISHED = 0.5  # edits by which the beginning of a longer word is worse
_INSIDE = 2.5
_WHOLE_NAME = 0.2  # edits by which all of a name is better than words of it
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
    named = hits[:ENOUGH]
    shown = dict.fromkeys(word for hit in named for word in _meant(hit, way_of[hit.row.id].changed))
    return Answer(hits, len(hits), shown_for=", ".join(list(shown)[:_MOST_SHOWN]))


def find_or_correct(
    session: Session, text: str, limit: int = 50, *, cancel: Cancel | None = None
) -> Answer:
    """What `find` finds and, where that is little, behind it what `corrected` finds.

    For those who wait for both; a screen shows the first answer while it asks for the second.
    """
    found = find(session, text, limit, cancel=cancel)
    if found.exact or len(found.hits) >= min(ENOUGH, limit):
        return found
    have = [hit.row.id for hit in found.hits]
    more = corrected(session, text, have, limit - len(have), cancel=cancel)
    if not more.hits:
        return found
    hits = (*found.hits, *more.hits)
    return replace(found, hits=hits, total=len(hits), shown_for=more.shown_for)


@dataclass(slots=True)
class _Way:
    """One way to understand the query: its needs, and those that were corrected."""

    needs: Needs
    levels: list[Level]
    changed: list[Need]


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
        together = [dead] if dead else [[need] for need in typed]
        steps: list[Callable[[], None]] = [
            lambda: self._try_joined(typed),
            lambda: self._try_all(together, 1),
            lambda: self._try_split(doubtful),
            lambda: self._try_all(together, 2),
            lambda: self._try_inside(doubtful),
            lambda: self._try_all([typed] if not self.found else [], 2),
        ]
        for step in steps:
            step()
            if len(self.found) + len(self.have) >= ENOUGH:
                break
        return self.ways

    def _whole_name(self, candidate: Candidate) -> float:
        """The edits between all that was typed and the whole name, in either order of words."""
        from rapidfuzz.distance import OSA

        texts = [need.text for need in self.plan.words]
        name = _name_of(candidate)
        ways = (" ".join(texts), " ".join(reversed(texts)))
        return min(OSA.distance(way, name) for way in ways) - _WHOLE_NAME

    def _try_all(self, together: Sequence[Sequence[Need]], edits: int) -> None:
        for doubtful in together:
            self._try(doubtful, edits)

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
        if (
            len(self.found) >= ENOUGH
            or edits > 1
            or last not in doubtful
            or len(last.text) < _UNFINISHED_FROM
        ):
            return
        starts = dict.fromkeys(self.words.beginnings(last.text, 1), 1 + _UNFINISHED)
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

    def _try_joined(self, typed: Sequence[Need]) -> None:
        """One word was typed as two: "mac donald"."""
        for first, second in pairwise(typed):
            joined = first.text + second.text
            if self.words.begins(joined):
                whole = Need(joined, ((joined,),))
                self._ask_changed({first: (whole,), second: ()}, [{joined: 1.0}])

    def _try_split(self, doubtful: Sequence[Need]) -> None:
        """Two words were typed as one: "annamaria"."""
        self.check()
        for need in doubtful:
            for parts in self._splits(need.text):
                words = tuple(Need(part, ((part,),)) for part in parts)
                self._ask_changed({need: words}, [{part: 1.0} for part in parts])

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
        typed = [{n.text: 0.0} for n in self.plan.words if n not in changed and _is_word(n)]
        way = _Way(asked, levels, new)
        self.ways.append(way)
        for candidate in self.plan.engine.candidates(
            self.session.db, asked, levels, self.plan.scope, _MOST_FOUND
        ):
            if candidate.customer_id not in self.have:
                distance = sum(_distance(candidate, near) for near in (*distances, *typed))
                distance = min(distance, self._whole_name(candidate))
                known = self.found.get(candidate.id)
                if known is None or distance < known.distance:
                    self.found[candidate.id] = _Found(candidate, distance, len(self.ways) - 1)


def _name_of(candidate: Candidate) -> str:
    """The name of a customer as it is typed on a plain keyboard: its words or its pinyin."""
    plain = [item[2:] for item in candidate.words.split() if item[0] == "n"]
    if plain and has_han(plain[0]):
        at = candidate.words.find(" N~")
        return candidate.words[at + 3 :].split(" ", 1)[0] if at >= 0 else ""
    return " ".join(plain)


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
    marks: dict[str, str] = {}
    for item in candidate.words.split():
        marks.setdefault(item[2:], item[0])  # the name stands first
    whole = [near[word] + _elsewhere(marks[word]) for word in near.keys() & marks.keys()]
    if whole:
        return min(whole)
    text = candidate.words
    starts = [
        distance + _elsewhere(text[at - 1]) + (0 if distance else _UNFINISHED)
        for word, distance in near.items()
        if (at := text.find(f"~{word}")) > 0
    ]
    return min(starts, default=_FAR)


def _elsewhere(mark: str) -> float:
    return 0 if mark in "nN" else _ELSEWHERE


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
