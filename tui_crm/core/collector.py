"""Python's search for objects that hold each other, out of the way of long work."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """No search for cycles inside the block: among a million rows, which hold none, looking for
    some takes a tenth of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def spare_collector() -> None:
    """Keep Python's garbage collector from looking through everything that lives for ever.

    To be called once the program is warm. Each look takes as long as it takes to paint a list, and
    painting makes enough short-lived objects to bring one about every few keys.
    """
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


@contextmanager
def sparing_collector() -> Iterator[None]:
    """In this block Python's garbage collector is spared as in the program, which is measured."""
    before = gc.get_threshold()
    spare_collector()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
