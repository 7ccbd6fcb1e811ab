"""What a document is written as in the tables of the index on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tui_crm.search.engine import Stored
from tui_crm.search.tokens import (
    digit_tokens,
    index_tokens,
    key_tokens,
    number_tokens,
    word_tokens,
)

DOC = ("id", "customer_id", "owner_id", "team_id")
TEXT = ("id", "stamp", "words", "digits", "shown")
"""The columns of `search_doc` and of `search_text`."""


def doc_row(item: Stored) -> tuple[object, ...]:
    """The row of `search_doc`."""
    document = item.document
    return item.id, document.customer_id, document.owner_id, document.team_id


def text_row(item: Stored) -> tuple[object, ...]:
    """The row of `search_text`."""
    document = item.document
    return item.id, document.stamp, document.words, document.digits, document.shown


def word_rows(stored: Iterable[Stored]) -> Iterable[tuple[int, str]]:
    """The rows of `search_words`."""
    for item in stored:
        yield item.id, " ".join(index_tokens(item.document))


def digit_rows(stored: Iterable[Stored]) -> Iterable[tuple[int, str]]:
    """The rows of `search_digits`."""
    for item in stored:
        if item.document.digits:
            yield item.id, " ".join(digit_tokens(item.document))


def filled_words(items: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    """The rows of `search_words` of tuples of the columns of `search_doc` and the words."""
    for id_, _customer, owner, team, text in items:
        yield id_, " ".join((*word_tokens(text), *key_tokens(owner, team)))


def filled_digits(items: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, str]]:
    """The rows of `search_digits` of tuples of the columns of `search_doc` and the digits."""
    for id_, _customer, owner, team, text in items:
        if text:
            yield id_, " ".join((*number_tokens(text), *key_tokens(owner, team)))
