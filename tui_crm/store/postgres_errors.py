"""Errors of a PostgreSQL connection in words that a user can act on."""

from __future__ import annotations

import re

from tui_crm.errors import CrmError, DatabaseUnreachable
from tui_crm.store.database import Interrupted
from tui_crm.text.i18n import _


def readable(error: BaseException, url: str) -> CrmError | None:
    """What a user is told about a lost or refused connection; None for an error of a statement."""
    import psycopg
    from psycopg import errors

    if isinstance(error, errors.QueryCanceled):
        return Interrupted(_("The query was cancelled."))
    if isinstance(error, (errors.DiskFull, errors.ReadOnlySqlTransaction)):
        return DatabaseUnreachable(
            _("The database server cannot write: {error}").format(error=first_line(error)),
            _("Ask the person who looks after the server. Nothing was changed."),
        )
    if isinstance(error, errors.InsufficientPrivilege):
        return DatabaseUnreachable(
            _("The database server refused: {error}").format(error=first_line(error)),
            _("The database user needs to own the schema, or to be granted its tables."),
        )
    # An error of a statement has a SQLSTATE; one of the connection has class 08 or 57P, or none.
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return None
    state = error.sqlstate or ""
    if state and not state.startswith(("08", "57P", "53", "28", "3D")):
        return None
    where = _address(url)
    text = str(error)
    if "password authentication failed" in text or "no password supplied" in text:
        return DatabaseUnreachable(
            _("The database server at {where} refused the password.").format(where=where),
            _("Check the user and the password; ~/.pgpass or PGPASSWORD can hold it."),
        )
    nobody = re.search(r'role "(.+)" does not exist', text)
    if nobody:
        return DatabaseUnreachable(
            _('The database server knows no user "{name}".').format(name=nobody[1]),
            _("Write the user into the address: postgresql://USER@HOST/DATABASE."),
        )
    missing = re.search(r'database "(.+)" does not exist', text)
    if missing:
        return DatabaseUnreachable(
            _('There is no database "{name}" at {where}.').format(name=missing[1], where=where),
            _("Make it with: createdb {name}").format(name=missing[1]),
        )
    return DatabaseUnreachable(
        _("The database server at {where} cannot be reached: {error}").format(
            where=where, error=first_line(error)
        ),
        _("Check that it runs and that the address is right, then try again."),
    )


def first_line(error: BaseException) -> str:
    """What an error says in its first line, or its kind."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _address(url: str) -> str:
    """Host, port and user of a URL, as a person would write them; never the password."""
    from psycopg import conninfo

    parts = conninfo.conninfo_to_dict(url)
    host, user = parts.get("host") or "localhost", parts.get("user")
    place = f"{host}:{parts.get('port') or 5432}"
    return _("{place} as {user}").format(place=place, user=user) if user else place
