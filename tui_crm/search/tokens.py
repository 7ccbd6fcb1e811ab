"""The words and digits under which a customer is found: what the index holds.

A document is two texts. `words` holds an item ``mark~token`` for each word, in the order of the
fields, with a blank before and behind every item. The mark says where the word comes from; in
lower case it is a word of the text itself, so that words that stand together in the text stand
together here, and in upper case another spelling of one: pinyin and its initials, "mueller"
and "muller" for "Müller". Behind a figure stands no word but the
`choice_token` of the value of a picklist field. `digits`
holds the digits of every telephone number. Beside them stands `shown`, what lists show of the
customer (`tui_crm/core/listed.py`), by which nobody is found.

Han text has no blanks between words. It is cut into pairs of neighbours plus the last character,
so that any character and any pair of them is a token or the beginning of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from tui_crm.text.fold import fold, has_han, is_common_han, variants, words
from tui_crm.text.phone import digits
from tui_crm.text.pinyin import name_syllables, syllables

NAME, ORGANIZATION, TITLE, CITY = "n", "o", "t", "c"
EMAIL, ADDRESS, HANDLE, TAG, ACCOUNT, CUSTOM = "e", "m", "h", "g", "a", "x"
TEXT_MARKS = NAME + ORGANIZATION + TITLE + CITY + EMAIL + HANDLE + TAG + ACCOUNT + CUSTOM
MARK_OF = {
    "name": NAME,
    "organization": ORGANIZATION,
    "title": TITLE,
    "city": CITY,
    "account_no": ACCOUNT,
    "external_id": ACCOUNT,
    "emails": EMAIL,
    "handles": HANDLE,
    "tags": TAG,
}
"""The mark of a searchable built-in field; custom fields share `CUSTOM`."""

CHOICES = {"kind": "1", "category": "2", "status": "3", "source": "4"}
"""The mark of a built-in picklist field; custom ones share `CUSTOM_CHOICE`."""
CUSTOM_CHOICE = "5"

LONGEST_TOKEN = 60  # characters; longer words are cut here and in the query alike
WINDOW = 6  # digits of a number that stand in one token
SHORTEST_PIECE = 3  # digits that are worth looking for
SHORTEST_WORD, LONGEST_WORD = 3, 18  # letters of a word that others are corrected to

_JOINED_SYLLABLES = 6
_PINYIN_STARTS = 24
_SHORT_NAME = 4  # characters of a Chinese person's name, at most
_LEGAL_FORM = re.compile("(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司$")
_LEARNED = re.compile(rf"[nNoOcCtTeEhHgGxX]~[^\W\d_]{{{SHORTEST_WORD},{LONGEST_WORD}}}(?= )")
_INITIALS = re.compile("[^aeiouv]+|.*[^aeiouv]{5}.*")  # which are no word, but look like one
_NOT_ADDRESS = re.compile(r"[^\w@.+-]")
_WRITTEN_OUT = re.compile("([aou])e|aa")


class Source(NamedTuple):
    """What is indexed of a customer."""

    id: int
    kind: str
    name: str
    organization: str
    title: str
    city: str
    account_no: str
    external_id: str
    owner_id: int | None
    team_id: int | None
    stamp: str  # when it was last contacted, or else created
    choices: Sequence[tuple[str, str]] = ()  # field, value
    custom: Sequence[str] = ()
    phones: Sequence[tuple[str, str]] = ()  # as typed, normalised
    emails: Sequence[str] = ()
    handles: Sequence[str] = ()
    tags: Sequence[str] = ()
    shown: str = ""


class Document(NamedTuple):
    """What the index says of a customer."""

    customer_id: int
    owner_id: int | None
    team_id: int | None
    stamp: str
    words: str
    digits: str
    shown: str  # what lists show, see `tui_crm.core.listed`


def document(source: Source) -> Document:
    """The document of a customer."""
    items = [
        _name_items(source.name, source.kind == "person"),
        field_items(source.organization, ORGANIZATION),
        field_items(source.title, TITLE),
        field_items(source.city, CITY),
        _tag_items(tuple(source.tags)),
        _choice_items(tuple(source.choices)),
        *map(_email_items, source.emails),
        *[_text_items(handle, HANDLE) for handle in source.handles],
        _account_items(source.account_no),
        _account_items(source.external_id),
        *[_text_items(text, CUSTOM) for text in source.custom],
    ]
    text = " ".join(filter(None, items))
    return Document(
        source.id,
        source.owner_id,
        source.team_id,
        source.stamp,
        f" {text} " if text else " ",
        _all_digits(source.phones),
        source.shown,
    )


def han_pieces(run: str) -> list[str]:
    """The tokens of a run of Han characters: its neighbouring pairs and the last character."""
    return [run[i : i + 2] for i in range(len(run))]


def written_short(word: str) -> str:
    """A folded word with "ae", "oe", "ue" and "aa" as they are typed by those who leave out the
    dots: "mueller" is "muller".
    """
    return _WRITTEN_OUT.sub(lambda match: match[1] or "a", word)


def address_token(address: str) -> str:
    """An e-mail address as one token."""
    return _NOT_ADDRESS.sub("", fold(address))[:LONGEST_TOKEN]


def windows(number: str) -> list[str]:
    """The runs of `WINDOW` digits of a number, and at its end the shorter ones."""
    return [number[i : i + WINDOW] for i in range(len(number) - SHORTEST_PIECE + 1)]


def index_tokens(item: Document) -> list[str]:
    """The tokens of the words of a document, each once.

    A word of the name stands there twice, the second time behind a ``~``, so that "in the name"
    is a question to the index. Owner and team are tokens too: "mine" is then a part of the match
    and not a filter behind it.
    """
    return [*word_tokens(item.words), *key_tokens(item.owner_id, item.team_id)]


def digit_tokens(item: Document) -> list[str]:
    """The windows of all numbers of a document, each once, and its owner and team; nothing for a
    document without a number.
    """
    if not item.digits:
        return []
    return [*number_tokens(item.digits), *key_tokens(item.owner_id, item.team_id)]


def word_tokens(text: str) -> Iterable[str]:
    """The tokens of `Document.words`, each once."""
    items = text.split()
    tokens = [word[2:] for word in items]
    for word in items:
        if word[0] not in "nN":
            break  # the name stands first
        tokens.append(word[1:])
    return dict.fromkeys(tokens)


def number_tokens(text: str) -> Iterable[str]:
    """The windows of `Document.digits`, each once."""
    return dict.fromkeys([window for number in text.split() for window in windows(number)])


def key_tokens(owner_id: int | None, team_id: int | None) -> list[str]:
    """The tokens of the owner and the team of a document."""
    found = []
    if owner_id is not None:
        found.append(owner_token(owner_id))
    if team_id is not None:
        found.append(team_token(team_id))
    return found


def long_items(words: str) -> list[str]:
    """The items of `Document.words` that may hold a word for `learned_words`."""
    return _LEARNED.findall(words)


def learned_words(items: Iterable[str]) -> set[str]:
    """The words that a mistyped word may be corrected to, pinyin included, out of `items`."""
    return {
        item[2:]
        for item in items
        if not has_han(item) and not (item[0].isupper() and _INITIALS.fullmatch(item, 2))
    }


def is_key(token: str) -> bool:
    """Whether a token is no word but that of an owner, a team or a choice."""
    return token[0] == "_" or "\ue000" <= token[0] <= "\uf8ff"


def forget() -> None:
    """Let go of what is remembered of names and organisations: up to a hundred megabytes after
    the documents of a million customers.
    """
    field_items.cache_clear()
    _han_name_items.cache_clear()


def owner_token(owner_id: int) -> str:
    """The token of the customers of an owner."""
    return f"_o{owner_id}"


def team_token(team_id: int) -> str:
    """The token of the customers of a team."""
    return f"_g{team_id}"


@lru_cache(1 << 12)
def choice_token(field: str, value: str) -> str:
    """The token of the customers that have a value of a picklist field.

    It is one character of the private use area, so that the indexes of prefixes do not hold it six
    times. Two values may share it: it only makes a question quick, what the customer has is
    compared too.
    """
    return chr(0xE000 + crc32(f"{field}={value}".encode()) % 6400)


def choice_item(field: str, value: str) -> str:
    """The item of a value of a picklist field."""
    mark = CHOICES.get(field, CUSTOM_CHOICE)
    return f"{mark}~{choice_token(field, value)}" if value else ""


@lru_cache(1 << 12)
def _choice_items(choices: tuple[tuple[str, str], ...]) -> str:
    return " ".join(filter(None, (choice_item(*choice) for choice in choices)))


@lru_cache(1 << 14)
def _tag_items(tags: tuple[str, ...]) -> str:
    return " ".join(filter(None, (field_items(tag, TAG) for tag in tags)))


def _text_items(text: str, mark: str) -> str:
    """The items of a text without its pinyin."""
    if text.isascii() and len(text) <= LONGEST_TOKEN:
        # As below, in a quarter of the time: most names, addresses and numbers are such texts.
        plain = words(text)
        if not plain:
            return ""
        joined = f" {mark}~".join(plain)
        if not _WRITTEN_OUT.search(joined):
            return f"{mark}~{joined}"
    return _items(*_spellings(text), mark)


@lru_cache(1 << 17)
def field_items(text: str, mark: str) -> str:
    """The items of a text that many customers share: an organisation, a city, a tag."""
    if not text:
        return ""
    plain, derived = _spellings(text)
    if has_han(text):
        derived += _pinyin(syllables(text), text)
    return _items(plain, derived, mark)


def _name_items(name: str, person: bool) -> str:
    return _han_name_items(name, person) if has_han(name) else _text_items(name, NAME)


@lru_cache(1 << 15)  # Chinese names repeat, others hardly ever
def _han_name_items(name: str, person: bool) -> str:
    plain, derived = _spellings(name)
    sounds = name_syllables(name) if person else syllables(name)
    derived += _pinyin(sounds, name)
    if person and 2 < len(sounds) <= _SHORT_NAME:
        derived.append(sounds[0] + "".join(sound[0] for sound in sounds[1:]))
    return _items(plain, derived, NAME)


def _email_items(address: str) -> str:
    local, _, domain = address.rpartition("@")
    # The last label says nothing: every other customer has ".com".
    text = _items(words(f"{local} {domain.rpartition('.')[0]}"), (), EMAIL)
    token = address_token(address)
    return f"{text} {ADDRESS}~{token}" if token else text


def _account_items(number: str) -> str:
    """The items of an account number: its parts, all of it, and its figures without zeros."""
    if not number:
        return ""
    if number.isascii() and number.isalnum() and not number.isdigit():
        return f"{ACCOUNT}~{number[:LONGEST_TOKEN].lower()}"  # most are
    plain = words(number)
    derived = []
    if len(plain) > 1:
        derived.append("".join(plain))
    derived += [
        short for part in plain if part.isdigit() and (short := part.lstrip("0")) not in ("", part)
    ]
    return _items(plain, derived, ACCOUNT)


def _spellings(text: str) -> tuple[list[str], list[str]]:
    """The tokens of a text in order, and those of other spellings of its words."""
    if is_common_han(text):
        return han_pieces(fold(text)), []
    plain: list[str] = []
    derived: list[str] = []
    for word in words(text):
        if not word.isascii() and has_han(word):
            plain += han_pieces(word)
            continue
        plain.append(word)
        if (short := written_short(word)) != word:
            derived.append(short)
    if not text.isascii():
        derived += [word for word in variants(text) if word.isascii() and word not in plain]
    return plain, derived


def _pinyin(sounds: tuple[str, ...], text: str) -> list[str]:
    """The tokens of the syllables of a text: joined from each on, and the initials from each on.

    Nobody begins with the legal form that half of all companies end with.
    """
    found: list[str] = []
    count = len(sounds)
    legal = _LEGAL_FORM.search(text)
    starts = min(max(1, count - len(legal[0])) if legal else count, _PINYIN_STARTS)
    first = "".join(sound[0] for sound in sounds)
    for i in range(starts):
        joined = "".join(sounds[i : i + _JOINED_SYLLABLES])
        found.append(joined)
        if "v" in joined:  # 吕 is typed "lv" and "lu"
            found.append(joined.replace("lv", "lu").replace("nv", "nu"))
    last = starts if starts < count else count - 1
    found += [first[i : i + 8] for i in range(last)]
    return found


def _items(plain: Sequence[str], derived: Iterable[str], mark: str) -> str:
    parts = [f"{mark}~{token[:LONGEST_TOKEN]}" for token in plain]
    if derived:
        upper = mark.upper()
        parts += [f"{upper}~{token[:LONGEST_TOKEN]}" for token in dict.fromkeys(derived)]
    return " ".join(parts)


def _all_digits(phones: Sequence[tuple[str, str]]) -> str:
    """The digits of numbers, each as normalised and, where that says more, as typed."""
    found = ""
    for typed, normalized in phones:
        for number in (*normalized.split(";"), typed):
            plain = digits(number)
            if len(plain) >= SHORTEST_PIECE and plain not in found:
                found = f"{found} {plain}" if found else plain
    return found
