"""A customer's timeline for the list: pages that follow each other, fetched as one scrolls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from tui_crm.core.rows import TimelineEntry as Entry
from tui_crm.text.dates import ago, duration, format_local, till_due
from tui_crm.text.i18n import _
from tui_crm.ui.widgets.source_view import Key
from tui_crm.ui.widgets.timeline import PREVIEW_LENGTH, TimelineEntry
from tui_crm.ui.words import CHANGE_KINDS, icon_of, label_of

if TYPE_CHECKING:
    from datetime import datetime

    from tui_crm.config import Settings

FIRST_PAGE = 100
"""Entries that are read with the customer: more than the tallest screen shows."""
_PAGE = 1000


class TimelineSource:
    """Entries of a known number, read from the newest on.

    `fetch(before, limit)` gives the entries below `before`; `changed(first, last)` is told what
    arrived. A jump to the end reads the pages in between, a thousand entries at a time.
    """

    def __init__(
        self,
        count: int,
        first: Sequence[Entry],
        fetch: Callable[[Entry, int], Awaitable[Sequence[Entry]]],
        show: Callable[[Entry], TimelineEntry],
        changed: Callable[[int, int], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._entries = list(first)
        self._shown: dict[int, TimelineEntry] = {}
        self._count = max(count, len(self._entries))
        self._fetch = fetch
        self._show = show
        self._changed = changed
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        self._wanted = 0

    @property
    def count(self) -> int:
        """Number of entries."""
        return self._count

    def entry(self, index: int) -> Entry | None:
        """The entry at `index` with all that is known of it, if it is here."""
        return self._entries[index] if 0 <= index < len(self._entries) else None

    def row(self, index: int) -> TimelineEntry | None:
        """The entry at `index` as it is shown, if it is here."""
        entry = self.entry(index)
        if entry is None:
            return None
        if index not in self._shown:
            self._shown[index] = self._show(entry)
        return self._shown[index]

    def need(self, first: int, last: int) -> None:
        """Read on until `last` is here."""
        self._wanted = max(self._wanted, min(last, self._count))
        if len(self._entries) < self._wanted and (self._task is None or self._task.done()):
            self._task = asyncio.ensure_future(self._read_on())

    def index_of(self, key: Key) -> int | None:
        """The place of an entry among those that are here."""
        for index, entry in enumerate(self._entries):
            if key_of(entry) == key:
                return index
        return None

    async def _read_on(self) -> None:
        try:
            while len(self._entries) < self._wanted and self._entries:
                start = len(self._entries)
                more = await self._fetch(self._entries[-1], _PAGE)
                self._entries += more
                if not more:  # fewer than were counted: some went away meanwhile
                    self._count = start
                self._changed(start, max(start + 1, len(self._entries)))
        except Exception as error:
            self._failed(error)


def key_of(entry: Entry) -> str:
    """What names an entry of a timeline."""
    return f"{entry.kind}:{entry.id}"


def shower(settings: Settings, now: datetime) -> Callable[[Entry], TimelineEntry]:
    """A function that makes an entry readable: words for values, times in the zone of `now`."""

    def show(entry: Entry) -> TimelineEntry:
        local = entry.at.astimezone(now.tzinfo)
        recent = abs((now - entry.at).days) < 7
        time = ago(entry.at, now) if recent else format_local(local, now.tzinfo, style="date")
        make = {"interaction": _contact, "task": _task, "change": _change}[entry.kind]
        kind, title, tone = make(entry, settings, now)
        return TimelineEntry(
            key_of(entry),
            icon_of(entry),
            time,
            kind,
            title,
            "" if entry.text == title else entry.text[:PREVIEW_LENGTH],
            entry.author,
            tone,
        )

    return show


def _contact(entry: Entry, settings: Settings, now: datetime) -> tuple[str, str, str]:
    outcome = label_of(settings, "disposition", entry.disposition)
    arrow = {"in": "←", "out": "→"}.get(entry.direction, "")
    length = duration(entry.duration) if entry.duration else ""
    title = " · ".join(part for part in (outcome, entry.title, length) if part)
    kind = f"{label_of(settings, 'interaction_kind', entry.label)} {arrow}".strip()
    return kind, title or kind, "accent"


def _task(entry: Entry, settings: Settings, now: datetime) -> tuple[str, str, str]:
    if entry.done_at:
        return _("Task"), f"{entry.title} · {_('done')}", "good"
    if entry.due_at is None:
        return _("Task"), entry.title, "warn"
    due, late = till_due(entry.due_at, now)
    return _("Task"), f"{entry.title} · {due}", "bad" if late else "warn"


def _change(entry: Entry, settings: Settings, now: datetime) -> tuple[str, str, str]:
    kind = _(CHANGE_KINDS[entry.label]) if entry.label in CHANGE_KINDS else entry.label
    return _("Change"), kind, "muted"
