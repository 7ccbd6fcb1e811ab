"""What the headers of other programs mean: English and Chinese words for columns.

The field registry lists the plain spellings of its fields. Here is what a registry cannot say: that
a column is a part of a name or one of several addresses, that a number has a label, that a column
is something for which there is no field. Headers are compared without case, blanks and
punctuation, so that "LASTNAME", "last_name" and "Last Name" are one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from tui_crm.core.fields import BUILT_IN
from tui_crm.exchange.mapping import headerwords, languages
from tui_crm.text.fold import fold


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a header says.

    `field` is a name of the registry, "" for what has no field. `part` is a part of a name (see
    `names.PARTS`; "customer" for a name that may be a firm's, "firm" for one that is, "contact"
    for somebody at the customer's), of a day ("year"), or "label" for a column that labels another
    one. `label` goes before a contact point; `group` says which of several addresses it is. `weak`
    headers need values that agree. A `template` divides the column, of which `field` is the first.
    """

    field: str
    part: str = ""
    label: str = ""
    group: str = ""
    weak: bool = False
    template: str = ""


_WORDS = Path(__file__).parent / "data" / "headers.txt"
_ZIP = ("zip", "zipcode", "postcode", "postalcode")
# Columns of several parts of an address, as they are mostly written.
_DIVIDED = {
    "citystate": "{city}, {state}",
    "citycountry": "{city}, {country}",
    **{code + "city": "{postcode} {city}" for code in _ZIP},
    **{code + "town": "{postcode} {city}" for code in _ZIP},
    **{"city" + code: "{city} {postcode}" for code in _ZIP},
    **{"citystate" + code: "{city}, {state} {postcode}" for code in _ZIP},
}
_GROUPED = frozenset({"street", "postcode", "city", "state", "country"})
_POINTS = frozenset({"phones", "emails", "handles"})
_LABELS = {
    "office": "work", "business": "work", "company": "work", "公司": "work", "办公": "work",
    "单位": "work", "企业": "work", "工作": "work", "办公室": "work", "家庭": "home",
    "住宅": "home",
    "personal": "home", "private": "home", "个人": "home", "私人": "home", "其他": "other",
    "其它": "other", "备用": "other", "alternate": "other", "alt": "other", "additional": "other",
    "secondary": "other", "second": "other", "第二": "other", "alternative": "other",
}  # fmt: skip
_SUFFIXES = ("work", "home", "mobile", "other", "office", "personal", "business", "main", "private")

