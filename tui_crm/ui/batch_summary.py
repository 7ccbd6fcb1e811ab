"""A batch in few lines: what becomes of each field, why values are refused, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from textual.content import Content

from tui_crm.core.batch import BatchPreview, FieldCounts
from tui_crm.core.rows import Outcome
from tui_crm.text.i18n import N_, _, ngettext
from tui_crm.ui.batch_form import Reader
from tui_crm.ui.guard import plain
from tui_crm.ui.widgets.diff_list import DiffRow
from tui_crm.ui.widgets.record_list import Cell
from tui_crm.ui.widgets.source_view import Key
from tui_crm.ui.words import customer_count, number

Part = Literal["everyone", "changing", "staying", "refused"]

PARTS: dict[Part, str] = {
    "everyone": N_("in all"),
    "changing": N_("will change"),
    "staying": N_("stay"),
    "refused": N_("refused"),
}
"""Which customers of a batch are listed, and how those are called."""

_MOST_COUNTS = 200  # lines of the summary; the rest is added up in one line a field
_MOST_REASONS = 20

_OUTCOMES = {
    "failed": (N_("failed"), "bad"),
    "skipped": (N_("unchanged"), "muted"),
    "done": (N_("changed"), "good"),
}


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A customer of the report, and where it landed."""

    key: Key
    cells: tuple[Cell, ...]


def parts_line(many: Mapping[Part, int], shown: Part, keys: Mapping[Part, str]) -> Content:
    """How many customers are in each part, which part is listed, and the keys of the others."""
    words = []
    for part, label in PARTS.items():
        text = plain(f"{number(many[part])} {_(label)}")
        if part == shown:
            text = Content.assemble(
                plain("● ").stylize("$accent"), text.stylize("bold $row-header")
            )
        else:
            text = Content.assemble(plain(f"{keys[part]} ").stylize("bold $key"), text)
        words += [text, plain("   ")]
    return Content.assemble(*words)


def summary_rows(found: BatchPreview, reader: Reader) -> list[DiffRow]:
    """The lines above the records: why values are refused, then what becomes of which field."""
    rows = [
        DiffRow(f"!{place}", customer_count(many), _("refused"), reason=reason)
        for place, (reason, many) in enumerate(found.reasons[:_MOST_REASONS])
    ]
    if found.missing:
        reason = _("is gone, or hidden from you")
        rows.append(DiffRow("!", customer_count(found.missing), _("refused"), reason=reason))
    # Fields of few values first: those of a thousand do not push them out of sight.
    blocks = sorted((list(summary(field, reader)) for field in found.fields), key=len)
    return rows + [row for block in blocks for row in block]


def summary(counts: FieldCounts, reader: Reader) -> Iterator[DiffRow]:
    """Lines on what becomes of one field: how many customers go from which value to which; of a
    list, how many get or lose which item."""
    name, label = counts.field, reader.label(counts.field)
    if not counts.values:
        text = _("all have it so already")
        yield DiffRow(f"{name}:", "–", label, text, text)
    elif isinstance(counts.values[0][1], tuple):
        yield from _items(counts, label)
    else:
        for place, (old, new, many) in enumerate(counts.values[:_MOST_COUNTS]):
            words = reader.value(name, old), reader.value(name, new)
            yield DiffRow(f"{name}:{place}", customer_count(many), label, *words)
        if rest := counts.values[_MOST_COUNTS:]:
            many = sum(customers for _old, _new, customers in rest)
            text = _("{count} other values").format(count=number(len(rest)))
            new = reader.value(name, rest[0][1])
            yield DiffRow(f"{name}:", customer_count(many), label, text, new)


def _items(counts: FieldCounts, label: str) -> Iterator[DiffRow]:
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for old, new, many in counts.values:
        before, after = (set(v) if isinstance(v, tuple) else set() for v in (old, new))
        added.update(dict.fromkeys(after - before, many))
        removed.update(dict.fromkeys(before - after, many))
    for item, many in added.most_common(_MOST_COUNTS):
        yield DiffRow(f"{counts.field}:+{item}", customer_count(many), label, None, f"+ {item}")
    for item, many in removed.most_common(_MOST_COUNTS):
        yield DiffRow(f"{counts.field}:-{item}", customer_count(many), label, f"− {item}", None)


def question_text(found: BatchPreview) -> str:
    """What is asked before anything is written: how many are changed, and how many are not."""
    text = ngettext("Change {count} customer?", "Change {count} customers?", found.changed)
    question = text.format(count=number(found.changed))
    if not found.refused:
        return question
    many = len(found.refused)
    left = ngettext(
        "{n} that is refused stays as it is.", "{n} that are refused stay as they are.", many
    )
    return f"{left.format(n=number(many))}\n{question}"


def result_rows(outcome: Outcome) -> Sequence[ResultRow]:
    """The customers who were not changed, and where they are few those who were, with reasons."""
    return [
        ResultRow(
            f"{result.id}:{place}",
            (
                Cell(_(_OUTCOMES[result.outcome][0]), style=_OUTCOMES[result.outcome][1]),
                Cell(result.name or f"#{result.id}", style="strong"),
                Cell(result.reason, style="muted"),
            ),
        )
        for place, result in enumerate(outcome.results)
    ]


def report(outcome: Outcome, *, undo_key: str, export_key: str, undone: bool) -> Content:
    """How many were changed, had nothing to change, and failed, and what can be done now."""
    lines = [("✓", outcome.done, _("changed"), "$good")]
    if outcome.skipped:
        lines.append(("–", outcome.skipped, _("had nothing to change"), "$muted"))
    if outcome.failed:
        lines.append(("✗", outcome.failed, _("failed"), "$bad"))
    found = []
    for sign, many, words, colour in lines:
        found += [plain(f"{sign} {number(many)} ").stylize(f"bold {colour}"), plain(words)]
        found.append(plain("    "))
    hints = []
    if outcome.done and undone:
        hints.append(_("It was undone; {key} does it again.").format(key=undo_key))
    elif outcome.done:
        hints.append(_("{key} undoes all of it.").format(key=undo_key))
    if outcome.failed:
        hints.append(_("{key} writes those that failed into a file.").format(key=export_key))
    if hints:
        found += [plain("\n\n"), plain(" ".join(hints)).stylize("$muted")]
    return Content.assemble(*found)


def figures(done: int, total: int) -> dict[str, str]:
    """Two counts for "{done} of {total}"."""
    return {"done": number(done), "total": number(total)}
