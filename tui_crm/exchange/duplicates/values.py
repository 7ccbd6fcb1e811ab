"""Two values of a field that differ, compared for many pairs at once.

What can be told from codes is told from them; texts are compared letter by letter only where they
have enough letters in common to be near, and once where the same two texts come again. What the
levels mean stands in `compare`, which compares two values at a time by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from zlib import crc32

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from tui_crm.exchange.duplicates import compare, nicknames
from tui_crm.exchange.duplicates.profile import pinyin, sound
from tui_crm.exchange.duplicates.table import (
    Codes,
    Flags,
    Mails,
    Places,
    Table,
    Texts,
    apart,
)
from tui_crm.text.fold import has_han

Levels = npt.NDArray[np.int8]
Compare = Callable[[Codes, Codes], Levels]
"""Gives the levels of pairs of values that differ, by their codes."""

DIFFERENT, NAME_DIFFERENT = 4, 5
_SHORT_MAILBOX = 4  # characters; below it another letter is another mailbox


class Names:
    """Given and family names, which have their codes in common."""

    def __init__(self, table: Table) -> None:
        self.given, self.family = table["given"].codes, table["family"].codes
        texts = self.texts = table["given"].texts
        self._sounds = texts.derived(sound)
        self._pinyin = texts.derived(pinyin)
        self._first = texts.derived(lambda name: name[0])
        self._han = texts.flags(has_han)
        self._nick = texts.flags(nicknames.known)

    def pairs(self, a: Places, b: Places) -> tuple[Levels, Levels]:
        """The levels of the given and the family names of pairs."""
        ag, bg, af, bf = self.given[a], self.given[b], self.family[a], self.family[b]
        given, family = self.level(ag, bg), self.level(af, bf)
        bad = np.flatnonzero(~((given == 1) | (given == 2) | (family == 1) | (family == 2)))
        crossed = self.level(ag[bad], bf[bad])
        back = self.level(af[bad], bg[bad])
        fits, fits_back = (crossed == 1) | (crossed == 2), (back == 1) | (back == 2)
        both, one = fits & fits_back, fits ^ fits_back
        open_ = np.isin(crossed, (0, 3, 4)) | np.isin(back, (0, 3, 4))
        given[bad[both]], family[bad[both]] = 6, 0
        given[bad[one]] = 7
        family[bad[one & open_]] = 0
        family[bad[one & ~open_]] = NAME_DIFFERENT
        return given, family

    def level(self, a: Codes, b: Codes) -> Levels:
        """The levels of parts of names."""
        found = np.full(len(a), NAME_DIFFERENT, np.int8)
        known = (a > 0) & (b > 0)
        found[~known] = 0
        found[known & (a == b)] = 1
        todo = np.flatnonzero(known & (a != b))
        if len(todo):
            found[todo] = self._differing(a[todo], b[todo])
        return found

    def _differing(self, a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), NAME_DIFFERENT, np.int8)
        size = self.texts.lengths
        la, lb = size[a], size[b]
        shorter = np.minimum(la, lb)
        first = self._first[a] == self._first[b]
        han = self._han[a] | self._han[b]
        initial = shorter == 1
        found[initial & first] = 4
        lacking = apart(self.texts.letters, a, b)
        # A bound of Jaro's and Winkler's measures, from the letters that can be in common at all.
        bound = (la + lb - lacking) * (la + lb) / (2 * la * lb)
        sounds = self._sounds[a] == self._sounds[b]
        near = (
            (first & (bound >= 1.099)) | (bound >= 1.399) | (sounds & (bound >= 1.249))
            | ((lacking <= 4) & (shorter >= 3)) | (self._nick[a] & self._nick[b])
        )  # fmt: skip
        todo = np.flatnonzero(near & ~initial & ~han)
        if len(todo):
            found[todo] = _once(self._latin, a[todo], b[todo])
        if han.any():
            found[han] = self._chinese(a[han], b[han])
        return found

    def _latin(self, a: Codes, b: Codes) -> Levels:
        x, y = self.texts.of(a), self.texts.of(b)
        alike = process.cpdist(
            x, y, scorer=JaroWinkler.normalized_similarity, dtype=np.float64, score_cutoff=0.75
        )
        edits = process.cpdist(x, y, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
        shorter = np.minimum(self.texts.lengths[a], self.texts.lengths[b])
        found = np.full(len(a), NAME_DIFFERENT, np.int8)
        found[(alike >= 0.8) | ((edits <= 2) & (shorter >= 5))] = 3
        sounds = self._sounds[a] == self._sounds[b]
        found[
            ((edits <= 1) & (shorter >= 3)) | (alike >= 0.92) | ((alike >= 0.75) & sounds)
        ] = 2  # fmt: skip
        for at in np.flatnonzero(self._nick[a] & self._nick[b] & (found > 2)).tolist():
            if nicknames.same_person(x[at], y[at]):
                found[at] = 2
        return found

    def _chinese(self, a: Codes, b: Codes) -> Levels:
        size = self.texts.lengths
        found = np.full(len(a), NAME_DIFFERENT, np.int8)
        both = self._han[a] & self._han[b] & (size[a] == size[b]) & (size[a] > 2)
        todo = np.flatnonzero(both)
        found[todo[_edits(self.texts, a[todo], b[todo], 1) == 1]] = 3
        found[self._pinyin[a] == self._pinyin[b]] = 2
        return found


def levels_of(codes: Codes, a: Places, b: Places, differing: Compare) -> Levels:
    """The levels of a field of one value: 0 not known, 1 the same, or what `differing` says."""
    x, y = codes[a], codes[b]
    found = np.zeros(len(a), np.int8)
    known = (x > 0) & (y > 0)
    found[known] = 1
    todo = np.flatnonzero(known & (x != y))
    found[todo] = differing(x[todo], y[todo])
    return found


def exact(_texts: Texts) -> Compare:
    """Values of which only the same would say something."""
    return lambda a, _b: np.full(len(a), 2, np.int8)


def quantity(texts: Texts) -> Compare:
    """Ages and years: off by one, close, or different."""
    size = np.fromiter((float(t) if t.isdecimal() else np.nan for t in texts), float, len(texts))

    def levels(a: Codes, b: Codes) -> Levels:
        apart = np.abs(size[a] - size[b])
        found: Levels = np.select([apart == 1, apart <= compare.CLOSE], [2, 3], 4).astype(np.int8)
        return found

    return levels


def number(texts: Texts) -> Compare:
    """Numbers: one or two characters off, or different."""

    def levels(a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), DIFFERENT, np.int8)
        near = np.flatnonzero(apart(texts.digits, a, b) <= 4)
        found[near] = _edits(texts, a[near], b[near], 2) + 1
        return found

    return levels


def text(texts: Texts) -> Compare:
    """Texts, in whatever order their words are."""
    ordered = Texts(map(_sorted, islice(texts, 1, None)))

    def unlike(a: Codes, b: Codes) -> Levels:
        alike = process.cpdist(
            ordered.of(a), ordered.of(b), scorer=fuzz.ratio, score_cutoff=72, dtype=np.float64
        )
        return np.select([alike >= 88, alike >= 72], [2, 3], DIFFERENT).astype(np.int8)

    def levels(a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), DIFFERENT, np.int8)
        size = ordered.lengths
        near = np.flatnonzero(apart(ordered.letters, a, b) <= 0.2801 * (size[a] + size[b]))
        found[near] = _once(unlike, a[near], b[near])
        return found

    return levels


def near(texts: Texts, edits: int, *, like: bool) -> Compare:
    """2 for texts a few edits apart, or with `like` such as sound like one another, else 3."""

    def close(a: Codes, b: Codes) -> Levels:
        found = _edits(texts, a, b, edits) <= edits
        if like:
            x, y = texts.of(a), texts.of(b)
            scorer = JaroWinkler.normalized_similarity
            found |= process.cpdist(x, y, scorer=scorer, dtype=np.float64) >= 0.85
        return np.where(found, 2, 3).astype(np.int8)

    def levels(a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), 3, np.int8)
        lacking = apart(texts.letters, a, b)
        near = lacking <= 2 * edits
        if like:
            la, lb = texts.lengths[a], texts.lengths[b]
            near |= (la + lb - lacking) * (la + lb) / (2 * la * lb) >= 1.249
        todo = np.flatnonzero(near)
        found[todo] = _once(close, a[todo], b[todo])
        return found

    return levels


def date(texts: Texts) -> Compare:
    """Dates (YYYYMMDD)."""
    pieces: dict[str, int] = {}

    def part(start: int, end: int | None) -> Codes:
        return np.fromiter(
            (pieces.setdefault(value[start:end], len(pieces)) for value in texts),
            np.int32,
            len(texts),
        )

    year, month, day, rest = part(0, 4), part(4, 6), part(6, 8), part(6, None)
    number = np.fromiter(
        (int(v[:4]) if v[:4].isdecimal() else np.nan for v in texts), np.float64, len(texts)
    )

    def levels(a: Codes, b: Codes) -> Levels:
        years, months = year[a] == year[b], month[a] == month[b]
        swapped = years & (month[a] == day[b]) & (day[a] == month[b])
        two = years.astype(np.int8) + months + (rest[a] == rest[b]) >= 2
        edit = np.zeros(len(a), np.bool_)
        near = np.flatnonzero(~swapped & (apart(texts.digits, a, b) <= 2))
        edit[near] = _edits(texts, a[near], b[near], 1) <= 1
        found: Levels = np.select(
            [swapped | edit, two, np.abs(number[a] - number[b]) <= 10], [2, 3, 4], 5
        ).astype(np.int8)
        return found

    return levels


def company(texts: Texts) -> Compare:
    """Names of organisations."""
    ordered = Texts(map(_sorted, islice(texts, 1, None)))
    joined = Texts(text.replace(" ", "") for text in islice(texts, 1, None))
    han = texts.flags(has_han)
    spelled = texts.derived(pinyin)
    starts = np.fromiter(map(_starts, texts), np.uint64, len(texts))

    def unlike(a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), 5, np.int8)
        alike = np.maximum(
            *(process.cpdist(names.of(a), names.of(b), scorer=fuzz.ratio, dtype=np.float64)
              for names in (ordered, joined))
        )  # fmt: skip
        chinese = han[a] | han[b]
        todo = np.flatnonzero((alike >= 72) | contained(a, b) | chinese)
        pairs = zip(texts.of(a[todo]), texts.of(b[todo]), strict=True)
        found[todo] = np.fromiter((compare.company(x, y) for x, y in pairs), np.int8, len(todo))
        return found

    def contained(a: Codes, b: Codes) -> Flags:
        """Whether each word of one may begin a word of the other."""
        found: Flags = ((starts[a] & ~starts[b]) == 0) | ((starts[b] & ~starts[a]) == 0)
        return found

    def levels(a: Codes, b: Codes) -> Levels:
        found = np.full(len(a), 5, np.int8)
        size = joined.lengths
        lacking = apart(joined.letters, a, b)
        near = (lacking <= 0.2801 * (size[a] + size[b]) + 1) | contained(a, b)
        inside = (lacking <= np.abs(size[a] - size[b])) | (spelled[a] == spelled[b])
        todo = np.flatnonzero(near | ((han[a] | han[b]) & inside))
        found[todo] = _once(unlike, a[todo], b[todo])
        return found

    return levels


def _starts(text: str) -> int:
    """The beginnings of the words, as bits."""
    found = 0
    for word in text.split():
        found |= 1 << crc32(word[:3].encode()) % 64
    return found


def _sorted(text: str) -> str:
    return " ".join(sorted(text.split()))


def provider(mails: Mails) -> Compare:
    """E-mail addresses at one firm, or at any provider."""
    firm = mails.firms
    return lambda a, b: np.where((firm[a] > 0) & (firm[a] == firm[b]), 5, 6).astype(np.int8)


def mail(texts: Texts, mails: Mails, provider: Compare) -> Compare:
    """E-mail addresses, of which `mails` are the parts."""
    boxes, domain, free, mailboxes = mails.boxes, mails.domains, mails.free, mails.mailboxes
    digits = mailboxes.derived(
        lambda box: "" if box.isalpha() else "".join(filter(str.isdigit, box))
    )

    def levels(a: Codes, b: Codes) -> Levels:
        mine, theirs = boxes[a], boxes[b]
        found = provider(a, b)
        same_box, same_domain = mine == theirs, domain[a] == domain[b]
        found[same_box] = 3
        public = ~same_domain & free[a] & free[b]
        found[public & ~same_box] = 6
        sizes = mailboxes.lengths
        short = np.minimum(sizes[mine], sizes[theirs]) < _SHORT_MAILBOX
        digit = digits[mine] == digits[theirs]
        rest = ~public & ~short & (digit | same_box)
        firms = ~same_domain & mails.used[domain[a]] & mails.used[domain[b]]
        todo = np.flatnonzero(rest & ~firms & (apart(texts.letters, a, b) <= 4))
        edits = _edits(texts, a[todo], b[todo], 2)
        other = (~same_domain & ~same_box)[todo]
        typed = np.zeros(len(a), np.bool_)
        typed[todo] = np.where(other, edits <= 2, edits <= 1)
        la, lb = sizes[mine], sizes[theirs]
        lacking = apart(mailboxes.letters, mine, theirs)
        bound = (la + lb - lacking) * (la + lb) / np.maximum(2 * la * lb, 1)
        alike = rest & digit & ~same_box & ~typed & (bound >= 1.499)
        todo = np.flatnonzero(alike)
        x, y = mailboxes.of(mine[todo]), mailboxes.of(theirs[todo])
        scorer = JaroWinkler.normalized_similarity
        similar = process.cpdist(x, y, scorer=scorer, dtype=np.float64) >= 0.9
        found[todo[similar]] = 4
        found[typed] = 2
        return found

    return levels


def _edits(texts: Texts, a: Codes, b: Codes, most: int) -> npt.NDArray[np.int32]:
    """How many edits two texts are apart; `most` + 1 for all that are further apart."""
    found: npt.NDArray[np.int32] = process.cpdist(
        texts.of(a), texts.of(b), scorer=OSA.distance, score_cutoff=most, dtype=np.int32
    )
    return found


def _once(function: Compare, a: Codes, b: Codes) -> Levels:
    """`function` of each pair of values, asked once for the pairs that come again."""
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b)
    pairs, back = np.unique(low << 32 | high, return_inverse=True)
    return function((pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32))[back]
