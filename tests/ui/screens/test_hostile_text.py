"""Text that came past the program's own door into the database does no harm in lists of work."""

from __future__ import annotations

import re

import pytest

from tests.ui.screens.conftest import WorkingAs
from tests.ui.screens.piloting import running, text, until
from tui_crm.config import Settings
from tui_crm.core import segments, tasks
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.text.when import When
from tui_crm.ui.palette import Palette
from tui_crm.ui.screens.changes import ChangesScreen

HOSTILE = (
    "\x1b]52;c;aGk=\x07bell",
    "\x9b31mred\x85next",
    "[/]closed [@click=app.quit]go[/] [red",
    "\u202egnp.exe\u2066",
    "line\nbreak\ttab\r\n",
    "👩‍👩‍👧‍👦 e\u0301 \u200d\u200d",
    "漢" * 300,
    "x" * 10_000,
)
_HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("word", HOSTILE, ids=range(len(HOSTILE)))
async def test_it_is_shown_and_not_obeyed(
    settings: Settings, working_as: WorkingAs, word: str
) -> None:
    with working_as() as session:
        made = apply(session, Request([Create({"name": "plain"})], "create", "plain"))
        id_ = made.record_ids[0]
        tasks.create(session, id_, "plain", when=When(session.now(), False))
        apply(session, Request([Update(id_, Edit({"city": "Rome"}))], "edit"))
        segments.save(session, "plain", "plain")
        with session.db.transaction():
            session.db.run("UPDATE customer SET name = ?, organization = ?", (word, word))
            session.db.run("UPDATE task SET title = ?", (word,))
            session.db.run("UPDATE change_set SET summary = ? WHERE kind <> 'edit'", (word,))
            session.db.run("UPDATE segment SET name = ?, query = ?", (word, word))
    async with running(settings, size=(120, 40)) as pilot:
        await pilot.press("f2")
        await until(pilot, lambda: "1 today" in text(pilot))
        assert not _HARMFUL.search(text(pilot))
        await pilot.press("f4")
        await until(pilot, lambda: "3 changes" in text(pilot))
        assert not _HARMFUL.search(text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangesScreen))
        await until(pilot, lambda: "Rome" in text(pilot))
        assert not _HARMFUL.search(text(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "1 record goes back" in text(pilot))
        assert not _HARMFUL.search(text(pilot))
        await pilot.press("escape", "ctrl+p", *"segment")
        await until(pilot, lambda: isinstance(pilot.app.screen, Palette))
        await until(pilot, lambda: "Segment:" in text(pilot))
        assert not _HARMFUL.search(text(pilot))
