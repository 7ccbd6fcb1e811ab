"""The screens of changes as a whole, character by character, in a small and a large terminal.

A picture is a text file in `pictures/`. After a change that is meant, run the tests with
UPDATE_PICTURES=1 and look at what became different.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.conftest import add_user
from tests.ui.screens.hand import Hand, add, edit, hand
from tests.ui.screens.piloting import lines
from tui_crm.config import Settings
from tui_crm.core import batch
from tui_crm.core.changes import Delete, Edit, Request, apply
from tui_crm.core.session import Session
from tui_crm.ui.screens.batch import BatchScreen
from tui_crm.ui.screens.batch_preview import BatchPreviewScreen
from tui_crm.ui.screens.bin import BinScreen
from tui_crm.ui.screens.changes import ChangesScreen
from tui_crm.ui.screens.changes_buckets import BucketsScreen
from tui_crm.ui.screens.conflict import BatchConflictScreen
from tui_crm.ui.screens.duplicates import DuplicatesScreen
from tui_crm.ui.screens.history import HistoryScreen
from tui_crm.ui.screens.history_then import ThenScreen
from tui_crm.ui.screens.import_mapping import ImportMappingScreen
from tui_crm.ui.screens.import_plan import ImportPlanScreen
from tui_crm.ui.screens.import_reading import ImportReadingScreen
from tui_crm.ui.screens.import_row import ImportRowScreen
from tui_crm.ui.screens.merging import MergingScreen
from tui_crm.ui.screens.new_customer import NewCustomerScreen
from tui_crm.ui.widgets.prompt import Ask, Confirm

PICTURES = Path(__file__).with_name("pictures")
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
FIRST = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_NOW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")

pytestmark = SIZES


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Four customers who moved, were tagged, and of whom one was deleted, on four days."""
    with time_machine.travel(FIRST, tick=False):
        made = [
            add(session, "Ada Lovelace", city="London", title="Countess", organization="Engines"),
            add(session, "Bob Builder", city="Basel", title="Buyer", birthday="9999-12-31"),
            add(session, "王小明", city="上海市", title="Buyer", birthday="1990-01-31"),
            add(session, "Zoë", city="Basel", tags=("vip", "fair")),
        ]
    with time_machine.travel(FIRST + DAY, tick=False):
        edit(session, made[0], city="Turin", status="active")
    with time_machine.travel(FIRST + 2 * DAY, tick=False):
        batch.apply(session, made, Edit({"state": "X"}, add={"tags": ("fair",)}))
    with time_machine.travel(FIRST + 3 * DAY, tick=False):
        apply(session, Request([Delete(made[3])], "delete"))
    return made


def drawn(user: Hand, name: str, size: tuple[int, int]) -> None:
    """The screen is what its picture shows; the time of what happened in the test aside."""
    shown = "\n".join(line.rstrip() for line in lines(user.pilot)) + "\n"
    shown = _NOW.sub(lambda at: at[0] if at[0].startswith("2026-03") else "now" + " " * 13, shown)
    file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


async def test_history(settings: Settings, ids: list[int], size: tuple[int, int]) -> None:
    async with hand(settings, size=size) as user:
        await user.press("f4")
        await user.on(HistoryScreen)
        await user.sees("7 changes")
        drawn(user, "history", size)
        await user.press("down", "enter")
        await user.on(ChangesScreen)
        await user.sees("7 values", "Zoë")
        drawn(user, "changes", size)


async def test_a_customer_as_it_was(
    settings: Settings, ids: list[int], size: tuple[int, int]
) -> None:
    async with hand(settings, size=size) as user:
        user.app.push_screen(HistoryScreen(ids[0], "Ada Lovelace"))
        await user.sees("Turin")
        await user.press("d")
        box = await user.on(Ask)
        box.query_one("LineInput").value = "2026-03-01"  # type: ignore[attr-defined]
        await user.press("enter")
        await user.on(ThenScreen)
        await user.press("c")
        await user.on(Ask)
        await user.type("2026-03-03")
        await user.press("enter")
        await user.sees("4 fields differ")
        drawn(user, "then", size)
        await user.press("o")
        await user.misses("Account no.")
        drawn(user, "then-different", size)


async def test_recycle_bin(settings: Settings, ids: list[int], size: tuple[int, int]) -> None:
    async with hand(settings, size=size) as user:
        await user.press("f8")
        await user.on(BinScreen)
        await user.sees("Zoë")
        await user.press("space", "p")
        await user.on(Ask)
        drawn(user, "bin-purge", size)


