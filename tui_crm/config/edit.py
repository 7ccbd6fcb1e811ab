"""Change one value in crm.toml and leave everything else as its author wrote it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_crm.config import places
from tui_crm.config.document import toml_text
from tui_crm.config.lines import locate
from tui_crm.errors import InputRefused
from tui_crm.text.i18n import _

_STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|true|false)"""
_BOM = "\ufeff"


def own_file(env: Mapping[str, str]) -> Path:
    """Where the user's own crm.toml lies; it may not exist yet."""
    return places.folder("config", env) / "crm.toml"


def write_value(file: Path, path: str, value: str | bool) -> int:
    """Set the dotted key `path` ("ui.theme") in `file`, in one step that a crash cannot halve.

    Gives the line, counted from 1, on which it stands now.

    The key's line is changed where there is one; else a line is added to its section, or the
    section at the end. The file and its folder are made where they are missing.

    Raises:
        InputRefused: the file is not valid TOML, holds the key in a form that is not understood
            here, or cannot be written. It is as it was then.
    """
    file = file.resolve()
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            old = stream.read()
    except FileNotFoundError:
        old = ""
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(file, path, value) from error
    mark, text = (_BOM, old[1:]) if old.startswith(_BOM) else ("", old)
    new = _changed(text, path, value)
    if new is None:
        raise _refused(file, path, value)
    try:
        _replace(file, mark + new)
    except OSError as error:
        raise _refused(file, path, value) from error
    return locate(new)[path]


def _changed(text: str, path: str, value: str | bool) -> str | None:
    """`text` with the value; None if that would change, or miss, anything else."""
    import tomllib

    section, _dot, name = path.rpartition(".")
    try:
        wanted: dict[str, Any] = tomllib.loads(text.replace("\r\n", "\n"))
        known = locate(text)
    except tomllib.TOMLDecodeError:
        return None
    table = wanted.setdefault(section, {})
    if not isinstance(table, dict):
        return None
    table[name] = value
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    written = toml_text(value)
    if path in known:
        at = known[path] - 1
        pattern = re.compile(rf"(\b{re.escape(name)}[\"']?\s*=\s*){_STRING}")
        lines[at] = pattern.sub(lambda match: match[1] + written, lines[at], count=1)
    elif section in known and lines[known[section] - 1].lstrip().startswith("["):
        at = known[section] - 1
        lines[at] = lines[at].rstrip("\r\n") + newline
        lines.insert(at + 1, f"{name} = {written}{newline}")
    else:
        if lines:
            lines[-1] = lines[-1].rstrip("\r\n") + newline
            lines.append(newline)
        lines.append(f"[{section}]{newline}{name} = {written}{newline}")
    result = "".join(lines)
    try:
        found = tomllib.loads(result.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return None
    return result if found == wanted else None


def _replace(file: Path, text: str) -> None:
    """Write beside the file, then put it in its place, with the old one's permissions."""
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    handle, name = tempfile.mkstemp(prefix=".crm-", suffix=".toml", dir=file.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(mode)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _refused(file: Path, path: str, value: str | bool) -> InputRefused:
    section, _dot, name = path.rpartition(".")
    return InputRefused(
        _("{file} could not be changed.").format(file=file),
        _("Write {line} below [{section}] yourself.").format(
            line=f"{name} = {toml_text(value)}", section=section
        ),
    )
