"""Which files of an import belong together, what each holds, and by which columns they are joined.

An export of a CRM is several files: the firms, the people who work there, what happened with them.
The rows of one name those of another by a key that stands in both. What a file holds is guessed
from its headers, the key from the values: nearly all values of one column are found in a column of
the other file where each row has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from tui_crm.errors import UsageError
from tui_crm.exchange.joins import activitywords
from tui_crm.exchange.joins.activities import ActivityMap
from tui_crm.exchange.joins.activitywords import Role
from tui_crm.exchange.mapping import headerwords, lexicon, values
from tui_crm.exchange.mapping.columns import ColumnMap, is_added
from tui_crm.exchange.reading.reader import Several, Table, preview
from tui_crm.text.i18n import N_, _
from tui_crm.text.safe import clean_line, display

Kind = Literal["customers", "people", "details", "interactions"]
KINDS: tuple[Kind, ...] = ("customers", "people", "details", "interactions")
"""What a file may hold: customers; people of theirs, who become customers of their own with that
organisation; further fields of the same customers; what happened with them or is to be done."""
KIND_WORDS: dict[Kind, str] = {
    "customers": N_("customers"),
    "people": N_("people of customers"),
    "details": N_("details of customers"),
    "interactions": N_("interactions"),
}

KEYS = ("account_no", "external_id", "emails", "phones", "name")
"""Fields by which rows of another file may name a customer, the strongest first."""

Known = Callable[[str, Sequence[str]], float]
"""The share of these texts by which the database knows one customer in this field."""

Propose = Callable[[Table, Mapping[str, str]], ColumnMap]
"""Gives the mapping of a table with these overrides by column."""

_SAMPLE = 500  # rows of the file that refers
_KEYS_READ = 200_000  # rows of the file that is referred to
_ALIKE = 0.6  # of the headers: two files with the same columns are one table
_ENOUGH = 0.5  # of the values
_SAME_NAMES = 0.8


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names the customers: those of the source number `to` in their column `key`, or
    where `to` is -1 those of the database by the field `field`. `share` of its values were found.
    """

    column: int
    to: int
    key: int = -1
    field: str = ""
    share: float = 1.0


