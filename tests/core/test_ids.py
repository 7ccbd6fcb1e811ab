"""Sets of ids in little memory."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from tui_crm.core.ids import IdSet

IDS = st.lists(st.one_of(st.integers(0, 3000), st.integers(-5, 10**12)), max_size=60)


@given(IDS, IDS)
def test_it_is_a_set_in_the_order_of_its_ids(ids: list[int], more: list[int]) -> None:
    found = IdSet(ids)
    found.update(more)
    right = sorted({*ids, *more})
    assert list(found) == right
    assert list(reversed(found)) == right[::-1]
    assert len(found) == len(right)
    assert bool(found) == bool(right)
    assert all(id_ in found for id_ in right)
    assert 3001 not in IdSet(id_ for id_ in right if id_ != 3001)


def test_a_million_of_them_take_little_room() -> None:
    found = IdSet(range(1_000_000))
    assert sum(map(sys.getsizeof, found._pages.values())) < 2_000_000
