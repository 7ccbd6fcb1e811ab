"""One column divided among several fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_crm.core.fields import Registry
from tui_crm.core.rows import Value
from tui_crm.errors import UsageError
from tui_crm.exchange.mapping import compose, cutting, mapping, profiles
from tui_crm.exchange.reading.reader import CsvTable


@pytest.mark.parametrize(
    ("template", "cell", "parts"),
    [
        ("{postcode} {city}", "8001 Zürich", ("8001", "Zürich")),
        ("{postcode} {city}", "Zürich", ("", "Zürich")),
        ("{postcode} {city}", "8001", ("8001", "")),
        ("{postcode} {city}", "SW1A 1AA London", ("SW1A 1AA", "London")),
        ("{city}, {postcode}", "上海，200030", ("上海", "200030")),
        ("{street}, {postcode} {city}", "Weg 1, 8001 Bern", ("Weg 1", "8001", "Bern")),
        ("{name.family}, {name.given}", "Meier, Ana", ("Meier", "Ana")),
        ("{name.given} {name.family}", "Ana Maria Meier", ("Ana Maria", "Meier")),
        ("{name} <{emails}>", "Ana Meier <ana@x.ch>", ("Ana Meier", "ana@x.ch")),
        ("{name} <{emails}>", "Ana Meier", ("Ana Meier", "")),
        ("{name} ({organization})", "王小明（明光公司）", ("王小明", "明光公司")),
        ("{name}: {phones}", "Ana: +41 44 111 22 33", ("Ana", "+41 44 111 22 33")),
    ],
)
def test_a_cell_is_divided(template: str, cell: str, parts: tuple[str, ...]) -> None:
    assert cutting.cut(template, cell) == parts


def test_a_template_says_how_a_list_is_divided() -> None:
    assert cutting.listed("{tags}", "R; D") == ["R; D"]
    assert cutting.listed("{tags}/...", "a/b / c") == ["a", "b", "c"]
    assert cutting.listed("{tags} {city}", "a b") is None


@pytest.mark.parametrize("text", ["{city}{postcode}", "{city} {city}", "{}", "{City"])
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        cutting.names_of(text)


def test_those_that_fit_the_values_are_offered() -> None:
    found = cutting.suggested(["8001 Zürich", "3000 Bern"], "city", False)
    assert found == ["{postcode} {city}"]
    assert "{postcode} {city}" not in cutting.suggested(["Zürich", "Bern"], "city", False)
    assert "{tags}/..." in cutting.suggested(["a/b"], "tags", True)


def test_prose_is_never_searched_for_parts() -> None:
    text = "a, " * 100_000
    assert cutting.cut("{street}, {city}, {state}", text) == (text.strip(), "", "")


SHEET = "Contact,Place,Groups,No. type,No.\nAna <ana@x.ch>,8001 Zürich,a/b,work,044 111 22 33\n"
CHOSEN = {
    "Contact": "{name} <{emails}>",
    "Place": "{postcode} {city}",
    "Groups": "{tags}/...",
    "No.": "phones",
    "No. type": "label:No.",
}
WANTED: dict[str, Value] = {
    "name": "Ana",
    "emails": ("ana@x.ch",),
    "postcode": "8001",
    "city": "Zürich",
    "tags": ("a", "b"),
    "phones": ("work: 044 111 22 33",),
}


def test_a_user_divides_columns_and_names_labels(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(SHEET, encoding="utf-8")
    table = CsvTable(path)
    columns = mapping.propose(table.headers, Registry(), CHOSEN)
    (row,) = table.rows()
    assert compose.given(columns, row.cells, "CH") == WANTED
    # It is kept with a profile, and whole again when it is taken back.
    kept = profiles.of_mapping(columns, name="x")
    guessed = mapping.propose(table.headers, Registry())
    assert compose.given(kept.applied(guessed, Registry()), row.cells, "CH") == WANTED
    place = columns.all[1]
    whole = columns.changed(1, Registry().get("city"))
    assert place.template and compose.given(whole, row.cells, "CH")["city"] == "8001 Zürich"


def test_labels_need_a_column_of_numbers() -> None:
    with pytest.raises(UsageError):
        mapping.propose(("Name", "Type"), Registry(), {"Type": "label:Name"})
    with pytest.raises(UsageError):
        mapping.propose(("Name", "Place"), Registry(), {"Place": "{city} {nonsense}"})
