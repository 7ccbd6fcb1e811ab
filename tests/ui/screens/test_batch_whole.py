"""A batch on both engines: values worked out, who matches now, others' changes, and back again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import add_user
from tests.ui.screens.hand import Hand, add, edit, hand, value
from tui_crm.config import Settings
from tui_crm.core import batch, custom_fields, history
from tui_crm.core.changes import Delete, Request, apply
from tui_crm.core.session import Session
from tui_crm.ui.screens.batch import BatchScreen
from tui_crm.ui.screens.batch_preview import BatchPreviewScreen
from tui_crm.ui.screens.conflict import BatchConflictScreen
from tui_crm.ui.widgets.picker import Picker
from tui_crm.ui.widgets.prompt import Ask, Confirm


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    return str(request.param)


@pytest.fixture
def ids(session: Session) -> list[int]:
    """Three customers in Bern."""
    return [
        add(session, "Ada", city="Bern", title="old hand", birthday="1990-01-31"),
        add(session, "Bob", city="Bern", title="old boy", birthday="9999-12-30"),
        add(session, "Cid", city="Bern", title="Dr"),
    ]


async def opened(user: Hand, query: str = "bern") -> BatchScreen:
    """The form for all that match."""
    await user.type(query)
    await user.until(lambda: user.home._shown == query)
    await user.press("ctrl+b")
    screen = await user.on(BatchScreen)
    await user.until(lambda: any(field.value == "Bern" for field in screen.form.fields))
    return screen


async def counted(user: Hand) -> BatchPreviewScreen:
    """The preview, its numbers known."""
    await user.press("f5")
    screen = await user.on(BatchPreviewScreen)
    await user.until(lambda: screen.step == "ready")
    return screen


async def test_texts_dates_and_copies_are_worked_out_by_keys(
    settings: Settings, session: Session, ids: Sequence[int], tmp_path: Path
) -> None:
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.focus_field("title")
        await user.press("ctrl+o")
        await user.on(Picker)
        await user.press("enter")
        await user.on(Ask)
        await user.type("old")
        await user.press("enter")
        await user.sees("What stands there instead of “old”?")
        await user.type('a "b", c')
        await user.press("enter")
        await user.sees('“old” becomes “a "b", c” in each record')
        screen.form.focus_field("birthday")
        await user.press("ctrl+o")
        await user.on(Picker)
        await user.press("enter")
        await user.on(Ask)
        await user.type("+7d")
        await user.press("enter")
        await user.sees("the date of each record moves by +7d")
        screen.form.focus_field("country")
        await user.press("ctrl+o")
        await user.on(Picker)
        await user.type("copy")
        await user.press("enter")
        await user.sees("Country: copy another field")
        await user.type("city")
        await user.press("enter")
        await user.sees("each record gets what it has in City")
        screen.form.focus_field("tags")
        await user.press("ctrl+o")
        await user.sees("use the lines that add and remove")
        preview = await counted(user)
        await user.sees("9999-12-30 cannot be moved that far.", "2 will change", "1 refused")
        await user.press("r")
        await user.sees("Bob", "Birthday")
        assert preview.records.row_count() == 1
        await user.press("a")
        await user.sees("Ada", "Bob", "Cid")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.sees("1 that is refused stays as it is.", "Change 2 customers?")
        await user.press("y")
        await user.sees("2 changed", "1 failed")
        await user.press("x")
        box = await user.on(Ask)
        box.query_one("LineInput").value = str(tmp_path / "failed.csv")  # type: ignore[attr-defined]
        await user.press("enter")
        await user.sees("1 row written")
    assert value(session, ids[0], "title") == 'a "b", c hand'
    assert value(session, ids[0], "birthday") == "1990-02-07"
    assert value(session, ids[2], "country") == "Bern"
    assert value(session, ids[1], "title") == "old boy"
    with (tmp_path / "failed.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["name"]) for row in rows] == [(str(ids[1]), "Bob")]
    assert "cannot be moved" in rows[0]["reason"]


async def test_an_operation_may_be_typed_and_a_mistake_is_said(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    custom_fields.define(session, "score", "number", "Score")
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.focus_field("title")
        await user.type(":=shout")
        await user.press("enter")
        await user.sees('"shout" is no operation.')
        await user.press("f5")
        await user.sees("Write replace(OLD, NEW)")
        assert user.app.screen is screen
        screen.form.stage("title", ":=+7d")
        await user.sees("Title is of another kind")
        screen.form.stage("title", ":=copy(Town)")
        await user.sees("each record gets what it has in City")
        screen.form.stage("score", "3")
        await counted(user)
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("3 changed")
    assert value(session, ids[0], "title") == "Bern"


async def test_who_came_and_went_since_the_preview_is_said_before_anything_is_written(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.stage("state", "BE")
        await counted(user)
        dan = add(session, "Dan", city="Bern")
        apply(session, Request([Delete(ids[0])], "delete"))
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("1 came and 1 went: 3 match now.")
        assert value(session, ids[1], "state") == ""
        await user.press("p")
        preview = await user.on(BatchPreviewScreen)
        await user.until(lambda: preview.step == "ready")
        await user.sees("Dan")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("3 changed")
    assert value(session, dan, "state") == "BE"


async def test_marked_customers_are_changed_whoever_else_matches(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    async with hand(settings, size=(110, 40)) as user:
        await user.type("bern")
        await user.found("Ada", "Bob", "Cid")
        await user.press("ctrl+t", "ctrl+b")
        screen = await user.on(BatchScreen)
        await user.sees("1 customer")
        screen.form.stage("state", "BE")
        await counted(user)
        add(session, "Dan", city="Bern")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("1 changed")


async def test_whom_a_colleague_moved_out_of_the_query_is_said(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    eve = Session(session.db, session.settings, add_user("eve"))
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.stage("city", "Jena")
        await counted(user)
        edit(eve, ids[0], city="Rome")
        edit(eve, ids[1], city="Oslo")
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("0 came and 2 went: 1 match now.")
        await user.press("escape")
        preview = await user.on(BatchPreviewScreen)
        assert preview.step == "ready"
    assert [value(session, id_, "city") for id_ in ids] == ["Rome", "Oslo", "Bern"]


async def test_mine_or_theirs_is_chosen_for_each_customer(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    eve = Session(session.db, session.settings, add_user("eve"))
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.stage("title", "Prof")
        await counted(user)
        edit(eve, ids[0], title="fox")
        edit(eve, ids[1], title="cat")
        edit(eve, ids[2], state="BE")  # another field
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        box = await user.on(BatchConflictScreen)
        await user.sees("eve changed 2 of these customers since the preview.", "As you saw it")
        await user.sees("old hand", "fox", "old boy", "cat", "● Prof")
        assert value(session, ids[2], "title") == "Dr"
        assert len(box._rows()) == 2
        await user.press("escape")
        preview = await user.on(BatchPreviewScreen)
        assert preview.step == "ready"
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.on(BatchConflictScreen)
        await user.press("space")
        await user.sees("● fox")
        edit(eve, ids[1], title="dog")  # once more, while one decides
        await user.press("enter")
        await user.until(lambda: user.app.screen is not box)
        await user.sees("dog")
        await user.press("enter")
        await user.sees("2 changed")
    assert [value(session, id_, "title") for id_ in ids] == ["fox", "Prof", "Prof"]


async def test_the_report_undoes_and_does_again(
    settings: Settings, session: Session, ids: Sequence[int]
) -> None:
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.stage("title", "Prof")
        await counted(user)
        await user.press("ctrl+s")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("3 changed", "u undoes all of it.")
        await user.press("u")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("It was undone; u does it again.")
        assert value(session, ids[2], "title") == "Dr"
        await user.press("u")
        await user.on(Confirm)
        await user.press("y")
        await user.sees("u undoes all of it.")
        await user.press("x")
        await user.sees("None failed.")
    assert value(session, ids[2], "title") == "Prof"
    kinds = [row.kind for row in history.change_sets(session, limit=3)]
    assert kinds == ["undo", "undo", "batch"]


async def test_the_first_page_is_there_while_the_rest_is_counted(
    settings: Settings, session: Session, ids: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    go_on, count = Event(), batch.preview

    def slow(*args: object, **options: object) -> object:
        go_on.wait(20)
        return count(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(batch, "preview", slow)
    async with hand(settings, size=(110, 40)) as user:
        screen = await opened(user)
        screen.form.stage("title", "Prof")
        await user.press("f5")
        preview = await user.on(BatchPreviewScreen)
        await user.sees("old hand → Prof", "being counted")
        assert preview.step == "counting"
        await user.press("n")  # nothing to choose from yet
        go_on.set()
        await user.sees("3 will change")
