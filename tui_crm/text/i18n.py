"""The words that a user reads, in English or Chinese.

English is written in the source and needs no catalogue; Chinese comes from the compiled gettext
catalogue ``tui_crm/locale/zh/LC_MESSAGES/crm.mo``. The standard library's ``gettext`` is imported
only when a catalogue is opened, so an English start pays nothing. `docs/translating.md` says how
the catalogue is made.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

_LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
_DOMAIN = "crm"
# POSIX: the first of these that is set decides.
_ENVIRONMENT = ("LC_ALL", "LC_MESSAGES", "LANG")

_language = "en"
_catalogue: NullTranslations | None = None


def set_language(code: str | None) -> str:
    """Choose the language of everything that is translated from now on.

    `code` is a language ("en", "zh") or a locale ("zh_TW.UTF-8", "en-GB"); None takes the locale
    of the environment. Every Chinese locale gives "zh" and everything else "en". Gives the
    language that was chosen. A missing catalogue is no error: the text stays English.
    """
    global _language, _catalogue  # noqa: PLW0603 - one process shows one language
    if code is None:
        code = next((value for name in _ENVIRONMENT if (value := os.environ.get(name))), "")
    _language = "zh" if code.lower().replace("-", "_").split("_")[0] == "zh" else "en"
    _catalogue = _open(_language) if _language != "en" else None
    return _language


def language() -> str:
    """The language in force: "en" or "zh"."""
    return _language


def _(message: str) -> str:
    """Translate `message`, an English literal; call it when the text is shown, not on import."""
    if _catalogue is None or not message:
        return message
    return _catalogue.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate the form of a message that fits the number `n`."""
    if _catalogue is None:
        return singular if n == 1 else plural
    return _catalogue.ngettext(singular, plural, n)


def sentences(*texts: str) -> str:
    """Texts behind each other in one line; Chinese has no blank behind its full stop."""
    line = ""
    for text in filter(None, texts):
        line += text if not line or line.endswith(("。", "！", "？", "；")) else f" {text}"
    return line


def labelled(label: str, text: str) -> str:
    """A text behind what it is about."""
    return _("{label}: {text}").format(label=label, text=text)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools look for
    """Mark a module-level constant for extraction; it is given back as it is."""
    return message


def _open(code: str) -> NullTranslations | None:
    """The catalogue of a language, or None if it is not installed or cannot be read."""
    import gettext
    import struct

    try:
        return gettext.translation(_DOMAIN, _LOCALE_DIR, [code])
    except (OSError, ValueError, struct.error):
        return None
