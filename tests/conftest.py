"""What all tests share: a fresh database on both engines, and sessions on it.

A fresh database is a copy of a migrated one, a file copy on SQLite and `CREATE DATABASE ...
TEMPLATE` on PostgreSQL, so that it costs milliseconds. Each pytest worker runs a PostgreSQL server
of its own, which starts with the first test that needs it. Without PostgreSQL these tests fail:
half of the promise is not tested otherwise.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.postgres_server import Server, running_server

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.core.session import Session

hypothesis_settings.register_profile(
    "default",
    deadline=None,  # other work on the machine must not fail a test
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.register_profile(
    "ci",
    hypothesis_settings.get_profile("default"),
    derandomize=True,
    print_blob=True,
)
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "default")

TEMPLATE = "crm_template"
_database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A running PostgreSQL server."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    """The name of a migrated PostgreSQL database that is only copied."""
    name = f"{TEMPLATE}_{os.getpid()}"
    with _new_postgres_database(postgres_server, name) as url:
        _migrate(url)
        yield name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that is only copied."""
    path = tmp_path_factory.mktemp("template") / "crm.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'crm.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    with _new_postgres_database(server, _fresh_name()) as url:
        yield url


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh, migrated database without any row."""
    if engine == "sqlite":
        path = tmp_path / "crm.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    with _new_postgres_database(server, _fresh_name(), template) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The default settings, with every path inside the test's own folder."""
    return settings_for(database_url, tmp_path)


def settings_for(database_url: str, folder: Path) -> Settings:
    """The default settings for a database, with every path inside `folder`."""
    from tui_crm.config import load

    return load(
        None,
        env={
            "HOME": str(folder),
            "CRM_DB": database_url,
            "LANG": "en_GB.UTF-8",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
        },
    )


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    """A session of ana, the administrator, who sees everything."""
    from tui_crm.core.session import Session
    from tui_crm.store import open_database

    db = open_database(settings.database.url, settings=settings)
    try:
        yield Session(db, settings, add_user("ana"))
    finally:
        db.close()


@pytest.fixture
def make_session(session: Session) -> Callable[..., Session]:
    """`make_session(login, role="agent", scope="all", teams=())`: another user's session.

    It shares the database of `session`, as the tabs of one program would; `teams` are names.
    """
    from dataclasses import replace

    def make(login: str, role: str = "agent", scope: str = "all", teams: Any = ()) -> Session:
        return replace(session, viewer=add_user(login, role, scope, teams))

    return make


def add_user(login: str, role: str = "admin", scope: str = "all", teams: Any = ()) -> Any:
    """Make a user, and their teams where they are new, in the open database; gives the viewer."""
    from tui_crm.core.rows import Viewer
    from tui_crm.store.people import Team, TeamMember, User
    from tui_crm.text.dates import utc_now

    user, _new = User.get_or_create(
        login=login,
        defaults={
            "name": login.capitalize(), "role": role, "scope": scope, "created_at": utc_now()
        },
    )  # fmt: skip
    ids = []
    for name in teams:
        team, _new = Team.get_or_create(name=name)
        TeamMember.get_or_create(team=team, user=user)
        ids.append(team.id)
    return Viewer(user.id, login, user.name, user.role, user.scope, tuple(ids))


def _migrate(url: str) -> None:
    from tui_crm.store import connect
    from tui_crm.store.migrate import ensure_schema

    db = connect(url)
    ensure_schema(db)
    db.close()


def _fresh_name() -> str:
    return f"crm_test_{os.getpid()}_{next(_database_numbers)}"


class _new_postgres_database:  # noqa: N801 - used like a function
    """A database for as long as the block lasts; the value is its address."""

    def __init__(self, server: Server, name: str, template: str = "template0") -> None:
        self.server, self.name, self.template = server, name, template

    def __enter__(self) -> str:
        self._run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}" ENCODING \'UTF8\'')
        return self.server.url(self.name)

    def __exit__(self, *_error: object) -> None:
        self._run(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _run(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)
