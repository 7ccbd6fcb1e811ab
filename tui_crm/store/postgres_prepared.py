"""Statements that a PostgreSQL server is asked again and again.

Each is planned once for a connection, and several go to the server together: one journey for all
of them. What a person waits for at every key press is asked so, by the library of the server
itself: a cursor of psycopg takes longer than the server does for the smallest of them.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from tui_crm.store.placeholders import numbered

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGconn, PGresult

_MOST = 200  # statements that a connection keeps planned: some ten kilobytes each on the server
_Key = tuple[str, tuple[int, ...]]  # the text, the types of its parameters
_Bound = tuple[Sequence[Any], tuple[int, ...], Any]  # the parameters, their types and formats
_TYPES = {int: 20, str: 0}  # bigint, and whatever the statement asks for

_numbers = count()
_names: WeakKeyDictionary[psycopg.Connection[Any], dict[_Key, bytes]] = WeakKeyDictionary()


class _Sent(NamedTuple):
    """A command that is under way: what it prepares, or whether its rows are wanted."""

    prepares: _Key | None = None
    wanted: bool = False


def ask(
    connection: psycopg.Connection[Any], statements: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[tuple[Any, ...]]]:
    """All rows of each statement, which has ``?`` for its parameters.

    The first that fails ends all of them: raises what psycopg does for it.
    """
    known = _names.setdefault(connection, {})
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    try:
        sent = _send(connection, known, statements)
        error, found = _receive(connection, known, sent)
        pgconn.exit_pipeline_mode()
    except BaseException:
        connection.close()  # nobody knows what is still to come on it
        raise
    if error is not None:
        raise error
    return found


def _send(
    connection: psycopg.Connection[Any],
    known: dict[_Key, bytes],
    statements: Sequence[tuple[str, Sequence[Any]]],
) -> list[_Sent]:
    pgconn = connection.pgconn
    sent = []
    for sql, params in statements:
        values, types, formats = _plain(params) or _adapted(connection, params)
        key = (sql, types)
        if (name := known.pop(key, None)) is None:
            if len(known) >= _MOST:
                oldest = known.pop(next(iter(known)))
                pgconn.send_query_params(b"DEALLOCATE " + oldest, None)
                sent.append(_Sent())
            name = b"crm_%d" % next(_numbers)
            text = numbered(sql).encode(connection.info.encoding)
            pgconn.send_prepare(name, text, types)
            sent.append(_Sent(prepares=key))
        known[key] = name  # the one that was used last stands last
        pgconn.send_query_prepared(name, values, formats)
        sent.append(_Sent(wanted=True))
    pgconn.pipeline_sync()
    return sent


def _plain(params: Sequence[Any]) -> _Bound | None:
    """Numbers and texts as the server takes them, in a tenth of the time of psycopg; None where
    there are others.
    """
    types = tuple([_TYPES.get(type(param), -1) for param in params])
    if -1 in types:
        return None
    values = [str(param).encode() for param in params]
    return None if any(b"\0" in value for value in values) else (values, types, None)


def _adapted(connection: psycopg.Connection[Any], params: Sequence[Any]) -> _Bound:
    from psycopg.adapt import PyFormat, Transformer

    adapted = Transformer(connection)
    values = adapted.dump_sequence(params, [PyFormat.AUTO] * len(params))
    return values, tuple(adapted.types or ()), adapted.formats


def _receive(
    connection: psycopg.Connection[Any], known: dict[_Key, bytes], sent: Sequence[_Sent]
) -> tuple[psycopg.Error | None, list[list[tuple[Any, ...]]]]:
    """The first error and the rows of what was sent, whose results are all taken."""
    from psycopg.adapt import Transformer
    from psycopg.pq import ExecStatus

    pgconn = connection.pgconn
    ready = select.poll()
    ready.register(pgconn.socket, select.POLLIN | select.POLLOUT)
    while pgconn.flush():
        ready.poll()
        pgconn.consume_input()
    ready.modify(pgconn.socket, select.POLLIN)
    error: psycopg.Error | None = None
    found = []
    loaded = Transformer(connection)
    for command in sent:
        result = _result(pgconn, ready)
        good = result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
        if not good:
            if command.prepares is not None:
                known.pop(command.prepares, None)
            if error is None:
                from psycopg.errors import error_from_result

                error = error_from_result(result, connection.info.encoding)
        elif command.wanted:
            loaded.set_pgresult(result)
            found.append(loaded.load_rows(0, result.ntuples, tuple))
        pgconn.get_result()  # the end of this command
    _result(pgconn, ready)  # the end of all
    return error, found


def _result(pgconn: PGconn, ready: select.poll) -> PGresult:
    while pgconn.is_busy():
        ready.poll()
        pgconn.consume_input()
    result = pgconn.get_result()
    if result is None:  # there is one for each command that was sent, while there is a connection
        from psycopg import OperationalError

        raise OperationalError(pgconn.get_error_message())
    return result
