"""The import from the choice of a file to its undo, as somebody at the keyboard does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.hand import Hand, hand
from tests.ui.screens.piloting import until
from tui_crm.config import Settings
from tui_crm.core import customers
from tui_crm.core.rows import Value
from tui_crm.exchange.importing import apply_plan
from tui_crm.exchange.mapping import profiles
from tui_crm.search import all_ids
from tui_crm.ui.importing import work
from tui_crm.ui.screens.import_file import ImportFileScreen
from tui_crm.ui.screens.import_mapping import ImportMappingScreen
from tui_crm.ui.screens.import_plan import ImportPlanScreen
from tui_crm.ui.screens.import_reading import ImportReadingScreen
from tui_crm.ui.screens.import_result import ImportResultScreen
from tui_crm.ui.screens.import_row import ImportRowScreen
from tui_crm.ui.screens.search import SearchScreen
from tui_crm.ui.widgets.picker import Picker

SHEET = """\
Name,E-mail,Status,Birthday,City
Ada Lovelace,ada@x.ch,lead,1990-01-31,London
Bob Builder,bob@x.ch,odd,,Basel
Cyd Charisse,cyd@x.ch,odd,,Paris
Dan Brown,dan@x.ch,lead,31 Foo,Exeter
王小明,wang@x.cn,active,,上海市
"""


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn: an import is where they are driven hardest."""
    return str(request.param)


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A table with three rows that have something wrong."""
    path = tmp_path / "fair.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def everybody(working_as: WorkingAs) -> dict[Value, dict[str, Value]]:
    with working_as() as session:
        found = [customers.get(session, id_).values for id_ in all_ids(session, "")]
        return {values["name"]: dict(values) for values in found}


async def read(user: Hand, path: Path) -> ImportReadingScreen:
    """Choose the file and look at how it was read."""
    await user.press("f10")
    await user.on(ImportFileScreen)
    await user.type(str(path))
    await user.press("enter")
    await user.on(ImportReadingScreen)
    screen = user.app.screen
    assert isinstance(screen, ImportReadingScreen)
    return screen


async def mapped(user: Hand, path: Path) -> ImportMappingScreen:
    """Choose the file and look at its columns."""
    await read(user, path)
    await user.press("f5")
    return await user.on(ImportMappingScreen)


async def planned(user: Hand, path: Path) -> ImportPlanScreen:
    """Choose the file and look at what will become of its rows."""
    await mapped(user, path)
    await user.press("f5")
    return await counted(user)


async def counted(user: Hand) -> ImportPlanScreen:
    """Wait for the plan."""
    screen = await user.on(ImportPlanScreen)
    await until(user.pilot, lambda: not screen.counting)
    await until(user.pilot, lambda: not screen.rows.row_count() or screen.rows.current is not None)
    return screen


async def imported(user: Hand, many: int) -> None:
    """Import what is planned, and wait until so many are."""
    await user.press("ctrl+s", "y")
    await user.on(ImportResultScreen)
    await user.sees(f"{many} imported")


async def test_a_file_is_looked_at_mended_imported_and_undone(
    settings: Settings, sheet: Path, working_as: WorkingAs
) -> None:
    async with hand(settings) as user:
        screen = await planned(user, sheet)
        await user.sees("2 new")
        await user.sees("3 refused")
        # The same mistake everywhere, by one answer.
        await user.press("x")
        await user.sees("everywhere")
        await user.type("dormant")
        await user.press("enter")
        await user.on(ImportPlanScreen)
        await until(user.pilot, lambda: screen.rows.row_count() == 1 and not screen.counting)
        await user.sees("4 new")
        # A single cell, in the row.
        await counted(user)
        await user.press("enter")
        await user.on(ImportRowScreen)
        await user.sees("31 Foo")
        await user.press("e")
        await user.press("ctrl+u")
        await user.type("2001-02-03")
        await user.press("enter")
        await user.on(ImportPlanScreen)
        await user.sees("5 new")
        await counted(user)
        await user.press("ctrl+s")
        await user.sees("New customers: 5")
        await user.press("escape")
        await imported(user, 5)
        found = everybody(working_as)
        assert found["Bob Builder"]["status"] == found["Cyd Charisse"]["status"] == "dormant"
        assert found["Dan Brown"]["birthday"] == "2001-02-03"
        assert found["王小明"]["city"] == "上海市"
        await user.press("u")
        await user.sees("undo it")
        await user.press("y")
        await user.sees("undone")
        assert everybody(working_as) == {}
        await user.press("escape")
        await user.on(SearchScreen)


async def test_a_problem_shows_its_rows_and_a_customer_where_a_value_came_from(
    settings: Settings, sheet: Path
) -> None:
    async with hand(settings) as user:
        screen = await planned(user, sheet)
        await user.press("shift+tab", "enter")
        await until(user.pilot, lambda: screen.rows.row_count() == 2)
        await user.sees("●     2  Status")
        await user.sees("r 3 refused")
        await user.press("r")
        await until(user.pilot, lambda: screen.rows.row_count() == 3)
        await imported(user, 2)
        await user.press("enter")
        await user.on(ImportRowScreen)
        assert "Mend" not in user.text  # it is over
        await user.press("escape", "f4")
        await user.sees("Import of fair.csv")
        await user.press("enter")
        await user.sees("in the app · fair.csv row 2")
        await user.press("down")
        await user.sees("in the app · fair.csv row 6")


async def test_what_stays_wrong_goes_into_a_file_that_imports_again(
    settings: Settings, sheet: Path, working_as: WorkingAs
) -> None:
    errors = sheet.with_name("fair.csv.errors.csv")
    async with hand(settings) as user:
        await planned(user, sheet)
        await imported(user, 2)
        content = errors.read_text(encoding="utf-8-sig")
        assert content.splitlines()[0].endswith("City,crm_error,crm_line")
        errors.write_text(content.replace("odd", "lost").replace("31 Foo", ""), encoding="utf-8")
        await user.press("n")
        await user.on(ImportFileScreen)
        await user.press("enter")
        await user.on(ImportReadingScreen)
        await user.press("f5")
        await user.press("f5")
        await counted(user)
        await user.sees("3 new")
        await imported(user, 3)
        assert len(everybody(working_as)) == 5
        await user.press("escape")
        sheet.write_text(f"{SHEET}Eve Newman,,lead,,Bern\n", encoding="utf-8")
        await planned(user, sheet)
        await user.press("ctrl+s")
        await user.sees("A file of this name was imported on")
        await user.press("escape")


async def test_the_mapping_is_changed_by_key_and_remembered(
    settings: Settings, sheet: Path, working_as: WorkingAs
) -> None:
    async with hand(settings) as user:
        await mapped(user, sheet)
        await user.press("end", "d")  # the city is left out
        await user.sees("left out")
        await user.press("c")
        await user.type("country")
        await user.press("enter")
        await user.type("CH")
        await user.press("enter")
        await user.sees("(every row)")
        await user.press("m")
        await user.type("others are new")
        await user.press("enter")
        await user.sees("known customers change, others are new")
        await user.press("w")
        await user.type("Fair")
        await user.press("enter")
        await user.sees("Kept")
        await user.press("escape", "escape", "escape")
        await user.on(SearchScreen)
        await mapped(user, sheet)
        await user.sees("As it was kept as “Fair”")
        await user.sees("(every row)")
        await user.press("f5")
        await counted(user)
        await imported(user, 2)
    with working_as() as session:
        assert profiles.by_name(session.settings, "fair").mode == "upsert"
    ada = everybody(working_as)["Ada Lovelace"]
    assert (ada["city"], ada["country"]) == ("", "CH")


async def test_the_reading_is_changed_with_the_rows_in_view(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("姓名;城市\n王小明;上海市\n".encode("gb18030"))
    async with hand(settings) as user:
        screen = await read(user, path)
        await user.sees("gb18030")
        await user.sees("王小明")
        await user.press("e")
        await user.type("cp1252")
        await user.press("enter")
        await until(user.pilot, lambda: screen.reading.encoding == "cp1252")
        assert "王小明" not in user.text
        await user.press("e")
        await user.type("gb18030")
        await user.press("enter")
        await user.sees("王小明")
        await user.press("h")
        await user.type("none")
        await user.press("enter")
        await user.sees("Column 1")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.csv", b"", "empty"),
        ("page.csv", b"<html><body>x</body></html>", "web page"),
        ("broken.xlsx", b"PK\x03\x04 nothing", "cannot be read as a workbook"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n", "neither a table"),
    ],
)
async def test_a_bad_file_is_named_and_the_screen_stays(
    settings: Settings, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    async with hand(settings) as user:
        await user.press("f10")
        await user.type(str(tmp_path / name))
        await user.press("enter")
        await user.sees(told)
        await user.on(ImportFileScreen)
        await user.press("ctrl+u")
        await user.type("/nowhere/at/all.csv")
        await user.press("enter")
        await user.sees("There is no folder")


async def test_the_path_is_completed(settings: Settings, sheet: Path) -> None:
    async with hand(settings) as user:
        await user.press("f10")
        await user.type("~/fa")
        await user.sees("fair.csv")
        await user.press("tab")
        screen = user.app.screen
        assert isinstance(screen, ImportFileScreen)
        assert screen.field.value == "~/fair.csv"
        await user.press("enter")
        await user.on(ImportReadingScreen)


@dataclass(frozen=True)
class Gate:
    """Holds an import up after it has `begun`, until it is `opened`."""

    begun: Event
    opened: Event


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate in front of the writing of an import."""
    gate = Gate(Event(), Event())

    def slowly(*arguments: Any, **options: Any) -> Any:
        gate.begun.set()
        assert gate.opened.wait(30)
        return apply_plan(*arguments, **options)

    monkeypatch.setattr(work, "apply_plan", slowly)
    return gate


