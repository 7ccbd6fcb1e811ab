"""Typing errors: what was probably meant, and whom it finds.

    corrected(session, "jonh smtih", have=[...])  -> Answer   shown for: john smith

It is asked when a query found fewer than `ENOUGH` customers, after their rows are shown. Words are
corrected only towards customers that the viewer may see: every corrected word goes through the
same query as a typed one, and what is shown of it is read from the rows that it found.

The likeliest meanings of all words together are looked for one after the other, in names, until
ten rows are found and nothing that comes could stand before them. Only where that is too little the
words are looked for elsewhere, as beginnings of words that are still being typed, and inside of
words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from tui_crm.core import listed
from tui_crm.core.rows import Answer, CustomerRow, Hit
from tui_crm.search import highlight
from tui_crm.search.answer import Cancel, checker, find
from tui_crm.search.engine import Candidate
from tui_crm.search.needs import Level, Need
from tui_crm.search.plan import Plan, make
from tui_crm.search.spelling import agreement, meanings, strangers, vocabulary
from tui_crm.search.spelling.agreement import Name
from tui_crm.search.spelling.letters import MOST_EDITS
from tui_crm.search.spelling.meanings import Meaning, Word
from tui_crm.search.spelling.vocabulary import Vocabulary
from tui_crm.text.fold import has_han

if TYPE_CHECKING:
    from tui_crm.core.session import Session

ENOUGH = 10
"""Customers found, from which on nothing is corrected."""

_UNFINISHED_FROM = 4  # letters of a word that may be mistyped while it is being typed
_TWO_EDITS_FROM = 6  # letters of such a word that may have two errors
_INSIDE_FROM = 4  # letters that are looked for inside of words
_MOST_STARTS = 24
_MOST_INSIDE = 48
_MOST_ASKED = 16  # combinations of meanings that are looked for by themselves
_MOST_MISSED = 2  # of them that find nobody, until all are looked for at once
_OF_EACH = 15  # customers of one combination
_MOST_FOUND = 100  # customers of a query for many words
_UNFINISHED = 0.5  # edits by which the beginning of a longer word is worse
_JOINED = 1.0  # edits that a blank too many counts
_INSIDE = 2.5
_FAR = 3.0  # edits, for a word that is not there
_TWO_EDITS = 1.6  # the least that they count
_AGAIN = 0.08  # edits by which a name is worse for each row that shows it already
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
    or the query has no words. Where nobody was found and a filter has a value that nobody has,
    that is among the `problems`. Raises `Interrupted` when `cancel` is cancelled.
    """
    with session.db.connection(), session.db.interruptible(cancel):
        plan = make(session, text)
        check = checker(cancel)
        if len(have) >= ENOUGH or plan.problems:
            return Answer(())
        if not have and (unknown := strangers.problems(session, plan, check)):
            return Answer((), problems=unknown)
        if not plan.ranked:
            return Answer(())
        search = _Search(session, plan, frozenset(have), check)
        search.run()
        ordered = search.ordered()[:limit]
        check()
        rows = listed.rows(session.db, [f.candidate.shown for f in ordered])
    hits = tuple(
        Hit(row, highlight.marker(found.asked.needs))
        for row, found in zip(rows, ordered, strict=True)
    )
    named = zip(hits[:ENOUGH], ordered, strict=False)
    shown = dict.fromkeys(word for hit, found in named for word in _meant(hit, found.asked.changed))
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
        return replace(found, problems=(*found.problems, *more.problems))
    hits = (*found.hits, *more.hits)
    return replace(found, hits=hits, total=len(hits), shown_for=more.shown_for)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked instead of what was typed, and which of that was changed."""

    needs: tuple[Need, ...]
    changed: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    candidate: Candidate
    name: Name
    distance: float
    asked: _Asked


@dataclass(slots=True)
class _Search:
    """The search for one query, from the likely to the far-fetched, until enough is found."""

    session: Session
    plan: Plan
    have: frozenset[int]
    check: Callable[[], None]
    vocabulary: Vocabulary = field(init=False)
    words: list[Word] = field(init=False)
    fixed: list[Mapping[str, float]] = field(init=False)  # the other words, each for itself
    found: dict[int, _Found] = field(default_factory=dict)
    seen: set[tuple[tuple[str, ...], ...]] = field(default_factory=set)
    at_once: bool = False  # most meanings find nobody: all are looked for in one question

    def run(self) -> None:
        """Find whom the words may mean."""
        self.vocabulary = vocabulary.of(self.session.db)
        known = [meanings.of(need, self.vocabulary) for need in self.plan.words]
        self.words = [word for word in known if word is not None]
        self.fixed = [
            {need.text: 0.0}
            for need, word in zip(self.plan.words, known, strict=True)
            if word is None and need.text.isalpha()
        ]
        if not self.words:
            return
        steps: list[tuple[Callable[[], None], float]] = [
            (self._try_joined, _TWO_EDITS),
            (lambda: self._try_likeliest(1), _TWO_EDITS),
            (lambda: self._try_likeliest(2), _FAR),
            (self._try_anywhere, _FAR),
            (self._try_beginnings, _FAR),
        ]
        if self.plan.needs.keys:  # few customers: one question for all words tells everything
            steps[1:3] = [(self._try_split, _TWO_EDITS), (self._try_names, _FAR)]
            steps = [steps[-2], *steps[:-2], steps[-1]]
        for step, next_price in steps:
            self.check()
            step()
            if self._is_settled(next_price):
                return
        if not self.found:
            self._try_inside()

    def ordered(self) -> list[_Found]:
        """What was found, the nearest first."""
        return [item for _price, _place, item in self._priced()]

    def _priced(self) -> list[tuple[float, int, _Found]]:
        """What was found with what it costs and its place among equals: one's own first, then the
        most recent.

        Each further row of one name costs a little more, so that ten of it do not hide a name that
        is nearly as likely.
        """
        mine = self.session.viewer.id
        ordered = sorted(
            self.found.values(),
            key=lambda f: (f.distance, not f.candidate.is_of(mine), -f.candidate.id),
        )
        rows_of: dict[tuple[str, ...], int] = {}
        priced: list[tuple[float, int, _Found]] = []
        for place, item in enumerate(ordered):
            again = rows_of[item.name.plain] = rows_of.get(item.name.plain, -1) + 1
            priced.append((item.distance + _AGAIN * again, place, item))
        priced.sort(key=lambda entry: entry[:2])
        return priced

    def _is_settled(self, price: float) -> bool:
        """Whether there are ten rows, before which nothing of that price can come."""
        missing = ENOUGH - len(self.have)
        return len(self.found) >= missing and self._priced()[missing - 1][0] <= price

    def _try_likeliest(self, edits: int) -> None:
        """Ask for the likeliest meanings of all words together, in names."""
        if self.at_once and self._ask_names(edits) < _MOST_FOUND:
            return
        missed = 0
        for chosen in meanings.combinations([word.meanings(edits) for word in self.words]):
            key = tuple(meaning.texts for meaning in chosen)
            if key in self.seen or not any(meaning.changed for meaning in chosen):
                continue
            price = sum(meaning.cost for meaning in chosen)
            if len(self.seen) == _MOST_ASKED or self._is_settled(price):
                return
            self.check()
            self.seen.add(key)
            replaced = {
                word.need: meaning
                for word, meaning in zip(self.words, chosen, strict=True)
                if meaning.changed
            }
            costs = [{text: 0.0} for text in chain.from_iterable(key)]
            # Many names sound alike, or have the same initials.
            alike = any(w.sounds or w.initials for w in self.words if w.need in replaced)
            limit = _MOST_FOUND if alike else _OF_EACH
            missed += not self._ask(replaced, costs, price, limit)
            if missed == _MOST_MISSED and len(self.words) > 1:
                self.at_once = True
                if self._ask_names(edits) < _MOST_FOUND:
                    return

    def _ask_names(self, edits: int) -> int:
        """Ask for names of which every word is as it was typed or near; gives how many."""
        near = {word.need: {word.text: 0.0, **word.costs(edits)} for word in self.words}
        return self._ask_all(near, "name_whole")

    def _try_joined(self) -> None:
        """One word was typed as two: "mac donald"."""
        for first, second in pairwise(self.words):
            joined = first.text + second.text
            if self.vocabulary.begins(joined):
                whole = Meaning((joined,), _JOINED, (Need(joined, ((joined,),)),), ("any",))
                replaced = {first.need: whole, second.need: replace(whole, needs=(), levels=())}
                others = [{w.text: 0.0} for w in self.words if w.need not in replaced]
                self._ask(replaced, [*others, {joined: 0.0}], _JOINED, _MOST_FOUND)

    def _try_split(self) -> None:
        """Two words were typed as one: "annamaria"."""
        for word in self.words:
            for meaning in word.meanings(0):
                if meaning.changed and len(meaning.texts) > 1:
                    others = [{w.text: 0.0} for w in self.words if w is not word]
                    costs = [*others, *({text: 0.0} for text in meaning.texts)]
                    self._ask({word.need: meaning}, costs, meaning.cost, _MOST_FOUND)

    def _try_names(self) -> None:
        """Ask for names of words that are near, unless some were found."""
        if not self.found and len(self.words) > 1:
            self._ask_names(MOST_EDITS)

    def _doubtful(self) -> list[list[Word]]:
        """The words that nobody has; if there is none, each by itself."""
        unknown = [word for word in self.words if not word.known]
        return [unknown] if unknown else [[word] for word in self.words]

    def _try_anywhere(self) -> None:
        """Ask for all words that are near, wherever they stand."""
        for doubtful in self._doubtful():
            self.check()
            self._ask_all({word.need: word.costs(MOST_EDITS) for word in doubtful}, "whole")

    def _try_beginnings(self) -> None:
        """Take the last word for one that is still being typed."""
        last = self.words[-1]
        size = len(last.text)
        if last.sounds or last.need != self.plan.words[-1] or size < _UNFINISHED_FROM:
            return
        doubtful = next((group for group in self._doubtful() if last in group), None)
        starts = self.vocabulary.beginnings(last.text, 2 if size >= _TWO_EDITS_FROM else 1)
        nearest = sorted(starts.items(), key=lambda item: (item[1], item[0]))[:_MOST_STARTS]
        if doubtful is not None and nearest:
            asked = {word.need: word.costs(MOST_EDITS) for word in doubtful if word is not last}
            self._ask_all(
                {**asked, last.need: {start: edits + _UNFINISHED for start, edits in nearest}},
                "any",
            )

    def _try_inside(self) -> None:
        """Look for words inside of which those stand that nobody has."""
        for doubtful in self._doubtful():
            self.check()
            ways = {
                word.need: dict.fromkeys(self.vocabulary.holding(word.text, _MOST_INSIDE), _INSIDE)
                for word in doubtful
                if len(word.text) >= _INSIDE_FROM
            }
            if ways:
                self._ask_all(ways, "whole")

    def _ask_all(self, near: Mapping[Need, Mapping[str, float]], level: Level) -> int:
        """Ask for customers who have, of each of these needs, one of the words instead; gives how
        many there are, which may be more than `_MOST_FOUND`.
        """
        if not all(near.values()):
            return 0
        replaced = {
            need: Meaning(
                (), 0.0, (replace(need, spellings=tuple((word,) for word in costs)),), (level,)
            )
            for need, costs in near.items()
        }
        costs = [near.get(word.need, {word.text: 0.0}) for word in self.words]
        return self._ask(replaced, costs, 0.0, _MOST_FOUND)

    def _ask(
        self,
        replaced: Mapping[Need, Meaning],
        costs: Sequence[Mapping[str, float]],
        price: float,
        limit: int,
    ) -> int:
        """Ask the index with some needs put in the place of others; gives how many it found.

        `costs` holds for each word that is looked for what may stand for it; `price` is what the
        change costs besides.
        """
        levels: dict[Need, Level] = {}
        for need in self.plan.needs.needs:
            if meaning := replaced.get(need):
                levels.update(zip(meaning.needs, meaning.levels, strict=True))
            else:
                levels.setdefault(need, "any")
        needs = replace(self.plan.needs, needs=tuple(levels))
        changed = tuple(need for meaning in replaced.values() for need in meaning.needs)
        asked = _Asked(needs.positive, changed)
        strict = [levels[need] for need in asked.needs]
        heard = [word for word in self.words if word.sounds and word.need in replaced]
        short = [word for word in self.words if word.initials]
        candidates = self.plan.engine.candidates(
            self.session.db, needs, strict, self.plan.scope, limit
        )
        for candidate in candidates:
            if candidate.customer_id in self.have:
                continue
            name = agreement.name_of(candidate.words)
            chosen = [
                agreement.nearest(name, candidate.words, near) for near in (*costs, *self.fixed)
            ]
            texts = [item[0] for item in chosen if item is not None]
            if any(agreement.is_last_sound(candidate.words, text) for text in texts):
                continue
            if not all(agreement.is_spelled_by(name, w.text) for w in short if w.initials in texts):
                continue
            distance = price + sum(_FAR if item is None else item[1] for item in chosen)
            distance += agreement.disagreement(name, candidate.words, texts)
            distance += sum(agreement.other_characters(name, word.text) for word in heard)
            held = self.found.get(candidate.id)
            if held is None or distance < held.distance:
                self.found[candidate.id] = _Found(candidate, name, distance, asked)
        return len(candidates)


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
