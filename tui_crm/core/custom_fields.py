"""Fields that an organisation adds to its customers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui_crm.core.fields import Field
from tui_crm.errors import InputRefused, NotAllowed
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

TYPES = ("text", "number", "date", "choice", "bool")

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def add(
    session: Session,
    key: str,
    *,
    type: str = "text",  # noqa: A002 - the name that the registry uses
    label_en: str = "",
    label_zh: str = "",
    choices: tuple[str, ...] = (),
) -> Field:
    """Add a field for everybody on this database, and to the registry of `session`.

    `key` is its name in queries and on the command line. Raises `NotAllowed` for who is no
    administrator, `InputRefused` for a name that is taken or no name, and for a choice without
    values.
    """
    from tui_crm.core.session import load_registry
    from tui_crm.store.setup import CustomField

    if session.viewer.role != "admin":
        raise NotAllowed(_("Only an administrator adds fields."))
    if not _KEY.fullmatch(key):
        raise InputRefused(
            _('"{key}" is no name for a field.').format(key=key),
            _("Use small letters, digits and _, beginning with a letter."),
        )
    if type not in TYPES:
        raise InputRefused(
            _('There is no field type "{type}".').format(type=type),
            _("One of: {values}").format(values=", ".join(TYPES)),
        )
    values = tuple(dict.fromkeys(filter(None, map(clean_line, choices))))
    if (type == "choice") != bool(values):
        raise InputRefused(
            _("A choice needs values, and no other type has any."),
            _('Write --type choice --choices "A;B;C".'),
        )
    with session.db.transaction():
        taken = session.db.one("SELECT 1 FROM custom_field WHERE name = ?", (key,))
        if taken or session.fields.get(key) is not None:
            raise InputRefused(_('There is a field "{key}" already.').format(key=key))
        CustomField.create(
            name=key,
            type=type,
            label_en=clean_line(label_en),
            label_zh=clean_line(label_zh),
            choices=list(values),
            position=CustomField.select().count(),
        )
        session.db.announce()
    session.fields = load_registry()
    field = session.fields.get(key)
    assert field is not None  # it was written in the transaction above
    return field
