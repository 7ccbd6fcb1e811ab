"""What is wrong with a file that a user wrote: file, line, key, and the way out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui_crm.errors import UsageError
from tui_crm.text.i18n import _, sentences


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing that is wrong in crm.toml, in a theme file or in the environment.

    `file` is the path as the user would name it (or "environment CRM_DB"), `line` counts from 1
    and is 0 where there is none, `key` is dotted ("ui.theme") or empty for the whole file.
    """

    file: str
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = [part for part in (place, self.key, self.message) if part]
        text = ": ".join(parts)
        return sentences(text, self.hint)


class ConfigError(UsageError):
    """Everything that is wrong with the configuration, one problem a line."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that offers the known spelling nearest to `word`, or "" when none is near."""
    # difflib costs milliseconds and is only needed once something is wrong.
    from difflib import get_close_matches

    by_folded = {name.casefold(): name for name in known}
    cutoff = 0.6 if word.isascii() else 0.5  # Chinese names have two characters
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    return _('Did you mean "{name}"?').format(name=by_folded[close[0]]) if close else ""
