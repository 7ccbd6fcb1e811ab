"""Find crm.toml, read it, lay the environment and the command line over it, check everything."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui_crm.config import kinds, places
from tui_crm.config.problems import ConfigError, ConfigProblem, nearest
from tui_crm.config.schema import BY_PATH, KEYS, SECTIONS, Key
from tui_crm.config.settings import (
    Database,
    General,
    Origin,
    Paths,
    Picklists,
    Settings,
    Ui,
)
from tui_crm.text.i18n import _

ENVIRONMENT = {"CRM_DB": "database.url"}
"""Environment variables that override a key; CRM_CONFIG names the file itself."""


def load(
    path: Path | None, env: Mapping[str, str], overrides: Mapping[str, str] | None = None
) -> Settings:
    """The settings, or `ConfigError` with every problem.

    Without `path` the first of $CRM_CONFIG, ./crm.toml and the user's own crm.toml is read; having
    none is fine. `overrides` are values of the command line by dotted key ({"database.url": ...}).
    """
    settings, problems = inspect(path, env, overrides)
    if problems:
        raise ConfigError(problems)
    return settings


def inspect(
    path: Path | None, env: Mapping[str, str], overrides: Mapping[str, str] | None = None
) -> tuple[Settings, tuple[ConfigProblem, ...]]:
    """Like `load`, but gives the problems; each value that is refused keeps its default."""
    loader = _Loader(env)
    file = path or _named(env) or _found(env)
    if file is not None:
        loader.read_file(file)
    for variable, key in ENVIRONMENT.items():
        if env.get(variable):
            loader.override(key, env[variable], Origin(f"environment {variable}"))
    for key, value in (overrides or {}).items():
        loader.override(key, value, Origin("command line"))
    return loader.settings(file), tuple(loader.problems)


def _named(env: Mapping[str, str]) -> Path | None:
    """The file that the environment names; it has to exist."""
    return places.absolute(env["CRM_CONFIG"], Path.cwd(), env) if env.get("CRM_CONFIG") else None


def _found(env: Mapping[str, str]) -> Path | None:
    """The file in the current folder or the user's own, whichever is there first."""
    candidates = (Path("crm.toml"), places.folder("config", env) / "crm.toml")
    return next((file for file in candidates if file.is_file()), None)