async def test_the_app_is_used_while_an_import_runs(
    settings: Settings, sheet: Path, gate: Gate, working_as: WorkingAs
) -> None:
    async with hand(settings) as user:
        await planned(user, sheet)
        await user.press("ctrl+s")
        await user.press("y")
        await until(user.pilot, gate.begun.is_set)
        await user.press("f3")
        await user.on(SearchScreen)
        gate.opened.set()
        await user.sees("fair.csv is imported: 2 done, 3 refused")
        await user.press("f10")
        await user.on(ImportResultScreen)
        await user.sees("2 imported")
    assert len(everybody(working_as)) == 2


async def test_an_import_that_is_stopped_leaves_nothing_and_the_plan(
    settings: Settings, sheet: Path, gate: Gate, working_as: WorkingAs
) -> None:
    async with hand(settings) as user:
        await planned(user, sheet)
        await user.press("ctrl+s")
        await user.press("y")
        await until(user.pilot, gate.begun.is_set)
        await user.press("escape")
        await user.press("s")
        gate.opened.set()
        run = user.app.import_run
        assert run is not None
        await until(user.pilot, lambda: run.state == "failed")
        await user.press("escape")
        await user.on(ImportPlanScreen)
        await user.sees("2 new")
        assert everybody(working_as) == {}
        await imported(user, 2)
    assert len(everybody(working_as)) == 2


async def test_a_column_is_divided_by_a_key_and_made_whole_again(
    settings: Settings, tmp_path: Path, working_as: WorkingAs
) -> None:
    path = tmp_path / "places.csv"
    path.write_text("Name,Ort\nAda,8001 Zürich\nBob,3000 Bern\n", encoding="utf-8")
    async with hand(settings) as user:
        screen = await mapped(user, path)
        await user.press("down", "s")
        await user.on(Picker)
        await user.sees("8001 │ Zürich")
        await user.press("enter")
        await user.on(ImportMappingScreen)
        await user.sees("Postcode + City")
        await user.sees("8001 │ Zürich ·")
        await user.press("s")
        await user.on(Picker)
        await user.type("undivided")
        await user.press("enter")
        await user.on(ImportMappingScreen)
        assert not screen._job.mapping.all[1].template
        await user.press("s")
        await user.on(Picker)
        await user.type("8001 │")
        await user.press("enter")
        await user.on(ImportMappingScreen)
        await user.press("f5")
        await counted(user)
        await imported(user, 2)
    found = everybody(working_as)
    assert (found["Ada"]["postcode"], found["Ada"]["city"]) == ("8001", "Zürich")
