"""Customers side by side: what each says, which value stays, and the merge.

Fields are rows, customers are columns, and the last column is what the one that stays will say. A
dot stands at the value that is taken, "≠" at a field where they differ. In the last column "→" is a
value that a rule took, "+" one united from several, "!" one that the user chose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual import events, on
from textual.app import ComposeResult

from tui_crm.core.rows import Value
from tui_crm.errors import CrmError
from tui_crm.text.i18n import _, ngettext
from tui_crm.text.safe import EMPTY_GLYPH
from tui_crm.ui import bridge
from tui_crm.ui.screens.base import CrmScreen
from tui_crm.ui.widgets.field_form import Choice
from tui_crm.ui.widgets.footer import Footer
from tui_crm.ui.widgets.passage import Passage
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Confirm
from tui_crm.ui.widgets.record_list import MARK_GLYPH, Cell, Column, RecordList
from tui_crm.ui.widgets.source_view import ListSource, SourceView
from tui_crm.ui.widgets.title_line import TitleLine
from tui_crm.ui.words import label_of, number
from tui_crm.ui.working import stoppable

if TYPE_CHECKING:
    from tui_crm.core.merging import FieldChoice, MergePlan
    from tui_crm.core.rows import Outcome
    from tui_crm.core.session import Session
    from tui_crm.ui.work import Cancel, Progress

_FIELD = 14  # cells of the first column
_LEAST = 12  # cells that a customer's column has at least
_AROUND = 4  # gutter and scrollbar
_GAP = 2
_NAMED = 6  # customers that the question names


@dataclass(frozen=True, slots=True)
class Ended:
    """How looking at customers side by side ended. `ids` are those that it is about."""

    how: Literal["merged", "different", "later"]
    ids: tuple[int, ...]
    keep: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A merge that is not done yet, and the account number of each customer."""

    plan: MergePlan
    accounts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    cells: tuple[Cell, ...]


