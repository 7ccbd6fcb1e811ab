"""Which column feeds which field.

A header decides where it is known (`lexicon`, and the registry with its custom fields), the values
where it is not, and the company of the other columns where a header has more than one meaning:
beside a person's name "Account Name" is the firm, alone it is the customer. Each column comes with
how certain that is and with some of its values, and a user may decide otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_crm.config import find_choice
from tui_crm.core.fields import Field, FieldType, Registry
from tui_crm.errors import UsageError
from tui_crm.exchange.mapping import chosen, headerwords, languages, lexicon, together, values
from tui_crm.exchange.mapping.columns import Column, ColumnMap, is_added
from tui_crm.exchange.reading.reader import Row, Table, preview
from tui_crm.exchange.reading.vcard import VCardTable
from tui_crm.text.fold import fold
from tui_crm.text.i18n import _, sentences
from tui_crm.text.safe import display

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_CODE = re.compile(r"[A-Za-z]{0,4}[-_ ]?\d[\w-]*")
_CARD_INDEX = re.compile(r"[^\W\d][^\d,;@]*,\s*[^\W\d][^\d,;@]*(?:,\s*[\w.]{2,4})?")
_TURNED = "{name.family}, {name.given}"
_SAMPLES = 5
_LOOKED_AT = 200
_OWN = frozenset({"account_no", "external_id", "handles"})
_PLAIN = frozenset({"text", "organization", "user", "multiline"})
_ONLY_HERE = "version"
_OWN_NUMBERS = frozenset({"account_no", "external_id"})


def overrides(arguments: Iterable[str]) -> dict[str, str]:
    """The `COLUMN=FIELD` of the command line by column; `UsageError` for anything else.

    The last equals sign divides, since no field's name has one and a header may.
    """
    result = {}
    for argument in arguments:
        header, sign, name = argument.rpartition("=")
        if not sign or not header.strip():
            raise UsageError(
                _('"{text}" is not COLUMN=FIELD.').format(text=argument),
                _('Write --map "Mobile no.=phones", or --map "Remark=" to leave a column out.'),
            )
        result[header.strip()] = name.strip()
    return result


def propose(
    headers: Sequence[str],
    registry: Registry,
    overrides: Mapping[str, str] | None = None,
    *,
    rows: Sequence[Row] = (),
    constants: Mapping[str, str] | None = None,
    accepts: Callable[[Field, str], bool] | None = None,
    literal: bool = False,
    dates: str = "",
    clear: str = "",
) -> ColumnMap:
    """The mapping of these headers.

    `overrides` decide for the columns that they name (a header, or "#3" for the third column):
    a field, a part of a name such as "name.family", a template of several ("{postcode} {city}"),
    "label:COLUMN" for the labels of another column, or "" to leave the column out. `rows` are the
    first of the table; with them the values are asked too. `accepts` says whether a value is one of
    a picklist's. `literal` says that the headers are names of the registry where they can be.
    `dates` is the order of days ("dmy", "mdy") in every column, found out where it is empty.
    Cells that say `clear` say nothing about their column.
    Raises `UsageError` for an override or a constant that names no column or no
    writable field, and for two columns that a user lets feed one field which takes one value.
    """
    fields, labels = chosen.labels(headers, overrides or {})
    wanted = chosen.checked(headers, registry, fields)
    titles = _written_here(headers, registry)
    own = literal or bool(titles)
    asked = _Asked(registry, own, titles, bool(rows), accepts, languages.spoken_by(headers))
    said = lexicon.without_record(headers)
    columns = []
    for index, header in enumerate(headers):
        texts = [cell for row in rows if (cell := row.cells[index].strip()) and cell != clear]
        column = Column(index, header, samples=tuple(dict.fromkeys(texts))[:_SAMPLES])
        if index in wanted:
            column = replace(column, **wanted[index], certainty=1.0, why="user")
        else:
            column = _guess(column, said[index], texts, asked)
        if column.field is not None and column.field.type == "date":
            column = replace(column, order=dates or values.date_order(texts))
        columns.append(column)
    if not own:
        columns = together.decided(columns, registry)
    for index, other in labels.items():
        target = columns[other].field
        if target is None or not target.is_list:
            raise UsageError(
                _('The column "{column}" has no numbers or addresses to label.').format(
                    column=columns[other].title
                )
            )
        columns = list(ColumnMap(tuple(columns)).labelled(other, index).all)
    _refuse_doubles(columns)
    fixed = {
        chosen.writable(name, registry)[0].name: text for name, text in (constants or {}).items()
    }
    if not own and _are_firms(columns, fixed):
        fixed["kind"] = "organization"
    return ColumnMap(tuple(columns), fixed, own, clear)


def _are_firms(columns: Sequence[Column], constants: Mapping[str, str]) -> bool:
    """Whether a table is one of firms: of accounts, or with what only firms have, and without the
    names of people.
    """
    fed = {c.field.name for c in columns if c.field is not None} | constants.keys()
    named = [c for c in columns if c.field is not None and c.field.name == "name"]
    if not named or fed & {"kind", "organization", "birthday", "title"}:
        return False
    if any(c.part not in ("", "customer") for c in named):
        return False
    headers = {lexicon.squeeze(c.header) for c in columns}
    return not headers.isdisjoint(headerwords.OF_FIRMS)


def refuse_unknown(mapping: ColumnMap, registry: Registry) -> None:
    """`UsageError` that names the columns without a field, and the way out."""
    if not mapping.unknown:
        return
    from tui_crm.config import nearest

    names = ", ".join(f'"{display(header)}"' for header in mapping.unknown)
    first = display(mapping.unknown[0])
    guess = nearest(mapping.unknown[0], (f.name for f in registry.of() if f.editable))
    way_out = _(
        'Say what they are with --map "{column}=FIELD"; --map "{column}=" leaves one out, '
        "--skip-unknown all of them."
    )
    raise UsageError(
        _("No field is known for these columns: {names}.").format(names=names),
        sentences(guess, way_out.format(column=first)),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked about every column: the fields there are, whether the program wrote the table
    and under which headers, whether there are values, which of them a picklist accepts, and the
    headers' languages.
    """

    registry: Registry
    own: bool
    titles: Mapping[str, Field]
    looked: bool
    accepts: Callable[[Field, str], bool] | None
    spoken: frozenset[str]