_KEY = re.compile(r"([\w-]+)(?:\.(\w+))?(?::([\w-]+))?(\?)?")
_ENDINGS = {
    "code": frozenset({"state", "country"}), "account": frozenset({"handles"}),
    "no": frozenset({"street"}), "houseno": frozenset({"street"}),
    "nr": frozenset({"street"}), "number": frozenset({"street"}),
}  # fmt: skip
# What the headers of a table may all begin with, and how many there are then at least.
_RECORD = re.compile(r"^\s*(\w+)(?: - |: |[.:/])\s*(?=\S)")
_RECORDS = frozenset(
    {"account", "client", "company", "contact", "customer", "lead", "organisation", "organization",
     "partner", "people", "person", "prospect", "客户", "联系人", "线索"}
)  # fmt: skip
_FEWEST_OF_ONE = 4
_FIRMS = frozenset({"company", "organization", "organisation", "公司", "企业", "单位"})
# What a firm has as well as a person, so that "company" before it changes nothing.
_OF_FIRMS = frozenset({"needs", "owner", "status", "category", "source", "tags", "team"})
_MOST_WORDS = 3
# Nouns that mean a field whatever stands before them, unless it is somebody else's.
_NOUNS = frozenset(
    {"phones", "emails", "handles", "street", "city", "state", "postcode", "country"}
)
_NOUNS_ZH = _NOUNS | {
    "organization",
    "title",
    "birthday",
    "needs",
    "source",
    "tags",
    "owner",
    "account_no",
}
_OTHERS = re.compile(
    r"(?:assistant|spouse|partner|manager|owner|agent|referr?er|referred|user|sender|supervisor|parent"
    r"|guardian|mother|father|emergency|created?|modified|updated|by|birth|ship|bank|is|has|do|not"
    r"|opt(?:ed)?|valid|verified|last|no|number|count|total|date|time|bounced|reply|website|ip"
    r"|product|order|invoice|rep|salesperson|employee|reports?|to|previous|former|old|type)(?:'?s)?"
)
_OTHER_FIRMS_ZH = re.compile(
    "中介|服务|发证|培训|代理|保险|物流|快递|合作|竞争|承包|供应|使用|创建|结算|核算|分配|管理"
)
_LONGEST_BEFORE = 5
_CAMEL = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HAN = re.compile("[\u4e00-\u9fff]")
_PUNCTUATION = re.compile(r"[\W_]+")
_SALESFORCE = re.compile(r"__(?:c|pc)$", re.I)
_DASHED = re.compile(r"(.+?)\s+(\d{1,2})\s+-\s+(.+)")
_BRACKETS = re.compile(r"\s*[(（\[【]([^()（）\[\]【】]{1,40})[)）\]】]\s*\*?$")
_NUMBER = re.compile(r"\d{1,2}$")
_LONGEST = 60  # letters of a header
_WHOLE_NAMES = ("", "alone", "customer")
_MARKS = re.compile(
    r"^[*＊※]+|[*＊※:：]+$|^[【\[(（]\W*(?:必填|选填|必須|任意|required)\W*[】\])）]", re.I
)
# What is said in brackets about a column, and not about its values.
_REMARKS = re.compile(
    r"必填|选填|必選|选择|必須|任意|可选|可空|唯一|格式|位数|\d|required|optional|mandatory|unique"
    r"|pflicht|obligat|obligator|facultat|requis|yyyy|jjjj|aaaa|tt\.mm|dd[./-]mm|mm[./-]dd",
    re.I,
)
_PHONETIC = re.compile(
    r"(?:全角|半角)?(?:フリガナ|ふりがな|カナ|かな|カタカナ|ひらがな|ローマ字|ﾌﾘｶﾞﾅ|よみ|読み)|拼音"
    r"|kana|furigana|yomi|phonetic|pinyin",
    re.I,
)
# A header in Chinese or Japanese and the same in Latin letters, in either order.
_TWO_LANGUAGES = re.compile(
    r"([^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*[\s/|_#-])([A-Za-z][^\u3040-\u9fff]{2,})"
    r"|([A-Za-z][^\u3040-\u9fff]{2,}[\s/|_#-])([^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*)"
)
_ADDRESS_NUMBER = re.compile(r"address(\d)(\D.*)")


def squeeze(header: str) -> str:
    """A header as it is compared: folded letters and digits and nothing between them."""
    return _PUNCTUATION.sub("", fold(without_suffix(header)))


def without_suffix(header: str) -> str:
    """A header without what Salesforce puts behind the names of custom fields."""
    return _SALESFORCE.sub("", header.strip())


def is_known(header: str) -> bool:
    """Whether a text is the header of a column that feeds a field."""
    meaning = recognise(header)
    return meaning is not None and meaning.field != ""


@lru_cache(4096)
def recognise(header: str, spoken: frozenset[str] = frozenset()) -> Meaning | None:
    """What a header means; None if that is not known.

    `spoken` are the languages of the table's headers (`languages.spoken_by`).
    """
    header = _MARKS.sub("", header.strip()).strip()
    if found := _whole(header):
        return found
    if (bracket := _BRACKETS.search(header)) and bracket.start():
        return _bracketed(header[: bracket.start()], bracket[1].strip(), spoken)
    if both := _TWO_LANGUAGES.fullmatch(header):
        return _agreed(*(recognise(part.strip(" /|-_#"), spoken) for part in both.groups() if part))
    for english in languages.in_english(header, spoken):
        found = _whole(english) or _guessed(english)
        if found and not found.label == english in ("home", "work"):  # no number is called so
            return found
    return _guessed(header)


def without_record(headers: Sequence[str]) -> list[str]:
    """The headers without the word for a customer that all of them begin with.

    "Organization - Country of Address" among others of that kind is "Country of Address".
    """
    begun = [_RECORD.match(header) for header in headers if header.strip()]
    words = {squeeze(found[1]).removesuffix("s") if found else "" for found in begun}
    if len(begun) < _FEWEST_OF_ONE or len(words) != 1 or not words <= _RECORDS:
        return list(headers)
    return [_RECORD.sub("", header, count=1) for header in headers]


