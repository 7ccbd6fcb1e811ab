"""People by chance, from a seed, for tables of customers of whom it is known who is who."""

from __future__ import annotations

from random import Random


def _words(text: str) -> list[str]:
    return text.split()


_MEN = _words(
    "James John Robert Michael William David Richard Joseph Thomas Charles Daniel Matthew Anthony"
    " Mark Donald Steven Paul Andrew Joshua Kenneth Kevin Brian George Edward Henry Walter Frank"
    " Peter Harold Arthur Albert Samuel Ralph Roy Louis Eugene Philip Carl Ernest Howard"
)
_WOMEN = _words(
    "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty"
    " Margaret Sandra Ashley Kimberly Emily Donna Michelle Carol Amanda Dorothy Melissa Deborah"
    " Helen Anna Ruth Alice Catherine Martha Frances Clara Rose Ellen Agnes Emma Jane Ann Lucy"
)
_FAMILIES = _words(
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin"
    " Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill"
    " Green Adams Baker Nelson Carter Mitchell Roberts Turner Phillips Campbell Parker Evans"
    " Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper Reed Bailey Bell Howard Ward"
    " Cox Richardson Wood Watson Brooks Bennett Gray Hughes Price Myers Long Foster Sanders Ross"
)
_SYLLABLES = _words(
    "ba ker lo mi ran to sen vi gar mul ler hoff den wick stone ford li son be wo od sha cro ly"
    " man bur ton wal dre ne hart well field by rose kin ber gen pe ter"
)


class Maker:
    """People by chance, as frequent names and rare ones as there are."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        rare = {"".join(self.random.choices(_SYLLABLES, k=self.random.choice((2, 3)))).title()
                for _name in range(4000)}  # fmt: skip
        self._families = [*_FAMILIES, *sorted(rare)]
        self._weights = [1 / (rank + 8) for rank in range(len(self._families))]
        self.streets = [f"{''.join(self.random.choices(_SYLLABLES, k=2)).title()}"
                        f" {self.random.choice(('Street', 'Road', 'Avenue', 'Drive', 'Lane'))}"
                        for _street in range(900)]  # fmt: skip
        self.towns = [f"{''.join(self.random.choices(_SYLLABLES, k=2)).title()}ville"
                      for _town in range(60)]  # fmt: skip

    def given(self, woman: bool) -> str:
        names = _WOMEN if woman else _MEN
        return self.random.choices(names, [1 / (n + 4) for n in range(len(names))])[0]

    def family(self) -> str:
        return self.random.choices(self._families, self._weights)[0]

    def birthday(self, first: int = 1930, last: int = 2003) -> str:
        draw = self.random.randrange
        return f"{draw(first, last)}-{draw(1, 13):02}-{draw(1, 29):02}"

    def phone(self) -> str:
        return f"+1{self.random.randrange(2, 10)}{self.random.randrange(10**8, 10**9)}"

    def street(self) -> str:
        return f"{self.random.randrange(1, 4000)} {self.random.choice(self.streets)}"

    def mistyped(self, text: str) -> str:
        """The text with one error."""
        if len(text) < 3:
            return text
        at = self.random.randrange(1, len(text) - 1)
        letter = self.random.choice("abcdefghijklmnoprstuvwy")
        return self.random.choice((
            text[:at] + text[at + 1 :], text[:at] + letter + text[at + 1 :],
            text[:at] + letter + text[at:], text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ))  # fmt: skip

    def heard(self, name: str) -> str:
        """The name as somebody else spells it."""
        swaps = (("ck", "k"), ("k", "ck"), ("ph", "f"), ("y", "ie"), ("ie", "y"), ("ee", "ea"),
                 ("c", "k"), ("tt", "t"), ("t", "tt"), ("ll", "l"), ("l", "ll"), ("ei", "ie"),
                 ("o", "ou"), ("a", "e"), ("e", "a"), ("mc", "mac"), ("s", "z"), ("n", "nn"),
                 ("th", "t"), ("w", "wh"), ("oo", "u"), ("er", "ar"), ("i", "y"))  # fmt: skip
        low = name.lower()
        fitting = [swap for swap in swaps if swap[0] in low[1:]]
        if not fitting:
            return self.mistyped(name)
        old, new = self.random.choice(fitting)
        at = low.index(old, 1)
        return (low[:at] + new + low[at + len(old) :]).title()
