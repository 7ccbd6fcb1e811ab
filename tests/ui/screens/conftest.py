"""The screens are tested on one engine: what the engines do differently ends below the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.conftest import add_user
from tui_crm.config import Settings
from tui_crm.core.session import Session
from tui_crm.store import open_database

WorkingAs = Callable[..., AbstractContextManager[Session]]


@pytest.fixture
def engine() -> str:
    """SQLite."""
    return "sqlite"


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever a screen writes for the user lands in the test's folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def working_as(settings: Settings) -> WorkingAs:
    """`with working_as("bob") as session:` does something as a user before the app runs."""

    @contextmanager
    def work(login: str = "ana") -> Iterator[Session]:
        db = open_database(settings.database.url, settings=settings)
        try:
            add_user("ana")
            yield Session(db, settings, add_user(login))
        finally:
            db.close()

    return work
