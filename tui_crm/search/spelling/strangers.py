"""Values of filters that nobody has, with what may have been meant: "city:berln".

It is asked when nobody was found at all. A value counts as known, and is proposed, only where
customers have it whom the viewer may see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tui_crm.config import nearest
from tui_crm.core.rows import Problem
from tui_crm.search.answer import find
from tui_crm.search.language import complete
from tui_crm.search.language.query import Filter, Query, written
from tui_crm.search.plan import Plan
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.core.session import Session

_TYPES = ("text", "organization")  # other types are told of by their filters


def problems(session: Session, plan: Plan, check: Callable[[], None]) -> tuple[Problem, ...]:
    """What is wrong with the filters of a plan that finds nobody.

    `check` is called between the questions and may leave with an exception.
    """
    return tuple(_problems(session, plan.query.filters, check))


def _problems(
    session: Session, filters: tuple[Filter, ...], check: Callable[[], None]
) -> Iterator[Problem]:
    for asked in filters:
        if asked.negated or asked.present or asked.field.type not in _TYPES:
            continue
        for value in asked.values:
            check()
            alone = Query("", (replace(asked, values=(value,)),))
            if find(session, written(alone), 1).hits:
                continue
            message = _('{field}: there is no "{value}".').format(
                field=asked.field.label, value=value.text
            )
            near = nearest(value.text, _spellings(session, asked))
            yield Problem(f"{message} {near}".rstrip(), asked.start, asked.end)


def _spellings(session: Session, asked: Filter) -> Iterator[str]:
    """What may have been meant: values that are held, and their words."""
    for known in complete.known_values(session, asked.field):
        for text in (known.value, known.label):
            yield from (text, *text.split())
