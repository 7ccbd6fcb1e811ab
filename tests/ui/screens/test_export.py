"""Customers of the list written into a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.screens.hand import Hand, add, hand
from tui_crm.config import Settings
from tui_crm.core import history
from tui_crm.core.session import Session
from tui_crm.text.i18n import set_language
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask


@pytest.fixture(autouse=True)
def people(session: Session) -> None:
    """Three customers, two of them in Bern."""
    add(session, "Ada Lovelace", city="Bern", phones=("+44 20 7946 0958",))
    add(session, "Grete Müller", city="Bern")
    add(session, "Georg Müller", city="Lübeck")


async def write_to(user: Hand, path: Path, *what: str) -> None:
    """Answer where to, and what by the keys `what`."""
    box = await user.on(Ask)
    box.query_one("LineInput").value = str(path)  # type: ignore[attr-defined]
    await user.press("enter")
    if what:
        await user.on(Picker)
        await user.press(*what)


def names(path: Path) -> list[str]:
    """Who is in a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]


async def test_what_the_search_finds_is_exported_and_told_in_the_history(
    settings: Settings, session: Session, tmp_path: Path
) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await user.type("city:Bern")
        await user.sees("2 of 3")
        await user.press("alt+x")
        await write_to(user, tmp_path / "out.csv", "enter")
        await user.sees("2 rows written")
    assert sorted(names(tmp_path / "out.csv")) == ["Ada Lovelace", "Grete Müller"]
    told = history.change_sets(session)[0]
    assert (told.kind, told.done) == ("export", 2)
    assert told.summary == "2 customers to out.csv: city:Bern"
    undoable = history.last_undoable(session)
    assert undoable is not None and undoable.kind != "export"


async def test_the_marked_ones_are_exported(settings: Settings, tmp_path: Path) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await user.type("Georg")
        await user.sees("1 of 3")
        await user.press("tab", "space", "x")
        await write_to(user, tmp_path / "out.csv", "enter")
        await user.sees("1 row written")
    assert names(tmp_path / "out.csv") == ["Georg Müller"]


async def test_the_columns_of_the_list_are_exported_in_its_order(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    async with hand(settings, size=(100, 30)) as user:
        await user.type("city:Bern sort:-name")
        await user.sees("2 of 3")
        await user.press("alt+x")
        await write_to(user, out, "down", "down", "down", "enter")
        await user.sees("2 rows written")
    assert out.read_bytes().startswith(b"name,")  # without the mark, as it was chosen
    with out.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:4] == ["name", "organization", "phones", "emails"]
    assert [row[0] for row in rows] == ["Grete Müller", "Ada Lovelace"]


@pytest.fixture
def chinese() -> Iterator[None]:
    """A session in Chinese."""
    set_language("zh")
    yield
    set_language("en")


@pytest.mark.usefixtures("chinese")
async def test_headers_are_labels_in_a_chinese_session_and_names_by_choice(
    settings: Settings, tmp_path: Path
) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await user.type("Georg")
        for place, keys in (("labels.csv", []), ("names.csv", ["down"] * 5)):
            await user.press("alt+x")
            await write_to(user, tmp_path / place, *keys, "enter")
            await user.sees(place)
    heads = [
        (tmp_path / name).read_text(encoding="utf-8-sig").splitlines()[0]
        for name in ("labels.csv", "names.csv")
    ]
    assert heads[0].startswith("编号,客户编号,") and heads[1].startswith("name,organization,")


async def test_an_ending_that_is_no_format_is_refused(settings: Settings, tmp_path: Path) -> None:
    async with hand(settings, size=(100, 30)) as user:
        await user.type("Georg")
        await user.sees("1 of 3")
        await user.press("alt+x")
        await write_to(user, tmp_path / "out.doc")
        await user.sees("No format has the ending")
    assert not (tmp_path / "out.doc").exists()
