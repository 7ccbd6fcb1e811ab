"""The progress line of long commands."""

from __future__ import annotations

import io

import pytest

from tui_crm.cli import output


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_says_how_long_it_will_take_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    terminal = _Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(output, "monotonic", lambda: now)
    with output.counter("客户") as progress:
        progress(0, 50_000)
        now += 10
        progress(5_000, 50_000)
        progress(50_000, 50_000)
    lines = terminal.getvalue().split("\r")[1:]
    assert [line.rstrip() for line in lines[:3]] == [
        "客户 0 of 50 000",
        "客户 5 000 of 50 000 · 1:30 left",
        "客户 50 000 of 50 000",
    ]
    # Each line covers the one before; at the end nothing is left.
    assert len(lines[2]) == len(lines[1])
    assert lines[3:] == [" " * len("xxxx 50 000 of 50 000"), ""]
