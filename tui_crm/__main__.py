"""The `crm` command: `crm` opens the app, `crm VERB` does one thing and prints it."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (without the program's name); gives the exit code."""
    from tui_crm.cli.dispatch import run

    return run(sys.argv[1:] if argv is None else list(argv))


if __name__ == "__main__":
    sys.exit(main())