def _guess(column: Column, said: str, texts: Sequence[str], asked: _Asked) -> Column:
    """What a column is by its own values and header, of which `said` is what not all say."""
    header, registry, own, looked = column.header, asked.registry, asked.own, asked.looked
    if is_added(header):
        return replace(column, why="none", certainty=1.0)
    exact = asked.titles.get(header) or registry.get(header)
    exact = exact or chosen.custom_field(registry, header)
    if exact is not None and (own or exact.custom or exact.name in _OWN):
        if not exact.editable:
            return replace(column, why="own", certainty=1.0)
        return replace(column, field=exact, why="header", certainty=1.0)
    if own:
        return replace(column, why="none", certainty=0.9)
    meaning = lexicon.recognise(said, asked.spoken) if said else None
    if meaning is None and said != header:
        meaning = lexicon.recognise(header, asked.spoken)
    if meaning is not None and meaning.field:
        target = registry.get(meaning.field)
        if target is not None:
            certain = 0.8 if meaning.weak else 0.95
            found = replace(
                column, field=target, label=meaning.label, part=meaning.part, group=meaning.group,
                why="header", certainty=certain,
            )  # fmt: skip
            if meaning.template:
                cuts = chosen.cuts_of(meaning.template, registry)
                return replace(found, template=meaning.template, cuts=cuts)
            held = _held_against(found, texts, meaning.weak, asked.accepts, registry)
            return _family_first(held, texts, registry)
    if exact is not None and not exact.editable:
        return replace(column, why="own", certainty=1.0)
    if looked and not texts:
        return replace(column, why="empty", certainty=1.0)
    if not header and not looked:
        return replace(column, why="empty", certainty=1.0)
    if meaning is not None:
        return replace(column, why="none", certainty=0.9)
    if lexicon.is_of_somebody_else(header, asked.spoken):
        return column
    return _by_values(column, texts, registry)


def _held_against(
    column: Column,
    texts: Sequence[str],
    weak: bool,
    accepts: Callable[[Field, str], bool] | None,
    registry: Registry,
) -> Column:
    """A column that its header explains, unless its values say that it cannot be that."""
    target = column.field
    assert target is not None
    if weak and not texts:
        return replace(column, field=None, why="none", certainty=0.5)
    if not texts or column.part == "label":
        return column
    if target.name == "title" and headerwords.is_form_of_address(texts):
        return replace(column, field=registry.get("name"), part="prefix", certainty=0.9)
    if column.part == "customer" and all(map(_CODE.fullmatch, texts)):
        return replace(column, field=registry.get("account_no"), part="", certainty=0.8)
    fits = 1.0
    if target.name in _OWN_NUMBERS:
        fits = float(values.are_codes(texts))
    elif target.type == "phones":
        fits = sum(sum(map(str.isdigit, text)) >= 3 for text in texts) / len(texts)
    elif target.type == "emails":
        fits = sum("@" in text or "＠" in text for text in texts) / len(texts)
    elif target.type == "date" and not column.part:
        fits = sum(any(map(str.isdigit, text)) for text in texts) / len(texts)
    elif target.type == "choice" and accepts is not None and (weak or target.name == "kind"):
        fits = sum(accepts(target, text) for text in texts) / len(texts)
        other = registry.get("category")
        if fits < 0.5 and target.name == "kind" and other is not None:
            if all(accepts(other, text) for text in texts):
                return replace(column, field=other, certainty=0.8)
            return replace(column, field=None, why="none", certainty=0.5)
        if fits < 0.5:
            return replace(column, field=None, why="none", certainty=0.5)
    elif target.type in _PLAIN and column.part in ("", "alone", "contact", "customer"):
        fits = 1 - values.share(texts, values.not_of(target.name))
        if values.are_yes_or_no(texts):
            fits = 0.0
    if fits < 0.5:
        return replace(column, field=None, part="", label="", why="doubtful", certainty=0.4)
    return replace(column, certainty=min(0.99, column.certainty + 0.04 * fits))


