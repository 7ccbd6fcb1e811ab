"""The schema as text: crm.toml.example, docs/configuration.md and `crm config show`."""

import re
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from urllib.parse import urlsplit

from tui_crm.config.schema import KEYS, SECTIONS, Key
from tui_crm.config.settings import Choice, Settings

_EXAMPLE_HEAD = """\
# crm.toml: the settings of crm, each with its default. Keep what you change and drop the rest.
#
# crm reads the first of: the file after --config, the file that CRM_CONFIG names, crm.toml in the
# current folder, ~/.config/crm/crm.toml. `crm config check` says what is wrong with it and
# `crm config show` where each value came from.
"""

_EXAMPLE_KEYMAP = """\
# "app.today" = ["f2", "alt+t"]
# "search.mark" = "ctrl+t"
"""

_REFERENCE_HEAD = """\
# Configuration

crm works without any configuration. To change something, write a `crm.toml` with the keys that
differ; [`crm.toml.example`](../crm.toml.example) lists all of them with their defaults.

crm reads **one** file, the first of these:

1. the file after `--config`; it has to exist
2. the file that the environment variable `CRM_CONFIG` names; it has to exist
3. `crm.toml` in the current folder
4. `crm.toml` in the user's configuration folder: `~/.config/crm` on Linux (or
   `$XDG_CONFIG_HOME/crm`), `~/Library/Application Support/crm` on macOS, `%LOCALAPPDATA%\\crm` on
   Windows

The environment variable `CRM_DB` overrides `database.url`, and `--db` overrides both. A relative
path in the file starts at the folder of the file, and `~` is the home folder. Where a default below
lies in `~/.local/share/crm`, `~/.local/state/crm` or `~/.config/crm`, the folders that the XDG
variables or the operating system name take their place.

`crm config check` names the file, the line and the key of everything that is wrong, with the
nearest valid spelling. `crm config show` prints every value and where it came from.
"""


def toml_text(value: object) -> str:
    """`value` as TOML on one line; lists of tables are given one table a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        items = [toml_text(item) for item in value]
        if value and isinstance(value[0], dict):
            return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
        return f"[{', '.join(items)}]"
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{name} = {toml_text(item)}" for name, item in value.items()) + " }"
        )
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def example_text() -> str:
    """The text of crm.toml.example: valid TOML that sets every key to its default."""
    parts = [_EXAMPLE_HEAD]
    for section, doc in SECTIONS.items():
        parts.append(f"\n{_comment(doc)}[{section}]\n")
        if section == "keymap":
            parts.append(_EXAMPLE_KEYMAP)
        for key in _keys_of(section):
            parts.append(f"\n{_comment(key.doc)}{key.name} = {toml_text(key.default)}\n")
    return "".join(parts)


def reference_markdown() -> str:
    """The text of docs/configuration.md."""
    parts = [_REFERENCE_HEAD]
    for section, doc in SECTIONS.items():
        parts.append(f"\n## [{section}]\n\n{doc}\n")
        if section == "keymap":
            parts.append(f"\n```toml\n[keymap]\n{_EXAMPLE_KEYMAP.replace('# ', '')}```\n")
        for key in _keys_of(section):
            parts.append(f"\n### `{key.name}`: {key.kind}\n\n{key.doc}\n")
            parts.append(f"\n```toml\n{key.name} = {toml_text(key.default)}\n```\n")
    return "".join(parts)


def show(settings: Settings) -> list[str]:
    """One line a key, "key = value   # origin"; the password of a database address is masked."""
    return [
        f"{path} = {value}   # {settings.origin(path).label}" for path, value in values(settings)
    ]


def values(settings: Settings) -> list[tuple[str, str]]:
    """(dotted key, value as TOML) of everything that is in force, passwords masked."""
    rows = [(key.path, _shown(settings, key)) for key in KEYS]
    rows += [(f"keymap.{action}", toml_text(keys)) for action, keys in settings.keymap.items()]
    return rows


def _shown(settings: Settings, key: Key) -> str:
    value = getattr(getattr(settings, key.section), key.name)
    if key.path == "database.url":
        return toml_text(masked(value))
    if isinstance(value, Path):
        return toml_text(str(value))
    if isinstance(value, tuple):
        return toml_text([item.value if isinstance(item, Choice) else item for item in value])
    return toml_text(value)


def masked(url: str) -> str:
    """A database address that may be shown: its password is replaced by `***`.

    libpq takes a password before the host or as a parameter.
    """
    try:
        password = urlsplit(url).password
    except ValueError:
        return url.partition("://")[0] + "://***"
    if password:
        url = url.replace(f":{password}@", ":***@", 1)
    return re.sub(r"(?i)([?&](?:ssl)?password=)[^&]*", r"\1***", url)


def _keys_of(section: str) -> Iterable[Key]:
    return (key for key in KEYS if key.section == section)


def _comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in wrap(text, 96))