class _Loader:
    """Collects values, origins and problems while the layers are laid over each other."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self.values: dict[str, Any] = {}
        self.keymap: dict[str, tuple[str, ...]] = {}
        self.origins: dict[str, Origin] = {}
        self.problems: list[ConfigProblem] = []
        for key in KEYS:
            self.values[key.path] = key.read(_default(key, env), kinds.Reading(Path.cwd(), env))

    def settings(self, file: Path | None) -> Settings:
        """What has been collected, as settings."""

        def section(name: str) -> dict[str, Any]:
            return {key.name: self.values[key.path] for key in KEYS if key.section == name}

        return Settings(
            database=Database(**section("database")),
            general=General(**section("general")),
            ui=Ui(**section("ui")),
            picklists=Picklists(**section("picklists")),
            paths=Paths(**section("paths")),
            keymap=MappingProxyType(self.keymap),
            file=file,
            origins=MappingProxyType(self.origins),
        )

    def override(self, path: str, value: str, origin: Origin) -> None:
        """Lay one value over what the file says."""
        self._take(BY_PATH[path], value, Path.cwd(), origin, {})

    def read_file(self, file: Path) -> None:
        """Read every section of `file`; whatever is wrong becomes a problem with its line."""
        import tomllib

        try:
            # Editors on Windows write a byte order mark, which TOML does not know.
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            self._wrong(Origin(str(file)), "", _("the file is not UTF-8."), _("Save it as UTF-8."))
            return
        except OSError as error:
            message = _("the file cannot be read: {reason}.").format(reason=error.strerror)
            hint = _("Check the path, or start one with: crm init")
            self._wrong(Origin(str(file)), "", message, hint)
            return
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._syntax(file, text, str(error))
            return
        from tui_crm.config.lines import locate

        lines = locate(text)
        for name, table in document.items():
            self._section(name, table, file, lines)

    def _syntax(self, file: Path, text: str, detail: str) -> None:
        match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", detail)
        line = 0
        if match:
            line = int(match[1]) if match[1] else text.rstrip().count("\n") + 1
            detail = detail[: match.start()]
        message = _("this is not TOML: {detail}.").format(detail=detail)
        hint = _("Text belongs in quotes, lists in [ ], and each key on its own line.")
        self._wrong(Origin(str(file), line), "", message, hint)

    def _section(self, name: str, table: object, file: Path, lines: Mapping[str, int]) -> None:
        origin = Origin(str(file), lines.get(name, 0))
        if name not in SECTIONS:
            homes = [key.section for key in KEYS if key.name == name]
            if homes:
                hint = _("It belongs below [{section}].").format(section=homes[0])
                self._wrong(origin, name, _("this key is outside any section."), hint)
                return
            hint = nearest(name, SECTIONS) or _("Sections are {names}.").format(
                names=", ".join(f"[{section}]" for section in SECTIONS)
            )
            self._wrong(origin, name, _("there is no such section."), hint)
        elif not isinstance(table, dict):
            hint = _("Write [{section}] on a line of its own, and its keys below.")
            message = _("a section was expected, found {found}.").format(
                found=kinds.describe(table)
            )
            self._wrong(origin, name, message, hint.format(section=name))
        elif name == "keymap":
            self._keymap("", table, file, lines)
        else:
            for key_name, value in table.items():
                self._key(name, key_name, value, file, lines)

    def _key(
        self, section: str, name: str, value: object, file: Path, lines: Mapping[str, int]
    ) -> None:
        path = f"{section}.{name}"
        origin = Origin(str(file), lines.get(path, 0))
        if path in BY_PATH:
            self._take(BY_PATH[path], value, file.absolute().parent, origin, lines)
            return
        elsewhere = [key.section for key in KEYS if key.name == name]
        if elsewhere:
            hint = _("It belongs below [{section}].").format(section=elsewhere[0])
        else:
            siblings = [key.name for key in KEYS if key.section == section]
            hint = nearest(name, siblings) or _("Keys of [{section}] are {names}.").format(
                section=section, names=", ".join(siblings)
            )
        self._wrong(origin, path, _("there is no such key."), hint)

    def _take(
        self, key: Key, value: object, base: Path, origin: Origin, lines: Mapping[str, int]
    ) -> None:
        reading = kinds.Reading(base, self.env)
        result = key.read(value, reading)
        for below, message, hint in reading.refused:
            line = lines.get(key.path + below, origin.line)
            self._wrong(Origin(origin.source, line), key.path + below, message, hint)
        if not reading.refused:
            self.values[key.path] = result
            self.origins[key.path] = origin

    def _keymap(
        self, prefix: str, table: Mapping[str, Any], file: Path, lines: Mapping[str, int]
    ) -> None:
        """Actions by id; `[keymap.search] open = ...` is the same as `"search.open" = ...`."""
        for name, value in table.items():
            action = f"{prefix}{name}"
            if isinstance(value, dict):
                self._keymap(f"{action}.", value, file, lines)
                continue
            path = f"keymap.{action}"
            reading = kinds.Reading(Path.cwd(), self.env)
            keys = kinds.keys(value, reading)
            origin = Origin(str(file), lines.get(path, 0))
            for _below, message, hint in reading.refused:
                self._wrong(origin, path, message, hint)
            if not reading.refused:
                self.keymap[action] = tuple(key for key in keys if key)
                self.origins[path] = origin

    def _wrong(self, origin: Origin, key: str, message: str, hint: str = "") -> None:
        self.problems.append(ConfigProblem(origin.source, origin.line, key, message, hint))


def _default(key: Key, env: Mapping[str, str]) -> object:
    """The raw default, with the folders of the example replaced by those of this machine."""
    default = key.default
    if isinstance(default, str):
        for kind, shown in (
            ("data", "~/.local/share/crm"),
            ("config", "~/.config/crm"),
            ("state", "~/.local/state/crm"),
        ):
            default = default.replace(shown, str(places.folder(kind, env)))
    return default
