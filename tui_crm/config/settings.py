"""The settings as the rest of the program sees them: frozen, typed, with their origins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tui_crm.config.problems import ConfigProblem
from tui_crm.text.i18n import N_, _, language


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a picklist.

    `value` is what the database holds and never changes with the language; `key` is the letter
    that chooses it in a form, used by dispositions, and empty elsewhere.
    """

    value: str
    label_en: str = ""
    label_zh: str = ""
    key: str = ""

    @property
    def label(self) -> str:
        """The label in the current language; without one, the other label, then the value."""
        if language() == "zh" and self.label_zh:
            return self.label_zh
        return self.label_en or self.label_zh or self.value


def find_choice(choices: Iterable[Choice], text: str) -> Choice | None:
    """The choice that `text` names by its value or by a label of either language, if any.

    Upper and lower case are the same. A value wins over a label of another choice.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return None
    by_label = None
    for choice in choices:
        if choice.value.casefold() == wanted:
            return choice
        labels = (choice.label_en.casefold(), choice.label_zh.casefold())
        if by_label is None and wanted in labels:
            by_label = choice
    return by_label


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: `source` is a file, "environment NAME", "command line" or "default".

    `line` counts from 1 in a file and is 0 elsewhere.
    """

    source: str = "default"
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source

    @property
    def label(self) -> str:
        """The same for a reader, in the current language."""
        if self.source.startswith(_ENVIRONMENT):
            name = self.source.removeprefix(_ENVIRONMENT)
            return _("environment {name}").format(name=name)
        return _(str(self)) if self.source in _PLACES else str(self)


_ENVIRONMENT = "environment "
_PLACES = (N_("default"), N_("command line"))
DEFAULT_ORIGIN = Origin()


@dataclass(frozen=True, slots=True)
class Database:
    """Where the customers are kept."""

    url: str
    backups: Path


@dataclass(frozen=True, slots=True)
class General:
    """Country, language and dates. `home_country` is an ISO 3166 code, never "auto"."""

    home_country: str
    language: str
    time_zone: str
    date_style: str
    keep_deleted_days: int


@dataclass(frozen=True, slots=True)
class Ui:
    """How the app looks and which terminal features it asks for."""

    theme: str
    themes_dir: Path
    columns: tuple[str, ...]
    follow_up_fields: tuple[str, ...]
    mouse: bool
    kitty_keys: bool
    animations: bool


@dataclass(frozen=True, slots=True)
class Picklists:
    """The values that picklist fields offer, in the order in which they are offered."""

    statuses: tuple[Choice, ...]
    categories: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    dispositions: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the program keeps what is not customer data."""

    state_dir: Path
    log_file: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, `file` they were read from (None without one) and the origin of each key.

    `keymap` holds only what the user wrote: action id -> keys; `tui_crm.keys.keymap` completes it.
    """

    database: Database
    general: General
    ui: Ui
    picklists: Picklists
    paths: Paths
    keymap: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    file: Path | None = None
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}))

    def origin(self, key: str) -> Origin:
        """Where the value of the dotted `key` came from."""
        return self.origins.get(key, DEFAULT_ORIGIN)

    def problem(self, key: str, message: str, hint: str = "") -> ConfigProblem:
        """A problem that a higher floor found with `key`, placed where its value was written."""
        origin = self.origin(key)
        return ConfigProblem(origin.source, origin.line, key, message, hint)