@dataclass(frozen=True)
class Source:
    """A file of an import, or several with the same columns."""

    table: Table
    kind: Kind
    mapping: ColumnMap
    activity: ActivityMap | None = None
    references: tuple[Reference, ...] = ()

    @property
    def title(self) -> str:
        """The name of the file."""
        return self.table.title


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said: kinds and join columns by file ("" for all), and the fields of columns
    by (file or "", column).
    """

    kinds: Mapping[str, Kind]
    joins: Mapping[str, str]
    fields: Mapping[tuple[str, str], str]


def sources_of(
    tables: Sequence[Table], propose: Propose, known_by: Known, asked: Asked
) -> list[Source]:
    """The tables as what they hold, joined where one names the rows of another.

    One source of the kind customers comes back where nothing is to be joined. Raises `UsageError`
    for a file or a column that is not there, and for a file of which no column names a customer.
    """
    stacked = _stacked(tables, asked)
    known = [_kind_asked(table, asked) for table in stacked]
    found = [
        Source(table, kind or "customers", propose(table, _first_fields(table, kind, asked)))
        for table, kind in zip(stacked, known, strict=True)
    ]
    if len(found) == 1 and known[0] in (None, "customers"):
        return found
    for at, source in enumerate(found):
        if known[at] is None and activitywords.tells_of_activities(source.table.headers):
            if not _holds_people(source):
                found[at] = replace(source, kind="interactions")
            elif fields := _fields_asked(source.table, asked):
                found[at] = replace(source, mapping=propose(source.table, fields))
    columns = {at: _key_columns(source) for at, source in enumerate(found)}
    references: dict[int, list[tuple[float, Reference]]] = {}
    for at, kind in enumerate(known):
        if kind != "customers":
            references[at] = _references(at, found, columns, asked)
    roots = _roots(found, known, references)
    if len(roots) == len(found) and len({type(table) for table in tables}) == 1:
        # All are customers: one table, whatever columns each of them has.
        table = tables[0] if len(tables) == 1 else Several(list(tables))
        return [Source(table, "customers", propose(table, _fields_asked(table, asked)))]
    return [
        source
        if at in roots
        else _joined(at, found, known, references[at], roots, propose, known_by, asked)
        for at, source in enumerate(found)
    ]


def _stacked(tables: Sequence[Table], asked: Asked) -> list[Table]:
    """The tables, those with the same columns one behind the other as one."""
    groups: list[list[Table]] = []
    for table in tables:
        for group in groups:
            if _alike(table, group[0]) and _kind_asked(table, asked) == _kind_asked(
                group[0], asked
            ):
                group.append(table)
                break
        else:
            groups.append([table])
    return [group[0] if len(group) == 1 else Several(group) for group in groups]


def _alike(one: Table, other: Table) -> bool:
    first, second = (set(map(lexicon.squeeze, table.headers)) - {""} for table in (one, other))
    return len(first & second) >= _ALIKE * len(first | second)


def _asked_for(table: Table, given: Mapping[str, str]) -> str:
    """What was said of a file by its name, else of all."""
    names = [table.title, table.path.name, str(table.path), table.path.stem]
    return next((given[name] for name in names if name in given), given.get("", ""))


def _kind_asked(table: Table, asked: Asked) -> Kind | None:
    said = _asked_for(table, asked.kinds)
    return next((kind for kind in KINDS if kind == said), None)


def _fields_asked(table: Table, asked: Asked) -> dict[str, str]:
    """The fields that a user chose for columns of this table, or of all that have them."""
    found = {}
    for (file, column), name in asked.fields.items():
        names = (table.title, table.path.name, table.path.stem)
        if file in names or (not file and has_column(table, column)):
            found[column] = name
    return found


def _first_fields(table: Table, kind: Kind | None, asked: Asked) -> dict[str, str]:
    """The chosen fields of a table of customers; what was chosen for interactions comes later."""
    told = kind is None and activitywords.tells_of_activities(table.headers)
    return {} if told or kind == "interactions" else _fields_asked(table, asked)


def has_column(table: Table, column: str) -> bool:
    """Whether a table has a column of that name."""
    return column_of(table.headers, column) is not None


def column_of(headers: Sequence[str], column: str) -> int | None:
    """The place of a column by its header, in any spelling, or as "#3"."""
    if column in headers:
        return headers.index(column)
    if column.startswith("#") and column[1:].isdecimal() and 0 < int(column[1:]) <= len(headers):
        return int(column[1:]) - 1
    wanted = lexicon.squeeze(column)
    return next((n for n, h in enumerate(headers) if wanted and lexicon.squeeze(h) == wanted), None)


def _holds_people(source: Source) -> bool:
    """Whether the rows are people rather than what happened with them."""
    parts = {column.part for column in source.mapping.of("name")}
    points = source.mapping.of("emails") or source.mapping.of("phones")
    return (
        bool(points) and bool(source.mapping.of("name")) and bool(parts & {"", "given", "family"})
    )


def _key_columns(source: Source) -> dict[int, frozenset[str]]:
    """The columns of which each row has its own value, with their values."""
    wanted = []
    for column in source.mapping.all:
        name = column.field.name if column.field is not None else ""
        header = lexicon.without_suffix(column.header)
        if name in KEYS or headerwords.names_a_record(header) or _ends_like_key(header):
            wanted.append(column.index)
    seen: dict[int, set[str]] = {place: set() for place in wanted}
    count: dict[int, int] = dict.fromkeys(wanted, 0)
    for row in islice(source.table.rows(), _KEYS_READ):
        for place in wanted:
            if text := key_of(row.cells[place]):
                seen[place].add(text)
                count[place] += 1
    return {
        place: frozenset(texts)
        for place, texts in seen.items()
        if texts and len(texts) >= 0.9 * count[place]
    }


def key_of(text: str) -> str:
    """A cell as keys are compared."""
    return " ".join(text.split()).casefold()


def _ends_like_key(header: str) -> bool:
    key = lexicon.squeeze(header)
    words = header.strip().casefold()
    return key in ("id", "key", "no", "code", "number") or words.endswith(
        (
            "id",
            "key",
            " no",
            " no.",
            "_no",
            " code",
            "_code",
            " number",
            "编号",
            "编码",
            "代码",
            "号",
        )
    )


def _references(
    at: int,
    found: Sequence[Source],
    columns: Mapping[int, Mapping[int, frozenset[str]]],
    asked: Asked,
) -> list[tuple[float, Reference]]:
    """The columns of a source that may name rows of the others, the best first."""
    source = found[at]
    said = _asked_for(source.table, asked.joins)
    wanted, _sign, key_wanted = said.partition(":")
    only = column_of(source.table.headers, wanted) if wanted else None
    if wanted and only is None:
        if _asked_for(source.table, {k: v for k, v in asked.joins.items() if k}):
            raise _no_column(source, wanted)
        return []
    rows = preview(source.table, _SAMPLE)
    best: list[tuple[float, Reference]] = []
    for place, header in enumerate(source.table.headers):
        if (only is not None and place != only) or is_added(header):
            continue
        texts = {text for row in rows if (text := key_of(row.cells[place]))}
        if not texts:
            continue
        for other, keys in columns.items():
            if other == at or found[other].kind == "interactions":
                continue
            headers = found[other].table.headers
            key = column_of(headers, key_wanted) if key_wanted else None
            for target, held in keys.items():
                if key is not None and target != key:
                    continue
                share = len(texts & held) / len(texts)
                likeness = _likeness(header, headers[target], found[other], target)
                if share >= _ENOUGH or (only is not None and share):
                    weak = all(len(text) < 5 and text.isdecimal() for text in texts)
                    if weak and not likeness and only is None:
                        continue
                    best.append((share + likeness, Reference(place, other, target, "", share)))
    return sorted(best, key=lambda item: -item[0])


def _likeness(header: str, target: str, source: Source, key: int) -> float:
    """How much two headers speak for one being the key of the other."""
    one, other = lexicon.squeeze(header), lexicon.squeeze(target)
    field = source.mapping.all[key].field
    strength = {"account_no": 0.3, "external_id": 0.3, "emails": 0.2, "phones": 0.1}
    more = strength.get(field.name, 0.0) if field is not None else 0.0
    if one == other and one != "id":
        return 1.0 + more
    if _ends_like_key(header) and (one.endswith(other) or other.endswith(one)):
        return 0.6 + more
    return (0.5 + more) if _ends_like_key(header) and one != "id" else 0.0


def _roots(
    found: Sequence[Source],
    known: Sequence[Kind | None],
    references: Mapping[int, Sequence[tuple[float, Reference]]],
) -> set[int]:
    """The sources that are customers by themselves.

    A file of customers that names rows of another one, which does not name it any better, is a
    file of their people or details.
    """
    roots = {at for at, kind in enumerate(known) if kind == "customers"}
    rest = [at for at, kind in enumerate(known) if kind is None and found[at].kind == "customers"]
    for at in rest:
        outward = {ref.to: score for score, ref in reversed(references[at])}
        named = [
            other
            for other, score in outward.items()
            if _is_before(other, at, score, references.get(other, ()), roots, rest)
        ]
        if not named:
            roots.add(at)
    return roots or set(rest[:1])


def _is_before(
    other: int,
    at: int,
    score: float,
    back: Sequence[tuple[float, Reference]],
    roots: set[int],
    rest: Sequence[int],
) -> bool:
    """Whether the source `other` is what `at` refers to, and not the other way round."""
    if other in roots:
        return True
    if other not in rest:
        return False
    backward = max((points for points, ref in back if ref.to == at), default=0.0)
    return score > backward or (score == backward and other < at)


def _joined(
    at: int,
    found: Sequence[Source],
    known: Sequence[Kind | None],
    references: Sequence[tuple[float, Reference]],
    roots: set[int],
    propose: Propose,
    known_by: Known,
    asked: Asked,
) -> Source:
    """A source that belongs to others, with what its columns are then."""
    source, kind = found[at], known[at] or found[at].kind
    chosen: dict[int, Reference] = {}
    for _score, reference in references:
        other = found[reference.to]
        people = reference.to not in roots
        if other.kind == "interactions" or (people and kind != "interactions"):
            continue
        # The best of each: a call names a person, and behind that the firm.
        if reference.to not in chosen and reference.column not in {
            ref.column for ref in chosen.values()
        }:
            chosen[reference.to] = reference
    ordered = sorted(chosen.values(), key=lambda ref: ref.to in roots)
    if kind != "interactions":
        ordered = ordered[:1]
    ordered = ordered or _of_database(source, known_by, asked)
    if not ordered:
        raise UsageError(
            _("No column of {file} names a customer of another file.").format(file=source.title),
            _(
                "Name it: --join {file}=COLUMN; or say what the file holds: --kind {file}=KIND"
            ).format(file=source.title),
        )
    if kind == "interactions":
        activity = activity_map(source, ordered, _fields_asked(source.table, asked))
        return replace(source, kind=kind, activity=activity, references=tuple(ordered))
    if kind == "customers":
        kind = "people" if _are_others(source, ordered[0], found) else "details"
    # The column of the key is not a number of the row itself.
    own = {**_fields_asked(source.table, asked)}
    key = ordered[0].column
    feeds = source.mapping.all[key].field
    if kind == "details" or (feeds is not None and feeds.name in ("account_no", "external_id")):
        own[f"#{key + 1}"] = ""
    return replace(source, kind=kind, mapping=propose(source.table, own), references=tuple(ordered))


def _of_database(source: Source, known_by: Known, asked: Asked) -> list[Reference]:
    """The column by which customers who are in no file are found in the database."""
    said, _sign, wanted = _asked_for(source.table, asked.joins).partition(":")
    place = column_of(source.table.headers, said) if said else None
    fields = (wanted,) if wanted in KEYS else KEYS
    if place is not None:
        return [Reference(place, -1, -1, field) for field in fields]
    rows = preview(source.table, _SAMPLE)
    best: tuple[float, bool] = (_ENOUGH, False)
    found: list[Reference] = []
    for column in source.mapping.all:
        name = column.field.name if column.field is not None else ""
        if is_added(column.header) or not (name in KEYS or _ends_like_key(column.header)):
            continue
        texts = sorted({text for row in rows if (text := clean_line(row.cells[column.index]))})
        for field in (name,) if name in ("emails", "phones", "name") else KEYS[:2]:
            share = known_by(field, texts) if texts else 0.0
            # "Id" is rather the number of the row itself.
            rank = (share, lexicon.squeeze(column.header) != "id")
            if rank > best:
                best, found = rank, [Reference(column.index, -1, -1, field, share)]
    return found


def _are_others(source: Source, reference: Reference, found: Sequence[Source]) -> bool:
    """Whether the rows are people of the customers, not the customers once more.

    They are the same where the names are the same, and where there are none.
    """
    names = [c for c in source.mapping.of("name") if c.part in ("", "given", "family", "customer")]
    if not names:
        return False
    root = found[reference.to]
    spelled: dict[str, str] = {}
    columns = [c.index for c in root.mapping.of("name") if c.part != "label"]
    for row in islice(root.table.rows(), _KEYS_READ):
        spelled[key_of(row.cells[reference.key])] = key_of(
            " ".join(row.cells[place] for place in columns)
        )
    same = count = 0
    for row in preview(source.table, _SAMPLE):
        name = key_of(" ".join(row.cells[c.index] for c in names))
        if name and (theirs := spelled.get(key_of(row.cells[reference.column]))):
            count += 1
            same += sorted(name.split()) == sorted(theirs.split())
    return count == 0 or same < _SAME_NAMES * count


def activity_map(
    source: Source, references: Sequence[Reference], chosen: Mapping[str, str]
) -> ActivityMap:
    """What the columns of a table of activities are, with what a user said of them.

    Raises `UsageError` for a role that there is none.
    """
    headers = source.table.headers
    found = dict(activitywords.roles(headers))
    out = {reference.column for reference in references}
    for column, name in chosen.items():
        place = column_of(headers, column)
        if place is None:
            raise _no_column(source, column)
        found.pop(place, None)
        role = next((role for role in activitywords.ROLES if role == name), None)
        if not name:
            out.add(place)
        elif role is None:
            raise UsageError(
                _('"{name}" is nothing that an interaction has.').format(name=name),
                _("It has: {names}").format(names=", ".join(activitywords.ROLES)),
            )
        else:
            found = {p: r for p, r in found.items() if r != role}
            found[place] = role
    roles: dict[int, Role] = {
        place: role for place, role in found.items() if role != "figure" and place not in out
    }
    named = tuple(
        place
        for place, header in enumerate(headers)
        if place not in roles and place not in out and not is_added(header)
        and not _is_own_number(header)
    )  # fmt: skip
    dated = [place for place, role in roles.items() if role in ("when", "due")]
    rows = preview(source.table, _SAMPLE)
    texts = [row.cells[place] for place in dated for row in rows]
    return ActivityMap(tuple(headers), roles, named, values.date_order(texts))


def _is_own_number(header: str) -> bool:
    """Whether a column numbers the rows for the program that wrote them: nobody reads that."""
    return lexicon.squeeze(header) in ("id", "activityid", "taskid", "eventid", "recordid", "uid")


def _no_column(source: Source, column: str) -> UsageError:
    return UsageError(
        _('{file} has no column "{column}".').format(file=source.title, column=display(column)),
        _("Its columns: {names}").format(names=", ".join(map(display, source.table.headers))),
    )
