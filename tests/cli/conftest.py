"""The command, called in this process on a fresh database of either engine."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tui_crm.__main__ import main
from tui_crm.text import i18n

# Everything that acts on a terminal or turns text round; line feeds and tabs are text.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Result:
    """What a call printed and its exit code."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on the standard output."""
        return [json.loads(line) for line in self.out.splitlines()]


Crm = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in which every path of the program lies in the test's folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("CRM_CONFIG", "CRM_DB", "CRM_DEBUG", "LC_ALL", "LC_MESSAGES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "LANG": "en_GB.UTF-8",
        "LOGNAME": "ana",
        "USER": "ana",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def call(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crm]:
    """`call("search", "ana")`: the command without a database chosen."""

    def run(*arguments: str, code: int | None = 0, stdin: str = "") -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        found = main(list(arguments))
        captured = capsys.readouterr()
        assert not CONTROLS.search(captured.out), captured.out
        assert not CONTROLS.search(captured.err), captured.err
        if code is None:  # whatever comes of it, but no defect of the program
            assert found != 1, (arguments, captured.err)
        else:
            assert found == code, (arguments, captured.out, captured.err)
        return Result(found, captured.out, captured.err)

    yield run
    i18n.set_language("en")


@pytest.fixture
def crm(call: Crm, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """`crm("search", "ana")`: the command on a fresh database; asserts the exit code."""
    monkeypatch.setenv("CRM_DB", database_url)
    return call
