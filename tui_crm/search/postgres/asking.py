"""Questions whose statements travel together.

A question is a generator: it yields a statement, is sent its rows, and yields the next one that
depends on them. Several are asked side by side, each time all of their next statements in one
journey to the server.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from tui_crm.search.engine import Statement

if TYPE_CHECKING:
    from tui_crm.store import Database
    from tui_crm.store.database import Row

T = TypeVar("T")
Asking = Generator[Statement, "list[Row]", T]


def asked(db: Database, question: Asking[T]) -> T:
    """The answer of one question."""
    found: list[T] = together(db, [question])
    return found[0]


def together(db: Database, questions: Sequence[Asking[Any]]) -> list[Any]:
    """The answer of each question."""
    answers: list[Any] = [None] * len(questions)
    waiting: list[tuple[int, Statement]] = []

    def go_on(number: int, rows: list[Row] | None) -> None:
        question = questions[number]
        try:
            waiting.append((number, next(question) if rows is None else question.send(rows)))
        except StopIteration as end:
            answers[number] = end.value

    for number in range(len(questions)):
        go_on(number, None)
    while waiting:
        sent = waiting.copy()
        waiting.clear()
        found = db.together([statement for _number, statement in sent])
        for (number, _statement), rows in zip(sent, found, strict=True):
            go_on(number, rows)
    return answers


def rows(statement: Statement) -> Asking[list[Row]]:
    """A statement as a question: its rows."""
    found = yield statement
    return found