def _family_first(column: Column, texts: Sequence[str], registry: Registry) -> Column:
    """A column of names, divided if they are written as in a card index: "Meier, Anna"."""
    whole = column.part in ("", "alone", "family")
    if column.field is None or column.field.name != "name" or not whole:
        return column
    fits = [text for text in texts if _CARD_INDEX.fullmatch(text) and not values.is_firm(text)]
    if len(fits) < 2 or len(fits) < 0.8 * len(texts):
        return column
    cuts = chosen.cuts_of(_TURNED, registry)
    return replace(column, part=cuts[0][1], template=_TURNED, cuts=cuts, certainty=0.8)


_VALUE_FIELDS = {"email": "emails", "phone": "phones"}
_HEADERLESS = {**_VALUE_FIELDS, "company": "organization", "person": "name", "address": "street"}


def _by_values(column: Column, texts: Sequence[str], registry: Registry) -> Column:
    """A column of which only the values say what it is."""
    nameless = column.header == "" or column.header.startswith("Column ")
    best, most = "", 0.0
    for kind, name in (_HEADERLESS if nameless else _VALUE_FIELDS).items():
        found = values.share(texts, frozenset({kind}))
        if found > most:
            best, most = name, found
    target = registry.get(best) if best and len(texts) >= 1 and most >= 0.8 else None
    if target is None:
        return column
    return replace(column, field=target, why="values", certainty=round(0.7 * most, 2))


def _written_here(headers: Sequence[str], registry: Registry) -> dict[str, Field]:
    """The fields by their headers, if the program itself wrote them; otherwise nothing.

    All are names of the registry then, or labels in one language. Since others use the same words,
    labels need the column that only an export of all fields has.
    """
    plain = [header for header in headers if header and not is_added(header)]
    fields = list(registry.of())
    names = {field.name: field for field in fields}
    for labels in (
        {},
        {field.label_en: field for field in reversed(fields)},
        {field.label_zh: field for field in reversed(fields)},
    ):
        known = {header: labels.get(header) or names.get(header) for header in plain}
        found = {header: field for header, field in known.items() if field is not None}
        whole = not labels or any(field.name == _ONLY_HERE for field in found.values())
        if plain and len(found) == len(known) and whole:
            return found
    return {}


def _refuse_doubles(columns: Sequence[Column]) -> None:
    """`UsageError` for two columns that a user lets feed one field."""
    seen: dict[tuple[str, str, str], str] = {}
    for column in columns:
        target = column.field
        if target is None or target.is_list or target.type == "multiline":
            continue
        if column.why != "user" or column.cuts:
            continue
        if column.part or column.group or together.is_of_address(target):
            continue
        if target.name == "organization":
            continue
        key = (target.name, column.part, column.group)
        if key in seen:
            raise UsageError(
                _('The columns "{first}" and "{second}" both feed {field}.').format(
                    first=seen[key], second=column.title, field=target.name
                ),
                _('Leave one out: --map "{column}="').format(column=column.title),
            )
        seen[key] = column.title


def propose_for(
    session: Session,
    table: Table,
    overrides: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    dates: str = "",
    clear: str = "",
) -> ColumnMap:
    """`propose` for a table: its first rows and the picklists of this database are asked."""
    from tui_crm.core.checker import Checker

    checker = Checker(session)

    def accepts(target: Field, text: str) -> bool:
        offered = checker.choices(target)
        return not offered or find_choice(offered, text) is not None

    return propose(
        table.headers,
        session.fields,
        overrides,
        rows=preview(table, _LOOKED_AT),
        constants=constants,
        accepts=accepts,
        literal=isinstance(table, VCardTable),
        dates=dates,
        clear=clear,
    )


def new_field(column: Column) -> tuple[str, FieldType]:
    """The name and the type of a custom field that could keep an unknown column."""
    name = re.sub(r"[^a-z0-9]+", "_", fold(column.header)).strip("_")[:40]
    if not name or not name[0].isalpha():
        name = f"column_{column.index + 1}"
    kinds = {values.kind_of(text) for text in column.samples}
    if kinds == {"date"}:
        return name, "date"
    return name, "number" if kinds == {"number"} else "text"
