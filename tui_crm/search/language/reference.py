"""The query language as docs/query.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui_crm.core.fields import Field, Registry
from tui_crm.search.language import rewrite
from tui_crm.search.language.dates import WORDS
from tui_crm.search.language.query import ALIASES, OTHER_NAMES

Example = tuple[str, str]
"""A query, and what it means."""

WORDS_AND_NUMBERS: Sequence[Example] = (
    ("anna", "a word of name, organisation, title, city, e-mail, tags or account number begins so"),
    ("anna berlin", "both words, in any field and any order"),
    ("muller", "also Müller and Mueller; accents never matter"),
    ('"van den berg"', "these words side by side"),
    ("王小", "a part of a Chinese name, simplified or traditional"),
    ("zhangs", "张三 by its pinyin, or by its initials: `zs`"),
    ("138 1234", "these digits in a row in a telephone number, however it is written"),
    ("0678", "a number that ends so comes first"),
    (
        "C-0000042",
        "the customer with this account number; an id or an e-mail address does the same",
    ),
)
FILTERS: Sequence[Example] = (
    ("status:active", "the field has this value; the beginning of a value is enough"),
    ('city:"New York"', "a value with blanks stands in quotation marks"),
    ("status:lead,active", "one of these values"),
    (
        "country:德国",
        "Germany under any of its names: English, Chinese, its own, its two letters",
    ),
    ("owner:me", "my customers; `owner:` and `team:` take a login or the name of a team"),
    ('name:"van den"', "words that are looked for in this field alone"),
    ("phone:138", "telephone numbers alone; three digits or more"),
    ("has:email", "the field is filled in"),
    ("no:phone", "the field is empty"),
    ("open:task", "a task is still to be done"),
    ('segment:"big ones"', "whom a saved search finds, by the name that it was saved under"),
    ("id:1,2,3", "the customers with these ids"),
)
TIMES: Sequence[Example] = (
    ("created:2026", "in that year"),
    ("created:2026-03", "in that month"),
    ("created:2026-03-14", "on that day"),
    ("created:2026-01..2026-03", "from the beginning of January to the end of March"),
    ("created:2026-01..", "since then"),
    ("created:>=2026-03", "compared: `<`, `<=`, `>`, `>=`"),
    ("last:<30d", "less than 30 days ago; `h`, `d`, `w`, `m` and `y` count hours to years"),
    ("last:>30d", "longer ago than 30 days"),
    ("updated:today", "a day or a period that has a name"),
)
TOGETHER: Sequence[Example] = (
    ("-tag:lost", "not: a minus before a word, a filter or a parenthesis"),
    ("berlin or hamburg", "one of the two; `or` parts all that stands on its two sides"),
    (
        "(status:lead or status:active) city:berlin",
        "parentheses hold together what belongs together",
    ),
    ("anna -(tag:lost no:phone)", "not both of these"),
    ("tag:vip sort:-last", "the last contacted first; without the minus the other way round"),
    ("status:active sort:city,name", "by city, and within a city by name"),
)
SECTIONS = (
    ("Words and numbers", WORDS_AND_NUMBERS),
    ("Filters", FILTERS),
    ("Times", TIMES),
    ("Joining, turning round, sorting", TOGETHER),
)

_HEAD = """\
# The query language

What is typed in the search field is a query, and a query is taken wherever customers are chosen:
in the search, in saved searches (`^G`), in batch edit, by `crm search`, `crm export` and
`crm batch`, and for the notes of calls (`Alt+I`), where the filters say whose.

A query is words and filters with blanks between them; all of them must be met. Without `sort:` the
best matches come first: the whole name, the beginning of a name, any other place, and behind them
the rows for words that were corrected; among equals your own customers, then the most recent.
Filters without a word find those first who were contacted or created last; one that asks for
`last:`, `created:` or `updated:` puts the latest of these times first.

Below the field stand proposals for the word that is being typed: `→` takes the one that is lit,
`End` lights the next. A word that cannot be understood is underlined and the line below says why;
the rest of the query is searched all the same, but nothing is changed or exported by a query that
is not clear. Where nobody is found, the line says which value nobody has and which one is near.
Chinese punctuation (`：（）“”，－`) is read like its counterpart; names of fields and values
may be Chinese: `状态:合作中 城市:北京`. So may the words before a colon that are no field: `有:` is
`has:`, `无:` is `no:`, `排序:` is `sort:`.
"""
_FIELDS = """
## Fields

Every field can be asked for by its name, by its label in English or Chinese, and by the headers
that an import knows. Your own fields are asked for in the same way, by the key that
`crm fields` shows.

| Write | Or | Label | 中文 | Takes |
|---|---|---|---|---|
"""
_TAKES = {
    "text": "the beginning of a word",
    "multiline": "the beginning of a word",
    "organization": "the beginning of a word",
    "phones": "three digits or more",
    "emails": "an address or a part of it",
    "handles": "the beginning of a name",
    "tags": "a tag",
    "choice": "a value of the list, or its label",
    "user": "a login, or `me`",
    "team": "the name of a team",
    "date": "a time",
    "datetime": "a time",
    "number": "a number, `>5`, `1..9`",
    "bool": "`yes` or `no`",
}


def markdown(registry: Registry) -> str:
    """The text of docs/query.md for these fields."""
    named = ", ".join(f"`{word}`" for word in WORDS if word.isascii())
    parts = [_HEAD]
    for title, examples in SECTIONS:
        parts.append(f"\n## {title}\n\n{_table(examples)}")
        if examples is TIMES:
            parts.append(
                f"\nNamed times: {named}; in Chinese 今天, 昨天, 本周, 上月, 去年 and so on.\n"
            )
    parts.append(_FIELDS)
    parts += [_row(field) for field in registry.of("customer")]
    return "".join(parts)


def _table(examples: Iterable[Example]) -> str:
    rows = "".join(f"| `{text}` | {meaning} |\n" for text, meaning in examples)
    return f"| Query | Finds |\n|---|---|\n{rows}"


def _row(field: Field) -> str:
    short = rewrite.short_name(field)
    others = [name for name in (field.name, *ALIASES) if ALIASES.get(name, name) == field.name]
    others = [name for name in others if name not in OTHER_NAMES]  # `no:` is read as "none" first
    written = ", ".join(f"`{name}:`" for name in others if name != short)
    takes = _TAKES[field.type]
    return f"| `{short}:` | {written} | {field.label_en} | {field.label_zh} | {takes} |\n"
