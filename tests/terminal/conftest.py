"""The real `crm` in a real terminal, on a database of either engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.harness import Terminal
from tui_crm.core.changes import Create, Request, apply
from tui_crm.core.session import Session

ROOT = Path(__file__).resolve().parents[2]
READY = "customers"
"""Stands beside the search field once the first answer is there."""

Start = Callable[..., Terminal]


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Customers by name, on the database of `session`."""
    people = {
        "Ada Lovelace": {"phones": ("+44 20 7946 0958",), "city": "London", "status": "lead"},
        "Grete Müller": {"phones": ("0451 371-1024",), "emails": ("grete@example.com",)},
        "王小明": {"phones": ("138 1234 5678",), "organization": "北京德利智能科技有限公司"},
        **{f"Customer {n:02}": {"city": "Bern", "title": "Buyer"} for n in range(40)},
    }
    made = apply(session, Request([Create({"name": n, **v}) for n, v in people.items()], "create"))
    return dict(zip(people, made.record_ids, strict=True))


@pytest.fixture
def crm(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """`crm(columns=80, rows=24, **env)` starts the program as ana; all are ended with the test."""
    started: list[Terminal] = []

    def start(columns: int = 80, rows: int = 24, login: str = "ana", **env: str) -> Terminal:
        argv = [sys.executable, "-m", "tui_crm", "--db", database_url, "--as", login]
        variables = {
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            **env,
        }
        terminal = Terminal(argv, columns, rows, env=variables, cwd=tmp_path)
        started.append(terminal)
        return terminal

    yield start
    for terminal in started:
        terminal.kill()


@pytest.fixture
def draft_text(tmp_path: Path) -> Callable[[], str]:
    """What the drafts on the disk hold."""

    def read() -> str:
        folder = tmp_path / "state" / "crm" / "drafts"
        return "".join(path.read_text("utf-8") for path in folder.glob("*/*.json"))

    return read
