"""Take the pictures of docs/pictures from the program itself, on sample data.

    python tools/make_pictures.py [NAME ...]

Needs the dev extra and, to look right, DejaVu Sans Mono and a CJK font (on Debian:
fonts-dejavu-core, fonts-wqy-microhei). Without names all pictures are taken.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.terminal.harness import Terminal  # noqa: E402 - the path must be set first

PICTURES = ROOT / "docs" / "pictures"
CRM = [sys.executable, "-m", "tui_crm"]
CUSTOMERS = 5000


@dataclass(frozen=True)
class Picture:
    """A picture: what is pressed, and the text that shows that the screen is complete."""

    name: str
    keys: Sequence[str]
    until: str
    columns: int = 120
    rows: int = 34
    theme: str = "midnight"
    language: str = "en"


_TO_STATUS = ("down", "down", "enter")

ALL = (
    Picture("search", ["muller"], "Last"),
    Picture("search-pinyin", ["zhang"], "customers", columns=80, rows=24, theme="paper"),
    Picture("customer", ["C100003", "enter"], "Timeline"),
    Picture("call", ["ward", "ctrl+l", "r", "2"], "+2d", columns=100, rows=28),
    Picture("batch", ["muller", "ctrl+b", *_TO_STATUS, "dorm", "enter", "f5"], "will change"),
    Picture("today", ["f2"], "Overdue"),
    Picture("history", ["f4"], "Whom", theme="celadon"),
    Picture("settings", ["f9"], "celadon", theme="fjord"),
    Picture("chinese", ["zhang"], "公司", language="zh", theme="ink"),
)


def take(picture: Picture, folder: Path) -> Path:
    """Take one picture; gives its file."""
    config = folder / f"{picture.name}.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{folder}/sample.db"\n'
        f'[general]\nhome_country = "DE"\nlanguage = "{picture.language}"\n'
        f'[ui]\ntheme = "{picture.theme}"\n'
        f'[paths]\nstate_dir = "{folder}/{picture.name}"\nlog_file = "{folder}/crm.log"\n',
        encoding="utf-8",
    )
    environment = {"LANG": "C.UTF-8", "HOME": str(folder)}
    argv = [*CRM, "--config", str(config), "--as", "ana"]
    with Terminal(argv, picture.columns, picture.rows, environment) as terminal:
        terminal.wait_until(lambda: "●" in terminal.text(), "the list", 20)
        for keys in picture.keys:
            terminal.press(keys)
            terminal.settle(0.5)
        terminal.wait_for(picture.until)
        terminal.settle(0.6)
        file = PICTURES / f"{picture.name}.png"
        terminal.picture(file)
    return file


def main(names: Sequence[str]) -> None:
    """Take the pictures of these names, or all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = ["--db", f"sqlite:///{folder}/sample.db", "--as", "ana"]
        demo = [*CRM, *database, "demo", "--customers", str(CUSTOMERS)]
        subprocess.run(demo, check=True)
        for picture in ALL:
            if not names or picture.name in names:
                sys.stdout.write(f"{take(picture, folder).relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
