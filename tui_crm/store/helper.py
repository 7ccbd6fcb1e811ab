"""A process of ours beside the program, for work that keeps a processor busy for long."""

from __future__ import annotations

import marshal
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from tui_crm.errors import CrmError
from tui_crm.text.i18n import _

_AHEAD = 3  # values that are held until the process takes them


class Helper:
    """A process that runs a module of ours, is sent plain values, as `marshal` takes them, and
    gives such values back if it `gives` any.

    `send` waits only while it is some values behind, so that neither waits for the other all the
    time. Where the process failed, whatever comes next raises `CrmError`.
    """

    def __init__(self, module: str, *arguments: str, gives: bool = False) -> None:
        # Not multiprocessing: it would run the program's main module anew.
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if gives else None,
        )
        self._sent: queue.Queue[bytes | None] = queue.Queue(_AHEAD)
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._broken = False
        works = [self._write, self._read] if gives else [self._write]
        self._threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def send(self, value: Any) -> None:
        """Hand over a value."""
        if self._broken:
            raise _failed()
        self._sent.put(marshal.dumps(value))

    def is_ready(self) -> bool:
        """Whether what it gives next is there."""
        return not self._given.empty()

    def given(self) -> Any:
        """What it gave next, which is never None; waits for it."""
        value = self._given.get()
        if value is None:
            raise _failed()
        return value

    def finish(self) -> None:
        """Wait until it has ended by itself."""
        if self._process.wait() != 0:
            raise _failed()

    def close(self) -> None:
        """End it, if it has not ended."""
        self._process.kill()
        self._process.wait()
        self._sent.put(None)
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        target = self._process.stdin
        assert target is not None
        try:
            while (data := self._sent.get()) is not None:
                target.write(data)
                target.flush()
        except BrokenPipeError:
            self._broken = True
            while self._sent.get() is not None:
                pass  # whoever sends more is not to wait for ever
        with suppress(BrokenPipeError):
            target.close()

    def _read(self) -> None:
        source = self._process.stdout
        assert source is not None
        with source, suppress(EOFError, ValueError, TypeError):
            while True:
                self._given.put(marshal.load(source))
        self._given.put(None)


def _failed() -> CrmError:
    return CrmError(
        _("The search index could not be built."),
        _("Look for free memory and disk space, then run `crm doctor --fix`."),
    )
