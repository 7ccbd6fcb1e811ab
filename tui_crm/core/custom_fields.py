"""Fields that an organisation adds to its customers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui_crm.core.fields import Field, FieldType
from tui_crm.core.session import load_registry
from tui_crm.errors import InputRefused, NotAllowed
from tui_crm.text.i18n import _
from tui_crm.text.safe import clean_line

if TYPE_CHECKING:
    from tui_crm.core.session import Session

TYPES: tuple[FieldType, ...] = ("text", "number", "date", "choice", "bool")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def define(
    session: Session,
    name: str,
    type_: FieldType = "text",
    label_en: str = "",
    label_zh: str = "",
    choices: Iterable[str] = (),
) -> Field:
    """Add a field to every customer; it is in `session.fields` from then on.

    `name` is its key in queries and files: small letters, digits and underscores. Raises
    `NotAllowed` for anybody but an administrator, `InputRefused` for a name that is taken or
    cannot be one, a type that custom fields do not have, and a choice field without choices.
    """
    from tui_crm.store.setup import CustomField

    if session.viewer.role != "admin":
        raise NotAllowed(_("Only an administrator adds fields."))
    if not _NAME.fullmatch(name):
        raise InputRefused(
            _('"{name}" cannot be the name of a field.').format(name=name),
            _("Use small letters, digits and underscores, a letter first."),
        )
    if type_ not in TYPES:
        raise InputRefused(
            _('"{type}" is no type of a custom field.').format(type=type_),
            _("One of: {values}").format(values=", ".join(TYPES)),
        )
    values = list(dict.fromkeys(filter(None, map(clean_line, choices))))
    if type_ == "choice" and not values:
        raise InputRefused(_("A choice field needs its choices."))
    with session.db.transaction():
        # Read again: another session may have added one since this one began.
        if load_registry().get(name) is not None:
            raise InputRefused(_('There is a field "{name}" already.').format(name=name))
        CustomField.create(
            name=name,
            type=type_,
            label_en=clean_line(label_en),
            label_zh=clean_line(label_zh),
            choices=values,
            position=CustomField.select().count(),
        )
    session.fields = load_registry()
    field = session.fields.get(name)
    assert field is not None  # it was just read from the database
    return field