def is_of_somebody_else(header: str, spoken: frozenset[str] = frozenset()) -> bool:
    """Whether a header speaks of another person or thing than the customer, in any language."""
    said = (header, *languages.in_english(header, spoken))
    return any(map(headerwords.is_of_somebody_else, said))


def _whole(header: str) -> Meaning | None:
    """The meaning of a header that is known but for numbers and for words before it."""
    dashed = _DASHED.fullmatch(header)
    if dashed and (found := _google(squeeze(dashed[1]), dashed[2], squeeze(dashed[3]))):
        return found
    key = squeeze(header)
    if not key or len(key) > _LONGEST:
        return None
    if found := _plain(key):
        return found
    if template := _DIVIDED.get(key):
        return Meaning(template[1 : template.index("}")], template=template)
    if numbered := _ADDRESS_NUMBER.fullmatch(key):
        found = _plain(_NUMBER.sub("", numbered[2])) or _plain(numbered[2])
        if found and found.field in _GROUPED:
            return replace(found, group=f"address{numbered[1]}")
    stem = _NUMBER.sub("", key)
    if stem != key and (found := _plain(stem)):
        single = found.field in ("name", "organization", "title") or found.part == "label"
        first = key == stem + "1" or found.part in _WHOLE_NAMES
        return found if first or not single else None
    if number := re.fullmatch(r"(email|phone|mobile|tel)\d{1,2}(address|number)?", key):
        return _plain(number[1])
    return None


def _guessed(header: str) -> Meaning | None:
    """The meaning of a header by its words."""
    key = squeeze(header)
    if not key or len(key) > _LONGEST:
        return None
    if found := headerwords.by_words(without_suffix(header), _KNOWN):
        return found
    return None if headerwords.is_of_somebody_else(header) else _by_noun(header, key)


def _agreed(first: Meaning | None, second: Meaning | None) -> Meaning | None:
    """The meaning of a header in two languages, "姓名 Name": what both say, or what one does."""
    if first is None or second is None:
        return first or second
    return first if first.field == second.field else None


def _plain(key: str, depth: int = 0) -> Meaning | None:
    """The meaning of a whole squeezed header, with words for whose or which it is before it."""
    words = _lexicon()
    if found := words.meanings.get(key):
        return found
    if depth == _MOST_WORDS:
        return None
    for prefix in words.before:
        if not key.startswith(prefix):
            continue
        rest = key.removeprefix(prefix)
        if rest in _AMBIGUOUS_REST and prefix not in words.whose:
            continue
        found = _plain(_NUMBER.sub("", rest), depth + 1)
        if found and (joined := _joined(prefix, found, prefix in words.whose)):
            return joined
    for suffix in _SUFFIXES:
        found = words.meanings.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if found and found.field in _POINTS and not found.label:
            return replace(found, label=_LABELS.get(suffix, suffix))
        if found and found.field in _GROUPED:
            return replace(found, group=suffix)
    for suffix, fields in _ENDINGS.items():
        found = words.meanings.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if found and found.field in fields:
            return found
    return None


def _by_noun(header: str, key: str) -> Meaning | None:
    """The meaning of the noun at the end behind words that nobody knows ("Reception phone").

    Not if the words say that it is about somebody or something else.
    """
    words = _lexicon()
    if _HAN.search(key):
        for length in range(min(6, len(key) - 1), 1, -1):
            found = words.meanings.get(_NUMBER.sub("", key)[-length:])
            before = _NUMBER.sub("", key)[:-length]
            if found is None or len(before) > _LONGEST_BEFORE:
                continue
            named = found.field == "name" and found.part == "" and key.endswith("姓名")
            if found.field == "organization" and _OTHER_FIRMS_ZH.search(before):
                return None
            if (named or found.field in _NOUNS_ZH) and not headerwords.ELSE_ZH.search(before):
                return replace(found, group=before if found.field in _GROUPED else found.group)
            return None
        return None
    parts = _CAMEL.sub(" ", without_suffix(header)).replace("_", " ").split()
    for start in range(1, min(4, len(parts))):
        found = words.meanings.get(_NUMBER.sub("", squeeze("".join(parts[start:]))))
        if found is not None and found.field in _NOUNS:
            leading = [fold(part).strip(":.,'") for part in parts[:start]]
            if found.label in ("home", "work") and _goes_before(found.label):
                return None  # "Region home" is not a number there
            if any(_OTHERS.fullmatch(part) for part in leading):
                return None
            label = " ".join(leading)
            if found.field in _GROUPED:
                return replace(found, group=label)
            return replace(found, label=found.label or label)
    return None