class MergingScreen(CrmScreen):
    """Two customers or more, side by side; gives an `Ended`, or None when it was left.

    `remark` says why they stand here, `words` is what is to be said first.
    """

    WHERE = "merging"
    BINDS = ("screen", "merging")

    DEFAULT_CSS = """
    MergingScreen {
        & #whole {
            height: 6;
            padding: 0 1 0 3;
            border-top: solid $line;
            color: $muted;
        }
    }
    """

    def __init__(self, ids: Sequence[int], remark: str = "", words: str = "") -> None:
        super().__init__()
        self._all = tuple(ids)
        self._ids = tuple(ids)
        self._keep = self._ids[0]
        self._choose: dict[str, int] = {}
        self._remark = remark
        self._words = words
        self._planned: Planned | None = None
        self._only_different = False
        self._first = 0  # of the columns that have room

    def compose(self) -> ComposeResult:
        """Title, the fields, the one under the cursor whole, footer."""
        yield TitleLine(_("Side by side"), self._remark)
        yield RecordList([Column("field", _("Field"), _FIELD, 0)])
        yield Passage(id="whole")
        yield Footer()

    @property
    def list(self) -> RecordList:
        """The fields."""
        return self.query_one(RecordList)

    def on_mount(self) -> None:
        """Work out what the rules would make of them."""
        super().on_mount()
        bridge.bind(self.list, self.crm.keymap, "merging", by_screen=True)
        self.list.focus()
        if self._words:
            self.say(self._words, "good")
        self._plan()

    def on_resize(self, event: events.Resize) -> None:
        """A wide terminal has room for more customers."""
        self.call_after_refresh(self._show)

    # Showing -----------------------------------------------------------------------------------

    def _plan(self) -> None:
        def deliver(planned: Planned) -> None:
            self._planned = planned
            self._show()

        self.ask("plan", plan_of, self._ids, self._keep, dict(self._choose), deliver=deliver)

    def _show(self) -> None:
        if self._planned is None:
            return
        plan, accounts = self._planned.plan, self._planned.accounts
        # Each keeps its account number, which stands above its column.
        choices = [choice for choice in plan.fields if choice.field != "account_no"]
        shown = self._in_sight()
        columns = [Column("field", _("Field"), _FIELD, 0)]
        for id_ in shown:
            mark = MARK_GLYPH if id_ == plan.keep else " "  # the values have a mark, too
            columns.append(Column(str(id_), f"{mark} {accounts.get(id_, '')}", _LEAST, 1))
        columns.append(Column("result", f"  {_('Becomes')}", _LEAST, 1))
        self.list.set_columns(columns)
        rows = [
            self._row(choice, shown)
            for choice in choices
            if choice.differs or not self._only_different
        ]
        self.list.empty_text = _("They do not differ.")
        self.list.set_source(ListSource(rows))
        differing = sum(choice.differs for choice in choices)
        parts = [
            ngettext("{count} field differs", "{count} fields differ", differing).format(
                count=number(differing)
            )
        ]
        if len(shown) < len(self._ids):
            places = {"first": self._first + 1, "last": self._first + len(shown)}
            parts.insert(0, _("{first}-{last} of {n}").format(**places, n=len(self._ids)))
        stays = _("{account} stays").format(account=accounts.get(plan.keep, ""))
        remark = " · ".join(part for part in (self._remark, stays) if part)
        self.query_one(TitleLine).show(remark=remark, figure=" · ".join(parts))
        self._show_whole()

    @on(SourceView.Highlighted)
    def _highlighted(self, event: SourceView.Highlighted) -> None:
        event.stop()
        self._show_whole()

    def _show_whole(self) -> None:
        """Show the values of the field under the cursor, which columns may have cut, whole."""
        lines = []
        if self._planned is not None and (choice := self._current) is not None:
            plan, accounts = self._planned.plan, self._planned.accounts
            lines = [f"{_('Becomes')}  {self._text(choice.field, choice.result)}"]
            if choice.differs:
                lines += [
                    f"{accounts.get(id_, '')}  {self._text(choice.field, value)}"
                    for id_, value in zip(plan.ids, choice.values, strict=True)
                ]
        self.query_one(Passage).show("\n".join(lines))

    def _in_sight(self) -> Sequence[int]:
        """The customers whose columns have room, the one of the taken value among them."""
        room = self.size.width - _AROUND - _FIELD - (_LEAST + _GAP)
        count = max(1, min(len(self._ids), room // (_LEAST + _GAP)))
        choice = self._current
        place = self._ids.index(choice.source) if choice and choice.source in self._ids else None
        if place is not None:
            self._first = max(place - count + 1, min(self._first, place))
        self._first = max(0, min(self._first, len(self._ids) - count))
        return self._ids[self._first : self._first + count]

    def _row(self, choice: FieldChoice, shown: Sequence[int]) -> _Row:
        assert self._planned is not None
        plan = self._planned.plan
        field = self.session.fields.get(choice.field)
        label = field.label if field else choice.field
        mark = "≠ " if choice.differs else "  "
        cells = [Cell(mark + label, style="strong" if choice.differs else "muted")]
        for id_ in shown:
            value = choice.values[plan.ids.index(id_)]
            taken = choice.source == id_
            text = self._text(choice.field, value)
            dot = ("● " if taken else "  ") if choice.differs else "  "
            style = "good" if taken else "" if not choice.source else "muted"
            cells.append(Cell(dot + text, style=style if choice.differs else "muted"))
        result = self._text(choice.field, choice.result)
        sign = "  "
        if choice.differs:
            sign = "! " if choice.field in self._choose else "→ " if choice.source else "+ "
        cells.append(Cell(sign + result, style="new" if choice.differs else "muted"))
        return _Row(choice.field, tuple(cells))

    def _text(self, field: str, value: Value) -> str:
        text = label_of(self.crm.settings, field, value)
        return " ".join(text.split()) or EMPTY_GLYPH

    @property
    def _current(self) -> FieldChoice | None:
        """What is decided about the field under the cursor."""
        if self._planned is None:
            return None
        key = self.list.current_key
        return next((c for c in self._planned.plan.fields if c.field == key), None)

    # Choosing ----------------------------------------------------------------------------------

    def action_next(self) -> None:
        """Take the value of the next customer."""
        self._take(1)

    def action_previous(self) -> None:
        """Take the value of the previous customer."""
        self._take(-1)

    def _take(self, step: int) -> None:
        choice = self._current
        if choice is None:
            return
        if not choice.differs:
            self.say(_("They all say the same."))
            return
        if choice.source in self._ids:
            place = self._ids.index(choice.source) + step
        else:
            place = 0 if step > 0 else len(self._ids) - 1
        self._choose[choice.field] = self._ids[place % len(self._ids)]
        self._plan()

    def action_by_rule(self) -> None:
        """Let the rule choose again."""
        key = str(self.list.current_key)
        if key in self._choose:
            del self._choose[key]
            self._plan()

    def action_keep(self) -> None:
        """Let the next customer be the one that stays."""
        self._keep = self._ids[(self._ids.index(self._keep) + 1) % len(self._ids)]
        self._plan()

    def action_only_different(self) -> None:
        """Show only the fields that differ, or all."""
        self._only_different = not self._only_different
        self._show()

    def action_members(self) -> None:
        """Choose which of the customers are merged."""
        self.do(self._choose_members())

    async def _choose_members(self) -> None:
        planned = await self.fetch(plan_of, self._all, self._keep, {})
        names = dict(zip(planned.plan.ids, planned.plan.names, strict=True))
        choices = [Choice(str(id_), names[id_], planned.accounts.get(id_, "")) for id_ in self._all]
        chosen = [str(id_) for id_ in self._ids]
        picked = await self.ask_user(Picker(_("Merge these"), choices, chosen=chosen, many=True))
        if picked is None:
            return
        if len(picked) < 2:
            self.say(_("A merge needs two different customers or more."), "warn")
            return
        self._ids = tuple(int(value) for value in picked)
        self._choose = {f: id_ for f, id_ in self._choose.items() if id_ in self._ids}
        if self._keep not in self._ids:
            self._keep = self._ids[0]
        self._plan()

    # Deciding ----------------------------------------------------------------------------------

    def action_merge(self) -> None:
        """Make one customer of them."""
        self.do(self._merge())

    async def _merge(self) -> None:
        from tui_crm.core.changes import new_uid

        # What is asked is what the rules say now, whatever was typed a moment ago.
        planned = await self.fetch(plan_of, self._ids, self._keep, dict(self._choose))
        question = Confirm(_("Merge"), question_text(planned), [("m", _("merge"))])
        if await self.ask_user(question) != "m":
            return
        await stoppable(
            self, _("Merge"), merge, self.session, self._ids, self._keep, dict(self._choose),
            new_uid(),
        )  # fmt: skip
        self.crm.spread(self._ids)
        name = planned.plan.names[0]
        words = _("Merged into {account} {name}; {key} undoes it.").format(
            account=planned.accounts.get(self._keep, ""), name=name,
            key=self.crm.keymap.shown("app.undo", self.where),
        )  # fmt: skip
        self.close(Ended("merged", self._ids, self._keep, words))

    def action_different(self) -> None:
        """Remember for good that these are different customers."""
        self.do(self._decide("different"))

    def action_later(self) -> None:
        """Put them off."""
        self.do(self._decide("later"))

    async def _decide(self, decision: Literal["different", "later"]) -> None:
        await self.write(decide, self._ids, decision)
        self.close(Ended(decision, self._ids, words=decided(decision)))

    def show_error(self, error: CrmError) -> None:
        """Where there is nothing to show, the error is said on the screen below."""
        if self._planned is None:
            self.crm.parting_words(str(error), "bad")
            self.close()
        else:
            super().show_error(error)


def decided(decision: Literal["different", "later"]) -> str:
    """What is said after a decision."""
    if decision == "different":
        return _("Remembered: these are different customers.")
    return _("Put off: the group stands at the end.")


def question_text(planned: Planned) -> str:
    """What the question says: who stays, who becomes part of it, and what moves."""
    plan, accounts = planned.plan, planned.accounts
    named = [
        f"{accounts.get(id_, '')} {name}" for id_, name in zip(plan.ids, plan.names, strict=True)
    ]
    lines = [_("{who} stays.").format(who=named[0]), "", _("Part of it become:")]
    lines += [f"   {who}" for who in named[1 : _NAMED + 1]]
    if (more := len(named) - 1 - _NAMED) > 0:
        lines.append(
            "   " + ngettext("and {count} more", "and {count} more", more).format(count=more)
        )
    lines.append("")
    if plan.moved:
        moved = ngettext(
            "{n} contact or task moves to it.", "{n} contacts and tasks move to it.", plan.moved
        )
        lines.append(moved.format(n=number(plan.moved)))
    lines.append(_("The old numbers lead to it. It can be taken apart at any time."))
    return "\n".join(lines)


# Asked in the lanes; the rules are imported there.


def plan_of(
    session: Session,
    ids: Sequence[int],
    keep: int,
    choose: Mapping[str, int],
    *,
    cancel: Cancel | None = None,
) -> Planned:
    """What merging these customers would make of each field."""
    from tui_crm.core import customers, merging

    if cancel is not None:
        cancel.check()  # what is a few milliseconds long is not interrupted
    with session.db.connection():
        plan = merging.plan(session, ids, keep, choose)
        rows = customers.rows(session, ids)
    return Planned(plan, {row.id: row.account_no for row in rows})


def merge(
    session: Session,
    ids: Sequence[int],
    keep: int,
    choose: Mapping[str, int],
    uid: str,
    cancel: Cancel,
    *,
    progress: Progress,
) -> Outcome:
    """Merge customers."""
    from tui_crm.core import merging

    with session.db.connection():
        return merging.merge(session, ids, keep, choose, uid=uid, progress=progress, cancel=cancel)


def decide(session: Session, ids: Sequence[int], decision: Literal["different", "later"]) -> None:
    """Remember what was decided about customers."""
    from tui_crm.exchange.duplicates import decisions

    with session.db.connection():
        decisions.decide(session, ids, decision)
