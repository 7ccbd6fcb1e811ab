"""Take the pictures of docs/pictures from the program itself, on sample data.

    python tools/make_pictures.py [NAME ...]

Needs the dev extra and, to look right, DejaVu Sans Mono and a CJK font (on Debian:
fonts-dejavu-core, fonts-wqy-microhei). Without names all pictures are taken.
"""

from __future__ import annotations

import shutil
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
TABLES = ROOT / "tools" / "pictures"
CRM = [sys.executable, "-m", "tui_crm"]
CUSTOMERS = 5000

_SEES = "sees:"


@dataclass(frozen=True)
class Picture:
    """A picture: what is pressed, and the text that shows that the screen is complete.

    A key that begins with `_SEES` is no key: the rest of it must be on the screen first.
    """

    name: str
    keys: Sequence[str]
    until: str
    columns: int = 120
    rows: int = 34
    theme: str = "midnight"
    language: str = "en"
    twice: bool = False  # on the small database with people who are in it twice


_TO_MAPPING = ("f10", "fair.csv", "enter", "f5")
_TO_STATUS = ("down", "down", "enter")

ALL = (
    Picture("search", ["muller"], "Last"),
    Picture("search-pinyin", ["zhang"], "customers", columns=80, rows=24, theme="paper"),
    Picture("customer", ["C100003", "enter"], "Timeline"),
    Picture("call", ["ward", "ctrl+l", "r", "2"], "+2d", columns=100, rows=28),
    Picture("batch", ["muller", "ctrl+b", *_TO_STATUS, "dorm", "enter", "f5"], "will change"),
    Picture("today", ["f2"], "Overdue"),
    Picture("history", ["f4"], "Customer", theme="celadon"),
    Picture("settings", ["f9"], "celadon", theme="fjord"),
    Picture("chinese", ["zhang"], "公司", language="zh", theme="ink"),
    Picture("import-mapping", [*_TO_MAPPING], "99%", rows=20, theme="fjord"),
    Picture("import-plan", [*_TO_MAPPING, "f5", "y"], "refused", rows=20, theme="fjord"),
    Picture("duplicates", ["\x1bw"], "the same", rows=22, theme="paper", twice=True),
    Picture(
        "merge", ["\x1bw", f"{_SEES}the same", "enter"], "stays", rows=22, theme="paper", twice=True
    ),
)


def take(picture: Picture, folder: Path) -> Path:
    """Take one picture; gives its file."""
    config = folder / f"{picture.name}.toml"
    config.write_text(
        f'[database]\nurl = "{_url(folder, twice=picture.twice)}"\n'
        f'[general]\nhome_country = "DE"\nlanguage = "{picture.language}"\n'
        f'[ui]\ntheme = "{picture.theme}"\n'
        f'[paths]\nstate_dir = "{folder}/{picture.name}"\nlog_file = "{folder}/crm.log"\n',
        encoding="utf-8",
    )
    environment = {"LANG": "C.UTF-8", "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    argv = [*CRM, "--config", str(config), "--as", "ana"]
    with Terminal(argv, picture.columns, picture.rows, environment, cwd=folder) as terminal:
        terminal.wait_until(lambda: "●" in terminal.text(), "the list", 20)
        for keys in picture.keys:
            if keys.startswith(_SEES):
                terminal.wait_for(keys.removeprefix(_SEES), 30)
                continue
            terminal.press(keys)
            terminal.settle(0.5)
        terminal.wait_for(picture.until, 30)
        terminal.settle(0.6)
        file = PICTURES / f"{picture.name}.png"
        terminal.picture(file)
    return file


def prepare(folder: Path) -> None:
    """Make the databases, and the file of the pictures of an import."""
    shutil.copy(TABLES / "fair.csv", folder)
    sample = ["--db", _url(folder), "--as", "ana"]
    subprocess.run([*CRM, *sample, "demo", "--customers", str(CUSTOMERS)], check=True)
    twice = ["--db", _url(folder, twice=True), "--as", "ana"]
    subprocess.run([*CRM, *twice, "demo", "--customers", "200"], check=True)
    table = str(TABLES / "twice.csv")
    subprocess.run([*CRM, *twice, "import", table, "--mode", "create", "--yes"], check=True)


def _url(folder: Path, *, twice: bool = False) -> str:
    return f"sqlite:///{folder}/{'twice' if twice else 'sample'}.db"


def main(names: Sequence[str]) -> None:
    """Take the pictures of these names, or all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        for picture in ALL:
            if not names or picture.name in names:
                sys.stdout.write(f"{take(picture, folder).relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
