"""The errors that a user may meet, each with what to do next.

Whatever goes wrong in a way that a person can mend is raised as a `CrmError`: the app shows its
message and hint, the `crm` command prints both and leaves with `exit_code`. Anything else that
escapes is a defect of the program.

| exit code | class                 | meaning                                              |
|-----------|-----------------------|------------------------------------------------------|
| 0         |                       | done                                                 |
| 2         | `UsageError`          | wrong usage: arguments, query or configuration       |
| 3         | `InputRefused`        | the input was read and refused: a value, a file      |
| 4         | `NotAllowed`          | the viewer has no right to see or do this            |
| 5         | `DatabaseUnreachable` | the database cannot be reached, opened or written    |
| 6         | `Conflict`            | somebody else changed the same thing in the meantime |
| 7         | `NotFound`            | nothing was found                                    |
"""
# ruff: noqa: N818 - the names say what happened, which "Error" would only repeat

from typing import ClassVar


class CrmError(Exception):
    """What went wrong (`message`) and the way out (`hint`, may be empty), both translated.

    `str()` gives the message alone, so that a face decides how the hint is shown.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(CrmError):
    """The command, the query or the configuration is written wrongly."""

    exit_code = 2


class InputRefused(CrmError):
    """A value or a file was understood and refused; nothing was written.

    `field` is the name of the field whose value it was, or "".
    """

    exit_code = 3
    field = ""


class NotAllowed(CrmError):
    """The viewer may not see the record or make the change."""

    exit_code = 4


class DatabaseUnreachable(CrmError):
    """The database cannot be reached, opened or written."""

    exit_code = 5


class Conflict(CrmError):
    """The record was changed by somebody else since it was read."""

    exit_code = 6


class NotFound(CrmError):
    """A reference or a query found nothing, or more than the one record that was needed."""

    exit_code = 7
