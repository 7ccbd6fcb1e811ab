"""Drafts survive: a killed process, a full disk, another user at the same machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tui_crm.core import drafts
from tui_crm.core.session import Session

DATA = {"values": {"name": "张伟 \u202e", "tags": ["a"]}, "cursor": 3}


@pytest.fixture
def desk(tmp_path: Path) -> Session:
    """As much of a session as drafts look at."""
    return _desk(tmp_path)


def _desk(folder: Path, login: str = "ana") -> Session:
    found: Any = SimpleNamespace(
        db=SimpleNamespace(url="sqlite:////x/crm.db"),
        viewer=SimpleNamespace(login=login),
        settings=SimpleNamespace(paths=SimpleNamespace(state_dir=folder)),
    )
    return cast("Session", found)


def test_a_draft_is_kept_replaced_and_forgotten(desk: Session) -> None:
    drafts.save(desk, "edit", "7", "Ada", {"a": 1})
    drafts.save(desk, "edit", "7", "Ada", DATA)
    drafts.save(desk, "interaction", "x/../y", "Call", {}, parked=True)
    kept = {d.kind: d for d in drafts.load_all(desk)}
    assert (kept["edit"].data, kept["edit"].title, kept["edit"].parked) == (DATA, "Ada", False)
    assert kept["interaction"].parked
    assert kept["interaction"].key == "x/../y"
    drafts.discard(desk, "edit", "7")
    drafts.discard(desk, "edit", "7")
    assert [d.kind for d in drafts.load_all(desk)] == ["interaction"]


def test_drafts_are_private(desk: Session, tmp_path: Path) -> None:
    drafts.save(desk, "edit", "7", "Ada", DATA)
    (file,) = tmp_path.rglob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o077 == 0
    assert drafts.load_all(_desk(tmp_path, "bob")) == []


def test_damaged_files_do_not_hide_the_others(desk: Session, tmp_path: Path) -> None:
    drafts.save(desk, "edit", "7", "Ada", DATA)
    (file,) = tmp_path.rglob("*.json")
    for name, content in (
        ("cut", b'{"kind": "ed'),
        ("list", b"[1]"),
        ("empty", b""),
        ("bytes", b"\xff"),
    ):
        (file.parent / f"{name}.json").write_bytes(content)
    assert [d.key for d in drafts.load_all(desk)] == ["7"]


def test_a_killed_process_leaves_the_old_draft_or_the_new_one(
    desk: Session, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.core.test_drafts import _desk\n"
        "from tui_crm.core import drafts\n"
        "desk = _desk(Path(sys.argv[1])); n = 0\n"
        "while True:\n"
        "    n += 1; drafts.save(desk, 'edit', '7', 'Ada', {'n': n, 'pad': 'x' * 20000})\n"
        "    print(n, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    for wait_for in (1, 3, 8):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdout=subprocess.PIPE, text=True, cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip
        assert process.stdout is not None
        saved = 0
        while saved < wait_for:
            saved = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        saved = int(rest[-1]) if rest else saved
        (draft,) = drafts.load_all(desk)
        assert draft.data["n"] >= saved  # what was acknowledged is there, whole
        assert len(draft.data["pad"]) == 20_000
