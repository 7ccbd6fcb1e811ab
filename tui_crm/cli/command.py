"""One call of the command: its common options, its settings and its open database."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tui_crm.text.i18n import _, set_language

if TYPE_CHECKING:
    from tui_crm.config import ConfigProblem, Settings
    from tui_crm.core.session import Face, Session

_WAIT = 600.0  # seconds that a script waits for others who write


class Command:
    """What the common options say. Settings and database are opened when they are asked for."""

    def __init__(self, config: str = "", db: str = "", login: str = "") -> None:
        self.config = config
        self.db = db
        self.login = login
        self._session: Session | None = None

    @cached_property
    def settings(self) -> Settings:
        """The settings, whose language holds from now on; `ConfigError` if they are wrong."""
        from tui_crm.config import load

        settings = load(self._config_path, os.environ, self._overrides)
        self._speak(settings)
        return settings

    def inspect(self) -> tuple[Settings, tuple[ConfigProblem, ...]]:
        """The settings and everything that is wrong with them."""
        from tui_crm.config import inspect

        settings, problems = inspect(self._config_path, os.environ, self._overrides)
        self._speak(settings)
        return settings, problems

    def speak(self) -> None:
        """Use the language of the settings, as far as they can be read."""
        from tui_crm.config import inspect

        self._speak(inspect(self._config_path, os.environ, self._overrides)[0])

    def session(self, face: Face = "cli") -> Session:
        """The open database with the user at work; a new or an older database is brought up.

        What was done to the database is told on stderr, so that a mistyped address is noticed.
        """
        if self._session is None:
            from tui_crm.core.session import open_session

            self._session = open_session(self.settings, login=self.login or None, face=face)
            self._wait_patiently(self._session)
            self._tell_opening(self._session)
        return self._session

    @property
    def log_file(self) -> Path:
        """Where unexpected errors go; known even when the settings are not."""
        from tui_crm.errors import CrmError

        try:
            return self.settings.paths.log_file
        except CrmError:
            return Path.home() / ".local" / "state" / "crm" / "crm.log"

    def close(self) -> None:
        """Close the database, if one was opened."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def _config_path(self) -> Path | None:
        return Path(self.config) if self.config else None

    @property
    def _overrides(self) -> dict[str, str]:
        return {"database.url": self.db} if self.db else {}

    def _speak(self, settings: Settings) -> None:
        language = settings.general.language
        set_language(None if language == "auto" else language)

    def _wait_patiently(self, session: Session) -> None:
        """Wait for others who write: at a terminal until Ctrl+C, else for some minutes."""
        from tui_crm.cli.output import note
        from tui_crm.store import Holder, Patience

        told: set[Holder] = set()

        def notice(holder: Holder) -> None:
            if holder in told:
                return
            told.add(holder)
            since = holder.since.astimezone(session.zone)
            text = _("{who} has been writing since {time}; waiting. Ctrl+C gives up.")
            note(text.format(who=holder.who or _("Another program"), time=f"{since:%H:%M:%S}"))

        limit = None if sys.stderr.isatty() else _WAIT
        session.db.waits.usual = Patience(notice, limit=limit)

    def _tell_opening(self, session: Session) -> None:
        from tui_crm.core.session import opening_words

        if words := opening_words(session):
            print(*words, sep="\n", file=sys.stderr)
