"""The review of duplicates: who seems to be here twice, the surest first, and what to do about it.

The sweep runs in the long lane; Escape stops it. A group that is dealt with leaves the list, the
next one opens by itself, and what was done last can be taken back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult

from tui_crm.errors import CrmError
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui import bridge
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.screens.merging import Ended, MergingScreen, decide, decided
from tui_crm.ui.widgets.field_form import Choice
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.grouped_list import GroupedList, GroupRow
from tui_crm.ui.widgets.passage import Passage
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.record_list import Cell, Column
from tui_crm.ui.widgets.source_view import SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import number
from tui_crm.ui.work import Cancel, Cancelled

if TYPE_CHECKING:
    from tui_crm.core.merging import Unmerged
    from tui_crm.core.session import Session
    from tui_crm.exchange.duplicates.scan import Tier
    from tui_crm.exchange.duplicates.sweep import Group
    from tui_crm.ui.work import Progress

TIERS: dict[Tier, str] = {"sure": N_("sure"), "likely": N_("likely"), "possible": N_("possible")}


@dataclass(frozen=True, slots=True)
class _Done:
    """A group that was dealt with."""

    ended: Ended
    group: Group


class DuplicatesScreen(CrmScreen):
    """Groups of customers who seem to be one."""

    WHERE = "duplicates"
    BINDS = ("screen", "duplicates")

    DEFAULT_CSS = """
    DuplicatesScreen {
        & GroupedList { margin: 1 0 0 0; }
        & #why {
            height: 6;
            padding: 0 1 0 3;
            border-top: solid $line;
            color: $muted;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._least: Tier = "likely"
        self._groups: dict[tuple[int, ...], Group] = {}
        self._shown: dict[str, Group] = {}
        self._gone: frozenset[int] = frozenset()  # merged or deleted since, or hidden
        self._done: list[_Done] = []
        self._cancel: Cancel | None = None  # of the sweep that runs

    def compose(self) -> ComposeResult:
        """Title, groups, why the one under the cursor is one, footer."""
        yield TitleLine(_("Duplicates"), _("customers who seem to be here twice"))
        yield GroupedList(
            [
                Column("score", "", 5, 0, align="right"),
                Column("who", "", 24, 3),
                Column("why", "", 20, 3, rank=1),
            ]
        )
        yield Passage(id="why")
        yield Footer()

    @property
    def list(self) -> GroupedList:
        """The groups."""
        return self.query_one(GroupedList)

    @property
    def current(self) -> Group | None:
        """The group under the cursor."""
        row = self.list.current_row
        return self._shown.get(str(row.key)) if row is not None else None

    def on_mount(self) -> None:
        """Look for duplicates."""
        super().on_mount()
        bridge.bind(self.list, self.crm.keymap, "duplicates", by_screen=True)
        self.list.focus()
        self._start()

    def on_unmount(self) -> None:
        """Stop what still runs for this screen."""
        super().on_unmount()
        if self._cancel is not None:
            self._cancel.cancel()

    # The sweep ---------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._cancel is None:
            self._cancel = Cancel()
            self.crm.spawn(self._sweep(self._cancel))

    async def _sweep(self, cancel: Cancel) -> None:
        self._figure(_("looking …"))
        self.list.empty_text = _("Looking through all customers … Esc stops it.")
        self.list.refresh()

        def report(done: int, total: int) -> None:
            if total and not cancel.cancelled and self.is_mounted:
                share = 100 * done // total
                self._figure(_("pairs compared: {percent}%").format(percent=share))

        error: CrmError | None = None
        try:
            groups = await self.crm.work.long(
                sweep, self.session, self._least, cancel, progress=report
            )
        except Cancelled:
            groups = None
        except CrmError as problem:
            groups, error = None, None if cancel.cancelled else problem
        self._cancel = None
        if not self.is_mounted:
            return
        self.list.empty_text = _("No duplicates are found.")
        if groups is not None:
            self._groups = {group.ids: group for group in groups}
            self._gone, self._done = frozenset(), []
        elif error is not None:
            self.show_error(error)
        else:
            self.list.empty_text = _("Stopped; {key} looks again.").format(
                key=self.crm.keymap.shown("duplicates.again", self.where)
            )
        self._show()

    async def leave(self) -> bool:
        """Stop the sweep that runs, or else leave."""
        if self._cancel is not None:
            self._cancel.cancel()
            return False
        return await super().leave()

    def action_again(self) -> None:
        """Look through all customers again."""
        self._start()

    def action_least(self) -> None:
        """Choose from which certainty on groups are shown."""
        self.crm.spawn(self._choose_least())

    async def _choose_least(self) -> None:
        choices = [Choice(name, _(label)) for name, label in TIERS.items()]
        picked = await self.ask_user(Picker(_("How sure"), choices, chosen=(self._least,)))
        for name in TIERS:
            if picked == (name,) and name != self._least and self._cancel is None:
                self._least = name
                self._start()

    # Showing -----------------------------------------------------------------------------------

    def _figure(self, text: str) -> None:
        self.query_one(TitleLine).show(figure=text)

    def _show(self) -> None:
        done = {item.group.ids for item in self._done if item.ended.how != "later"}
        waiting = [
            group
            for group in self._groups.values()
            if group.ids not in done and len([i for i in group.ids if i not in self._gone]) > 1
        ]
        waiting.sort(key=lambda group: (group.later, -group.score, group.ids))
        counts = Counter(_heading(group) for group in waiting)
        self._shown = {_key(group): group for group in waiting}
        self.list.set_rows(
            [
                _row(key, group, number(counts[_heading(group)]))
                for key, group in self._shown.items()
            ]
        )
        count = len(waiting)
        self._figure(ngettext("{n} group", "{n} groups", count).format(n=number(count)))
        self._explain()

    @on(SourceView.Highlighted)
    def _highlighted(self, event: SourceView.Highlighted) -> None:
        event.stop()
        self._explain()

    def _explain(self) -> None:
        """Say who the group under the cursor is, and why."""
        group = self.current
        text = ""
        if group is not None:
            who = " = ".join(f"{m.account_no} {m.name}" for m in group.members)
            text = f"{who}\n{' · '.join(group.reasons)}"
        self.query_one(Passage).show(text)

    def customers_changed(self, ids: Collection[int]) -> None:
        """Somebody was merged, deleted or brought back."""
        known = {id_ for group in self._groups.values() for id_ in group.ids}
        if any(id_ in ids for id_ in known):
            self.ask("gone", gone_of, sorted(known), deliver=self._drop)

    def _drop(self, gone: frozenset[int]) -> None:
        self._gone = gone
        # A merge that was undone somewhere brings its group back.
        self._done = [
            item
            for item in self._done
            if item.ended.how != "merged" or gone.intersection(item.ended.ids)
        ]
        self._show()

    # Deciding ----------------------------------------------------------------------------------

    @on(SourceView.Selected)
    def _selected(self, event: SourceView.Selected) -> None:
        event.stop()
        self.action_compare()

    def action_compare(self) -> None:
        """Show the customers of the group side by side."""
        if self.current is not None:
            self._open(self.current)

    def _open(self, group: Group, words: str = "") -> None:
        ids = [id_ for id_ in group.ids if id_ not in self._gone]
        remark = f"{_score(group)} {_(TIERS[group.tier])}"
        screen = MergingScreen(ids, remark, words)
        self.crm.push_screen(screen, lambda ended: self._ended(group, ended))

    def _ended(self, group: Group, ended: Ended | None) -> None:
        if ended is None:
            return
        self._remember(group, ended)
        following = self.current
        if following is not None and not following.later:
            self._open(following, ended.words)
        else:
            self.say(ended.words, "good")

    def _remember(self, group: Group, ended: Ended) -> None:
        """Take a group that is dealt with off the list; one that is put off goes to its end."""
        self._done.append(_Done(ended, group))
        if ended.how == "later":
            self._groups[group.ids] = replace(group, later=True)
        self._show()

    def action_different(self) -> None:
        """Remember for good that these are different customers."""
        self.do(self._decide("different"))

    def action_later(self) -> None:
        """Put the group off."""
        self.do(self._decide("later"))

    async def _decide(self, decision: Literal["different", "later"]) -> None:
        group = self.current
        if group is None:
            return
        ids = [id_ for id_ in group.ids if id_ not in self._gone]
        await self.write(decide, ids, decision)
        self._remember(group, Ended(decision, tuple(ids)))
        self.say(decided(decision), "good")

    def action_take_back(self) -> None:
        """Take the last merge or decision of this review back."""
        self.do(self._take_back())

    async def _take_back(self) -> None:
        if not self._done:
            self.say(_("Nothing was decided here yet."))
            return
        last = self._done[-1]
        if last.ended.how == "merged":
            undone = await self.write(unmerge, last.ended.keep)
            words = unmerged_words(undone)
        else:
            await self.write(forget, last.ended.ids)
            words = _("Taken back.")
        self._done.remove(last)
        self._gone = self._gone.difference(last.ended.ids)
        self._groups[last.group.ids] = last.group
        self._show()
        self.crm.spread(last.ended.ids)
        self.list.go_to(_key(last.group))
        self.say(words, "good")


def _score(group: Group) -> str:
    # A hundred per cent is what nobody is.
    return _("{percent} %").format(percent=min(99, int(100 * group.score)))


def _heading(group: Group) -> str:
    return _("put off") if group.later else _(TIERS[group.tier])


def _key(group: Group) -> str:
    """What a row is known by: a group that is put off is another row, at another place."""
    return f"{'later' if group.later else 'group'} {group.ids}"


def _row(key: str, group: Group, count: str) -> GroupRow:
    cells = (
        Cell(_score(group), style="muted"),
        Cell(" = ".join(member.name for member in group.members), style="strong"),
        Cell(" · ".join(group.reasons), style="muted"),
    )
    return GroupRow(key, cells, _heading(group), count)


def unmerged_words(undone: Unmerged) -> str:
    """What is said after a merge was taken apart."""
    from tui_crm.core import merging

    back = ngettext("{n} customer is back.", "{n} customers are back.", len(undone.restored))
    parts = [back.format(n=number(len(undone.restored))), merging.told(undone.later)]
    if undone.kept:
        parts.append(_("{count} kept").format(count=number(len(undone.kept))))
    return " ".join(part for part in parts if part)


# Asked in the lanes; the rules are imported there.


def sweep(session: Session, least: Tier, cancel: Cancel, *, progress: Progress) -> list[Group]:
    """The groups of at least that tier. Raises `Cancelled` when nobody waits for them."""
    from tui_crm.exchange.duplicates.sweep import sweep as look

    def report(done: int, total: int) -> None:
        cancel.check()
        progress(done, total)

    with session.db.connection(), session.db.interruptible(cancel):
        found = look(session, None, least, progress=report)
    cancel.check()
    return found


def gone_of(session: Session, ids: Sequence[int], *, cancel: Cancel) -> frozenset[int]:
    """Those of the customers who are not there any more, or hidden."""
    from tui_crm.core.records import visible_ids

    cancel.check()
    with session.db.connection():
        return frozenset(ids).difference(visible_ids(session, ids))


def unmerge(session: Session, keep: int) -> Unmerged:
    """Take the last merge of a customer apart."""
    from tui_crm.core import merging

    with session.db.connection():
        return merging.unmerge(session, f"#{keep}")


def forget(session: Session, ids: Sequence[int]) -> None:
    """Take back what was decided about customers."""
    from tui_crm.exchange.duplicates import decisions

    with session.db.connection():
        decisions.forget(session, ids)
