"""What is wrong with crm.toml and the themes though the app runs: it goes on without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_crm.config import ConfigProblem, nearest
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.ui.app import CrmApp


def problems(app: CrmApp) -> list[ConfigProblem]:
    """Of the themes, the keys and the names of a theme and of fields, in this order."""
    from tui_crm.core import named_fields

    settings = app.settings
    found = [*app.theme_problems, *app.keymap_problems]
    name = settings.ui.theme
    if name not in app.available_themes:
        message = _('there is no theme "{name}".').format(name=name)
        found.append(settings.problem("ui.theme", message, nearest(name, app.theme_names)))
    if app.session is not None:
        found += named_fields.unknown(settings, app.session.fields)
    return found