def _joined(word: str, found: Meaning, only_whose: bool) -> Meaning | None:
    """A meaning with a word before it; None if the two mean something else together."""
    if not found.field:
        return found
    if found.field in _POINTS:
        label = "" if only_whose else _LABELS.get(word, word)
        both = " ".join(dict.fromkeys(filter(None, (label, found.label))))
        return replace(found, label=found.label if label == "mobile" else both)
    if found.field in _GROUPED:
        return found if found.group or only_whose else replace(found, group=word)
    if word in _FIRMS:
        return found if found.field in _OF_FIRMS else None
    if found.field == "organization":
        return found
    return found if only_whose and found.part != "customer" else None


def _bracketed(stem: str, label: str, spoken: frozenset[str]) -> Meaning | None:
    """A header with something in brackets: a label, a unit, a remark, or the header once more."""
    if _PHONETIC.fullmatch(label):
        return Meaning("")
    found = _plain(squeeze(stem)) or _plain(_NUMBER.sub("", squeeze(stem)))
    found = found or recognise(stem, spoken)
    if found is None or _REMARKS.search(label):
        return found
    inner = recognise(label, spoken)
    if inner is not None and inner.field in _GROUPED and found.field == "street":
        return replace(inner, group=found.group)  # "Mailing address (city)"
    if inner is not None and inner.field == found.field and not inner.label:
        return found
    if headerwords.is_of_somebody_else(label):
        return None
    if found.field in _POINTS and not label.isdecimal():
        return replace(found, label=label)
    if found.field in _GROUPED:
        return replace(found, group=fold(label))
    return found


def _google(base: str, number: str, attribute: str) -> Meaning | None:
    """A column of Google Contacts: "Phone 1 - Value", "Address 1 - City", "E-mail 1 - Label"."""
    if base in ("email", "phone", "im"):
        field = {"email": "emails", "phone": "phones", "im": "handles"}[base]
        if attribute in ("value", "type", "label"):
            return Meaning(field, "" if attribute == "value" else "label", group=f"{base}{number}")
        return Meaning("")
    if base == "address":
        if attribute in ("formatted", "type", "label"):
            return Meaning("")
        found = _lexicon().meanings.get(attribute)
        return replace(found, group=f"address{number}") if found else Meaning("")
    if base == "organization" and number == "1" and attribute in ("name", "title"):
        return Meaning("organization" if attribute == "name" else "title")
    known = ("website", "relation", "event", "organization", "customfield", "externalid", "jot")
    return Meaning("") if base in known else None


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The shipped words: meanings by squeezed header, and the words before a header."""

    meanings: dict[str, Meaning]
    whose: frozenset[str]
    before: tuple[str, ...]  # the longest first


@cache
def _lexicon() -> _Lexicon:
    groups: dict[str, list[str]] = {}
    words: list[str] = []
    for line in _WORDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        key, *more = line.split()
        if line[0].isspace():
            words += [key, *more]
        else:
            words = groups.setdefault(key, [])
            words += more
    whose, which = groups.pop("whose"), groups.pop("which")
    meanings: dict[str, Meaning] = {}
    for key, spellings in groups.items():
        field, part, label, weak = _KEY.fullmatch(key).groups("")  # type: ignore[union-attr]
        if field == "-":
            field = ""
        meaning = Meaning(field, part, label.replace("_", " "), weak=bool(weak))
        for spelling in spellings:
            meanings.setdefault(spelling, meaning)
    for spelling, item in BUILT_IN.by_synonym().items():
        if item.editable:
            meanings.setdefault(squeeze(spelling), Meaning(item.name))
    before = sorted({*whose, *which}, key=len, reverse=True)
    return _Lexicon(meanings, frozenset(whose), tuple(before))


# Behind "company" or "home" these say something else than alone.
_AMBIGUOUS_REST = frozenset(
    {"id", "status", "type", "owner", "source", "title", "description", "work", "home", "label"}
)


def _goes_before(word: str) -> bool:
    return word in _lexicon().before


def _headers(first: str, last: str) -> list[str]:
    known = _lexicon().meanings.items()
    return [key for key, found in known if found.field and key[0] == first and key[-1] == last]


_KNOWN = headerwords.Known(_plain, _goes_before, _headers)
