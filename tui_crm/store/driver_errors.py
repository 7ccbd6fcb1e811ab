"""Errors of a driver on their way up: with a way out where a user can act, else as Peewee's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import peewee

from tui_crm.errors import CrmError

# For errors of a bare cursor: raises Peewee's class of them, which is the same on both engines.
_AS_PEEWEE = peewee.ExceptionWrapper(peewee.EXCEPTIONS)  # type: ignore[attr-defined]


@contextmanager
def told(
    driver: type[Exception], readable: Callable[[BaseException], CrmError | None]
) -> Iterator[None]:
    """Raise what `readable` makes of an error of the class `driver`, bare or in Peewee's wrapping.

    Where it makes nothing of it, it is an error of the statement: Peewee's class is raised.
    """
    try:
        yield
    except (peewee.DatabaseError, peewee.InterfaceError) as error:
        known = readable(getattr(error, "orig", error))
        if known is None:
            raise
        raise known from error
    except driver as error:
        known = readable(error)
        if known is None:
            with _AS_PEEWEE:
                raise
        raise known from error
