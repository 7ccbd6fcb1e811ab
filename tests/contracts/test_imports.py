"""What a static graph cannot see: which libraries are loaded when the program does a thing.

Each of them costs a start that the user waits for: Textual 250 ms, psycopg 150, Peewee 60.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def loaded_by(code: str, *arguments: str) -> set[str]:
    """The top-level packages that are loaded after `code` ran in a fresh interpreter."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "CRM_"))}
    environment["HOME"] = os.devnull  # nobody's own crm.toml
    report = "\nimport sys\nprint('LOADED', *{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code + report, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("LOADED ")[2].split())


def test_rows_and_fields_load_no_database() -> None:
    loaded = loaded_by("import tui_crm.core.rows, tui_crm.core.fields, tui_crm.core.session")
    assert not loaded & {"peewee", "sqlite3", "psycopg", "textual", "rich"}


def test_sqlite_loads_no_other_driver(tmp_path: Path) -> None:
    code = "import sys\nfrom tui_crm.store import open_database\nopen_database(sys.argv[1]).close()"
    loaded = loaded_by(code, f"sqlite:///{tmp_path / 'crm.db'}")
    assert "peewee" in loaded
    assert not loaded & {"psycopg", "psycopg2", "pymysql", "textual", "rich"}


def test_postgres_can_be_opened_after_sqlite(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from tui_crm.errors import DatabaseUnreachable\n"
        "from tui_crm.store import open_database\n"
        "open_database(sys.argv[1]).close()\n"
        "try:\n"
        "    open_database('postgresql://127.0.0.1:1/crm')\n"
        "except DatabaseUnreachable as error:\n"
        "    assert '127.0.0.1:1' in error.message, error.message\n"
    )
    assert "psycopg" in loaded_by(code, f"sqlite:///{tmp_path / 'crm.db'}")


def test_searching_from_the_command_line_loads_no_screen(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from tui_crm.__main__ import main\n"
        "main(['--db', sys.argv[1], 'search', 'nobody'])\n"
    )
    loaded = loaded_by(code, f"sqlite:///{tmp_path / 'crm.db'}")
    assert not loaded & {"textual", "rich", "psycopg", "pypinyin", "phonenumbers"}


def test_the_floors_hold() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-logo", "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout
