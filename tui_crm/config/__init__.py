"""crm.toml: frozen settings that know which file and line they came from.

`load()` gives `Settings` or raises one `ConfigError` that lists everything wrong with the file;
`inspect()` gives both and never raises for what the file says. One table, `schema.KEYS`, drives
loading, validation, `crm.toml.example`, docs/configuration.md and `crm config show`.
"""

from tui_crm.config.load import inspect, load
from tui_crm.config.problems import ConfigError, ConfigProblem, nearest
from tui_crm.config.settings import Choice, Origin, Settings, find_choice

__all__ = [
    "Choice",
    "ConfigError",
    "ConfigProblem",
    "Origin",
    "Settings",
    "find_choice",
    "inspect",
    "load",
    "nearest",
]
