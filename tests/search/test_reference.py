"""docs/query.md is made from the fields, and says nothing that the parser does not know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_crm import search
from tui_crm.core import segments
from tui_crm.core.fields import Registry
from tui_crm.core.session import Session
from tui_crm.search.language import reference
from tui_crm.search.language.query import field_named, parse

EXAMPLES = [text for _title, examples in reference.SECTIONS for text, _meaning in examples]


def test_the_documentation_is_what_the_registry_says() -> None:
    file = Path(__file__).parents[2] / "docs" / "query.md"
    assert file.read_text(encoding="utf-8") == reference.markdown(Registry())


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_understood(text: str) -> None:
    assert parse(text, Registry()).problems == ()


def test_every_example_can_be_asked(session: Session) -> None:
    segments.save(session, "big ones", "status:active")
    for text in EXAMPLES:
        if not text.startswith(("-tag", "tag", "anna -(")):  # there is no such tag here
            assert search.find(session, text).problems == (), text


def test_every_name_in_the_table_is_that_field() -> None:
    registry = Registry()
    rows = [line.split("|") for line in reference.markdown(registry).splitlines()]
    fields = [row for row in rows if len(row) == 7 and row[1].strip().endswith(":`")]
    for row, field in zip(fields, registry.of("customer"), strict=True):
        for name in (*row[1].split(","), *row[2].split(",")):
            if word := name.strip(" `:"):
                assert field_named(word, registry) is field
