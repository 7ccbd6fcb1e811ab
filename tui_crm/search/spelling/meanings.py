"""What a mistyped word may stand for, the likeliest first.

    of(need, vocabulary)  ->  Word(...).meanings(edits=1)  ->  [Meaning(("smith",), 0.85, ...), ...]
    combinations([...])   ->  one meaning for each word, all of them together ever less likely

A word stands for itself, for a word near it, or for two words that were joined; Chinese characters
stand for others that sound alike, since that is how they are typed.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tui_crm.search.needs import Level, Need
from tui_crm.search.spelling.likeness import cost
from tui_crm.search.spelling.vocabulary import Vocabulary
from tui_crm.search.tokens import LONGEST_WORD, SHORTEST_WORD
from tui_crm.text.fold import has_han
from tui_crm.text.pinyin import name_syllables, syllables

_TWO_EDITS_FROM = 5  # letters of a word that may have two errors
_MOST_MEANINGS = 24  # of one word
_MOST_SPLITS = 3
_SPLIT = 1.0  # edits that a missing blank counts
_HOMOPHONE = 0.5  # edits that other characters of the same sound count
_LONGEST_HAN = 6  # characters whose sounds stand in one word of the index
_TWO_LETTER_SOUND = re.compile("([zcs])h")
_INITIAL_SOUNDS = re.compile("(?:[zcs]h|[b-df-hj-np-twxyz]){2,8}")
_INITIALS = 0.1  # edits that the initials of a name in one letter each count


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words that a typed word may stand for, each with the need that finds it and its level; what
    it costs in edits.
    """

    texts: tuple[str, ...]
    cost: float
    needs: tuple[Need, ...]
    levels: tuple[Level, ...]
    changed: bool = True


@dataclass(slots=True)
class Word:
    """A typed word, and what is known of it.

    `near` holds the words near it with their edits; `known` says that some customer has it or a
    word that begins so. `initials` are those of a Chinese name as the index has them, where the
    word may be them with two letters for a sound: "zs" of "zhs".
    """

    need: Need
    text: str
    known: bool
    near: dict[str, int]
    splits: list[tuple[str, str]]
    sounds: tuple[str, ...] = ()
    initials: str = ""
    _costs: dict[str, float] = field(default_factory=dict)

    @property
    def typed(self) -> Meaning:
        """The word as it was typed."""
        return Meaning((self.text,), 0.0, (self.need,), ("any",), changed=False)

    def costs(self, edits: int) -> dict[str, float]:
        """The words near it by at most so many edits, the likeliest first, as far as they count."""
        for word, distance in self.near.items():
            if distance <= edits and word not in self._costs:
                self._costs[word] = self._cost(word)
        ordered = sorted(self._costs.items(), key=lambda item: item[1])
        return dict(ordered[:_MOST_MEANINGS])

    def meanings(self, edits: int) -> list[Meaning]:
        """What it may stand for, the likeliest first."""
        found = [self.typed] if self.known or has_han(self.text) else []
        found += [
            Meaning((word,), price, (_spelled(self.need, word),), (self._level(word),))
            for word, price in self.costs(edits).items()
        ]
        for parts in self.splits:
            needs = tuple(Need(part, ((part,),)) for part in parts)
            found.append(Meaning(parts, _SPLIT, needs, ("any", "any")))
        return sorted(found, key=lambda meaning: meaning.cost)

    def _level(self, word: str) -> Level:
        return "name" if self.sounds or word == self.initials else "name_whole"

    def _cost(self, word: str) -> float:
        if word == self.initials:
            return _INITIALS
        if not self.sounds:
            return cost(self.text, word)
        return _HOMOPHONE + min(cost(sound, word) for sound in self.sounds)


def of(need: Need, words: Vocabulary) -> Word | None:
    """What is known of a word of a query; None if it is none that can be mistyped."""
    text = need.text
    if need.pieces or need.marks or need.whole or not text.isalpha() or len(need.spellings) < 1:
        return None
    if has_han(text):
        return _of_han(need, words)
    if len(text) < SHORTEST_WORD or len(need.spellings[0]) != 1:
        return None
    near = words.near(text, 2 if len(text) >= _TWO_EDITS_FROM else 1)
    if initials := _one_letter_each(text):
        near = {**near, initials: 0}
    splits = list(_splits(text, words))[:_MOST_SPLITS]
    return Word(need, text, words.begins(text), near, splits, initials=initials)


def combinations(lists: Sequence[Sequence[Meaning]]) -> Iterator[tuple[Meaning, ...]]:
    """One meaning of each list, the cheapest together first; the lists are in that order."""
    if not all(lists):
        return
    start = (0,) * len(lists)
    waiting = [(sum(meanings[0].cost for meanings in lists), start)]
    known = {start}
    while waiting:
        price, places = heapq.heappop(waiting)
        yield tuple(meanings[at] for meanings, at in zip(lists, places, strict=True))
        for number, (meanings, at) in enumerate(zip(lists, places, strict=True)):
            following = (*places[:number], at + 1, *places[number + 1 :])
            if at + 1 < len(meanings) and following not in known:
                known.add(following)
                more = meanings[at + 1].cost - meanings[at].cost
                heapq.heappush(waiting, (price + more, following))


def _of_han(need: Need, words: Vocabulary) -> Word | None:
    text = need.text
    if not 2 <= len(text) <= _LONGEST_HAN or not all(map(has_han, text)):
        return None
    sounds = dict.fromkeys("".join(way(text)) for way in (name_syllables, syllables))
    alike = tuple(sound for sound in sounds if sound.isascii())
    near: dict[str, int] = {}
    for sound in alike:
        if words.begins(sound):
            near[sound] = 0
        if len(sound) <= LONGEST_WORD:
            near.update((word, 1) for word in words.near(sound, 1) if word not in near)
    return Word(need, text, False, near, [], alike) if alike else None


def _one_letter_each(text: str) -> str:
    """The initials of a Chinese name that were typed with "zh", "ch" or "sh" for a sound, as input
    methods take them, in one letter for each: "zs" for "zhs". Empty for any other text.
    """
    if not _INITIAL_SOUNDS.fullmatch(text):
        return ""
    short = _TWO_LETTER_SOUND.sub(r"\1", text)
    return short if short != text and len(short) > 1 else ""


def _spelled(need: Need, word: str) -> Need:
    return replace(need, text=word, spellings=((word,),))


def _splits(word: str, words: Vocabulary) -> Iterator[tuple[str, str]]:
    for at in range(SHORTEST_WORD, len(word) - SHORTEST_WORD + 1):
        if word[:at] in words and words.begins(word[at:]):
            yield word[:at], word[at:]
