"""The fields that crm.toml names: for the list of customers and for the form of a call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_crm.config import nearest
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.config import ConfigProblem, Settings
    from tui_crm.core.fields import Registry


def unknown(settings: Settings, registry: Registry) -> Iterator[ConfigProblem]:
    """A problem for each name that no field of `registry` has, which is left out on screen."""
    for key, names in (
        ("ui.columns", settings.ui.columns),
        ("ui.follow_up_fields", settings.ui.follow_up_fields),
    ):
        for name in names:
            if registry.of_column(name) is None:
                message = _('there is no field "{name}".').format(name=name)
                yield settings.problem(key, message, nearest(name, registry.names()))
