"""Other programs on the same database: subprocesses that run a few lines of Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Program:
    """A running subprocess that executes `code`; it prints "ready" and waits for `go`.

    `code` sees `url`, and `ready()`, which it calls once it is prepared.
    """

    def __init__(self, code: str, url: str) -> None:
        prelude = (
            "import sys\n"
            "url = sys.argv[1]\n"
            "def ready():\n"
            "    print('ready', flush=True)\n"
            "    sys.stdin.readline()\n"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", prelude + code, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def wait_ready(self) -> None:
        """Return when the program is prepared."""
        assert self.line() == "ready", self._process.communicate()[1]

    def go(self) -> None:
        """Let it do its work."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def line(self) -> str:
        """Its next line of output; empty when it has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def kill(self) -> None:
        """End it at once, as by kill -9."""
        self._process.kill()
        self._process.wait()

    def finish(self) -> str:
        """Wait for its end; gives what it printed. A program that failed fails the test."""
        output, errors = self._process.communicate(timeout=60)
        assert self._process.returncode == 0, errors
        return output.strip()


def together(code: str, url: str, n: int) -> list[str]:
    """Run `n` programs with the same code at the same moment; gives what each printed."""
    programs = [Program(code, url) for _ in range(n)]
    for program in programs:
        program.wait_ready()
    for program in programs:
        program.go()
    return [program.finish() for program in programs]