async def test_what_an_undo_keeps(
    settings: Settings, session: Session, ids: list[int], size: tuple[int, int]
) -> None:
    with time_machine.travel(FIRST + 4 * DAY, tick=False):
        edit(session, ids[1], state="Y")
    async with hand(settings, size=size) as user:
        await user.press("f4")
        screen = await user.on(HistoryScreen)
        screen.field.value = "kind:batch"
        await user.sees("1 change")
        await user.press("u")
        await user.on(Confirm)
        drawn(user, "undo", size)
        await user.press("l")
        await user.on(BucketsScreen)
        await user.sees("Bob Builder")
        drawn(user, "undo-kept", size)


async def test_batch(
    settings: Settings, session: Session, ids: list[int], size: tuple[int, int]
) -> None:
    eve = Session(session.db, session.settings, add_user("eve"))
    async with hand(settings, size=size) as user:
        await user.press("ctrl+b")
        screen = await user.on(BatchScreen)
        await user.sees("picked from what they have")
        screen.form.focus_field("title")
        screen.form.stage("title", ":=copy(city)")
        screen.form.stage("birthday", ":=+7d")
        await user.sees("each record gets what it has in City")
        drawn(user, "batch-form", size)
        await user.press("f5")
        preview = await user.on(BatchPreviewScreen)
        await user.until(lambda: preview.step == "ready")
        await user.sees("Ada Lovelace", "Countess → Turin")
        drawn(user, "batch-preview", size)
        edit(eve, ids[0], title="Poet")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.on(BatchConflictScreen)
        await user.sees("Poet")
        drawn(user, "batch-conflict", size)
        await user.press("enter")
        await user.until(lambda: preview.step == "done")
        await user.sees("2 changed")
        drawn(user, "batch-report", size)


@pytest.fixture
def twice(session: Session) -> None:
    """Two who are here twice: a person with one number in three spellings, a Chinese pair."""
    with time_machine.travel(FIRST, tick=False):
        add(
            session,
            "Ana Müller",
            phones=("+41 61 555 12 12",),
            emails=("ana@example.com",),
            city="Basel",
            street="Rheinweg 4",
            birthday="1980-02-03",
            title="Buyer",
        )
        add(
            session,
            "Müller Ana",
            phones=("061 555 12 12",),
            emails=("ana@example.com",),
            city="Basel",
            birthday="1980-02-03",
            tags=("vip",),
        )
        add(session, "王小明", phones=("+86 138 1234 5678",), city="上海市", birthday="1990-01-31")
        add(session, "王小明", phones=("+8613812345678",), city="上海", birthday="1990-01-31",
            title="采购经理")  # fmt: skip


async def test_duplicates(settings: Settings, twice: None, size: tuple[int, int]) -> None:
    async with hand(settings, size=size) as user:
        await user.press("alt+w")
        await user.on(DuplicatesScreen)
        await user.sees("2 groups")
        drawn(user, "duplicates", size)
        await user.press("enter")
        await user.on(MergingScreen)
        await user.sees("Becomes")
        drawn(user, "duplicates-side-by-side", size)
        await user.press("m")
        await user.on(Confirm)
        drawn(user, "duplicates-merge", size)


async def test_a_look_alike_of_a_new_customer(
    settings: Settings, twice: None, size: tuple[int, int]
) -> None:
    async with hand(settings, size=size) as user:
        await user.press("ctrl+n")
        screen = await user.on(NewCustomerScreen)
        await user.until(lambda: bool(screen.form.fields))
        screen.form.stage("name", "Ana Mueller")
        screen.form.stage("phones", ("0041615551212",))
        await user.sees("Looks like: ")
        drawn(user, "new-customer-look-alike", size)


async def test_import(
    settings: Settings, ids: list[int], size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "展会名单.csv"
    path.write_text(
        "Name,Company,E-mail,Status,City,Shoe size\n"
        "Ada Byron,Engines,ada@x.ch,lead,London,38\n"
        "李四,上海贸易有限公司,li@x.cn,odd,上海市,42\n"
        "Ann,Builders AG,ada@x.ch,odd,Basel,41\n",
        encoding="utf-8",
    )
    async with hand(settings, size=size) as user:
        await user.press("f10")
        await user.type(str(path))
        await user.press("enter")
        await user.on(ImportReadingScreen)
        await user.sees("李四")
        drawn(user, "import-reading", size)
        await user.press("f5")
        await user.on(ImportMappingScreen)
        await user.sees("not known")
        drawn(user, "import-mapping", size)
        await user.press("f5")
        await user.press("y")
        await user.on(ImportPlanScreen)
        await user.sees("2 refused", "李四")
        drawn(user, "import-plan", size)
        await user.press("enter")
        await user.on(ImportRowScreen)
        await user.sees("odd")
        drawn(user, "import-row", size)
