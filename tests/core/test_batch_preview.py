"""The preview of a batch: which records change, and that it stops when nobody waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tui_crm.core import batch
from tui_crm.core.changes import Edit
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, InputRefused


class Stopped:
    """A cancel that has come."""

    cancelled = True


@pytest.mark.parametrize("tags", [(), ("vip",)])
def test_every_record_is_in_one_part_in_the_order_of_the_list(
    session: Session, add: Callable[..., int], tags: tuple[str, ...]
) -> None:
    ids = [add(f"n{n}", city="Bern" if n % 2 else "Basel", tags=tags) for n in range(6)]
    gone = max(ids) + 7
    order = [ids[3], gone, ids[0], ids[5], ids[2], ids[1]]
    edit = Edit({"city": "Bern"}, add={"tags": tags} if tags else {})
    found = batch.preview(session, order, edit)
    assert list(found.changing) == [ids[0], ids[2]]
    assert list(found.staying) == [ids[3], ids[5], ids[1]]
    assert list(found.refused) == [gone]
    assert (found.total, found.changed, found.unchanged, found.missing) == (5, 2, 3, 1)
    assert found.fields[0].values == (("Basel", "Bern", 2),)
    assert [record.id for record in found.records(found.changing)] == [ids[0], ids[2]]


def test_a_preview_that_nobody_waits_for_stops(session: Session, add: Callable[..., int]) -> None:
    id_ = add("one")
    with pytest.raises(CrmError):
        batch.preview(session, [id_], Edit({"city": "Bern"}), cancel=Stopped())


def test_a_preview_tells_how_far_it_is(session: Session, add: Callable[..., int]) -> None:
    ids = [add("one"), add("two")]
    heard: list[tuple[int, int]] = []
    batch.preview(session, ids, Edit({"city": "x"}), progress=lambda *n: heard.append(n))
    assert heard == [(0, 2)]


def test_a_value_that_cannot_be_stored_is_refused(
    session: Session, add: Callable[..., int]
) -> None:
    with pytest.raises(InputRefused):
        batch.preview(session, [add("one")], Edit({"status": "nonsense"}))
