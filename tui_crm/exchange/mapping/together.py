"""What columns mean beside each other.

Where a header has more than one meaning, the other columns of the table decide: beside a first name
"Name" is that of the family, "Title" beside "Job title" is how a person is addressed, and of two
columns for a field that takes one value the second counts where the first is blank.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tui_crm.core.fields import Field, Registry
from tui_crm.exchange.mapping import headerwords, lexicon, values
from tui_crm.exchange.mapping.columns import Column

_TRADE_PARTNER = re.compile("取引先|得意先|仕入先|会社|企業|法人")
_NUMBERED = re.compile(r"(\d)\W*$")


def decided(columns: list[Column], registry: Registry) -> list[Column]:
    """The columns with meanings that depend on the others decided."""
    headers = {lexicon.squeeze(c.header) for c in columns}
    columns = [_alone(c, columns, registry) for c in columns]
    if "cardcode" in headers:  # SAP Business One calls its customers cards
        columns = [
            replace(c, field=registry.get("name"), part="customer", why="header", certainty=0.9)
            if lexicon.squeeze(c.header) == "cardname" and c.why != "user"
            else c
            for c in columns
        ]
    if {"birthyear", "birthmonth"} <= headers:  # Thunderbird: "Birth Day" is then a number
        columns = [
            replace(c, part="day") if lexicon.squeeze(c.header) == "birthday" else c
            for c in columns
        ]
    columns = _names(_numbered(_labelled(columns)), registry)
    return _single(_plainly(_identified(columns, registry)))


def _alone(column: Column, columns: list[Column], registry: Registry) -> Column:
    """A column with a header that says little: what it is beside these others."""
    if column.part not in ("alone", "either") or column.why == "user":
        return column
    others = [c for c in columns if c is not column and c.field is not None]
    parts = {c.part for c in others if c.field and c.field.name == "name"}
    if column.part == "either":
        # Somebody is in charge of a person; at a firm it may as well be whom to ask for there,
        # and a note is right for both.
        people = parts & {"", "given", "family", "alone"} or not any(map(_of_firms, others))
        note = replace(column, field=registry.get("needs"), part="contact", certainty=0.7)
        return replace(column, part="") if people else note
    if column.field is not None and column.field.name == "title":
        # Beside another column of positions a title is how a person is addressed.
        if any(c.field is not None and c.field.name == "title" for c in others):
            return replace(column, field=registry.get("name"), part="prefix")
        return replace(column, part="")
    part = "family" if "given" in parts else "given" if "family" in parts else ""
    whole = {"given", "family"} <= parts or _holds(column, others)
    return replace(column, part="" if whole else part)


def _holds(column: Column, others: list[Column]) -> bool:
    """Whether most values of a column of names hold those of a column of first or last names."""
    for other in others:
        if other.field is None or other.field.name != "name":
            continue
        if other.part in ("given", "family") and other.samples and column.samples:
            held = [any(part in whole for whole in column.samples) for part in other.samples]
            return 2 * sum(held) > len(held)
    return False


def _of_firms(column: Column) -> bool:
    """Whether a column has the names of firms."""
    assert column.field is not None
    return column.field.name == "organization" or _TRADE_PARTNER.search(column.header) is not None


def _numbered(columns: list[Column]) -> list[Column]:
    """The columns of addresses, where "City 1" and "City 2" are those of two.

    Numbers of streets alone are the lines of one address.
    """

    def number(column: Column) -> str:
        found = _NUMBERED.search(column.header)
        return found[1] if found and column.why == "header" and not column.group else ""

    places = [c for c in columns if c.field and c.field.name in ("city", "postcode")]
    if len({number(c) for c in places} - {""}) < 2:
        return columns
    return [
        replace(c, group=number(c)) if c.field and is_of_address(c.field) and number(c) else c
        for c in columns
    ]


def _plainly(columns: list[Column]) -> list[Column]:
    """The columns of phones and addresses, without a label where there is only one of them."""
    kinds = [c.field.name for c in columns if c.field and c.field.is_list and c.part != "label"]
    return [
        replace(c, label="")
        if c.field
        and kinds.count(c.field.name) == 1
        and c.label in ("mobile", "work", "home")
        and c.why == "header"
        else c
        for c in columns
    ]


def _labelled(columns: list[Column]) -> list[Column]:
    """The columns of values with the place of the column of their labels."""
    labels = {c.group: c.index for c in columns if c.field and c.part == "label"}
    return [
        replace(c, labelled_by=labels[c.group])
        if c.field and c.part != "label" and c.group in labels
        else c
        for c in columns
    ]


def _names(columns: list[Column], registry: Registry) -> list[Column]:
    """The columns of names: a person's beside a firm's, or the customer's alone."""
    named = [c for c in columns if c.field and c.field.name == "name"]
    person = any(c.part in ("", "given", "family") for c in named)
    if not any(c.part in ("customer", "") for c in named):
        columns = [
            replace(c, part="") if c in named and c.part == "contact" else c for c in columns
        ]
        named = [c for c in columns if c.field and c.field.name == "name"]
        person = person or bool(named)
    firm = any(c.field and c.field.name == "organization" for c in columns)
    organization = registry.get("organization")
    fed = sum(c.field is not None for c in columns)

    def decided(column: Column) -> Column:
        if column.why == "user":
            return column
        if not named and column.field and column.field == organization and fed > 1:
            return replace(column, field=registry.get("name"), part="firm")
        if column in named and column.part == "contact":
            # The customer has a name of its own: who is to be asked for there is a note.
            return replace(column, field=registry.get("needs"), certainty=0.7)
        if column not in named or not person:
            return column
        if column.part == "customer":
            # Beside another column of firms this one counts only where that is blank.
            return replace(column, field=organization, part="second" if firm else "")
        if column.part == "nickname":
            return replace(column, field=None, part="", why="none", certainty=0.9)
        return column

    return list(map(decided, columns))


def _single(columns: list[Column]) -> list[Column]:
    """One column for each field that takes one value; the others count where it is blank.

    The first with the greatest certainty stays.
    """
    best: dict[str, Column] = {}
    for column in columns:
        if column.field is not None and _exclusive(column):
            before = best.get(column.field.name)
            if before is None or _rank(column) > _rank(before):
                best[column.field.name] = column
    return [
        replace(c, part="second", certainty=0.6)
        if c.field is not None and _exclusive(c) and best[c.field.name] is not c and c.why != "user"
        else c
        for c in columns
    ]


def _identified(columns: list[Column], registry: Registry) -> list[Column]:
    """The columns, where an unknown one may be the id of the record in another program."""
    if any(c.field and c.field.name == "external_id" for c in columns):
        return columns
    for place, column in enumerate(columns):
        texts = column.samples
        if column.why != "unknown" or not texts or not values.are_codes(texts):
            continue
        if headerwords.names_a_record(lexicon.without_suffix(column.header)):
            found = replace(column, field=registry.get("external_id"), why="header", certainty=0.6)
            return [*columns[:place], found, *columns[place + 1 :]]
    return columns


def _rank(column: Column) -> tuple[bool, float]:
    return column.why == "user", round(column.certainty, 1)


def _exclusive(column: Column) -> bool:
    """Whether one field can have only one such column."""
    target = column.field
    assert target is not None
    composed = target.name == "organization" or target.type == "multiline"
    several = target.is_list or composed or column.part or column.group or column.cuts
    return not (several or is_of_address(target))


def is_of_address(target: Field) -> bool:
    """Whether a field is a part of an address."""
    return target.section == "address"
