"""Hostile strings through the store, every screen and the command.

`CRM_HOSTILE_STRINGS` says how many there are; a few hundred by default, for the suite's time.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import add_user, settings_for
from tests.terminal.corpus import hostile
from tests.ui.screens.hand import Hand, hand
from tui_crm.__main__ import main
from tui_crm.config import Settings
from tui_crm.core import customers, history, interactions, tasks
from tui_crm.core.changes import Create, Edit, Request, Update, apply
from tui_crm.core.segments import save as save_segment
from tui_crm.core.session import Session
from tui_crm.errors import CrmError
from tui_crm.search import find
from tui_crm.store import open_database
from tui_crm.text import i18n
from tui_crm.text.safe import clean, clean_line
from tui_crm.text.when import When
from tui_crm.ui.screens.changes import ChangesScreen
from tui_crm.ui.screens.customer import CustomerScreen
from tui_crm.ui.screens.entry import EntryScreen
from tui_crm.ui.screens.history import HistoryScreen
from tui_crm.ui.screens.interaction import InteractionScreen
from tui_crm.ui.screens.new_customer import NewCustomerScreen
from tui_crm.ui.screens.today import TodayScreen
from tui_crm.ui.timeline_source import TimelineSource

COUNT = int(os.environ.get("CRM_HOSTILE_STRINGS", "160"))
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a terminal would obey, and what no encoder takes; breaks of lines are checked apart."""

STRINGS = hostile(COUNT)


def name_of(text: str) -> str:
    """A name around a string, as a person types it: there is something in it."""
    return f"N{text}"[:400]


def fill(session: Session, strings: Sequence[str]) -> dict[int, str]:
    """A customer for every string, with the string wherever text can be; gives them by id."""
    made: dict[int, str] = {}
    for start in range(0, len(strings), 100):
        part = strings[start : start + 100]
        steps = [
            Create(
                {
                    "name": name_of(text),
                    "needs": f"needs {text}",
                    "organization": f"O{text}"[:150],
                    "title": text[:150],
                    "street": text[:150],
                    "city": text[:100],
                    "handles": (f"h{text}"[:60],),
                    "tags": tuple({clean_line(f"t{text}".replace(";", ""))[:40]}),
                }
            )
            for text in part
        ]
        ids = apply(session, Request(steps, "create", summary=part[0][:200])).record_ids
        made |= dict(zip(ids, part, strict=True))
    with session.db.transaction():
        for id_, text in made.items():
            interactions.log(session, id_, subject=text[:200], note=f"note {text}")
            due = When(session.now(), False)
            tasks.create(session, id_, f"task {text}"[:300], when=due)
            apply(session, Request([Update(id_, Edit({"state": f"s{text}"[:80]}))], "edit"))
    return made


@pytest.fixture
def stored(session: Session) -> dict[int, str]:
    """The strings in the database, by the id of their customer."""
    return fill(session, STRINGS)


def test_what_is_stored_has_lost_nothing_but_control_characters(
    session: Session, stored: dict[int, str]
) -> None:
    for id_, text in stored.items():
        kept = customers.get(session, id_).values
        assert kept["name"] == clean_line(name_of(text))
        assert kept["needs"] == clean(f"needs {text}")
        assert kept["city"] == clean_line(text[:100])
        entries = customers.timeline(session, id_)
        [note] = [e.text for e in entries if e.kind == "interaction"]
        assert note == clean(f"note {text}")
        assert not OBEYED.search(repr(kept).replace("\\n", ""))
    assert len(history.change_sets(session, limit=len(stored))) == len(stored)


def test_every_string_is_a_query(session: Session, stored: dict[int, str]) -> None:
    for text in STRINGS:
        find(session, text, 20)
        find(session, f'name:"{text}" {text[::-1]}', 20)


@pytest.fixture(scope="module")
def filled(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[int, str]]:
    """An SQLite file with the strings in it, that is only copied, and the strings by customer."""
    folder = tmp_path_factory.mktemp("corpus")
    path = folder / "crm.db"
    shutil.copy(sqlite_template, path)
    settings = settings_for(f"sqlite:///{path}", folder)
    db = open_database(settings.database.url, settings=settings)
    try:
        return path, fill(Session(db, settings, add_user("ana")), STRINGS)
    finally:
        db.close()


class OneEngine:
    """What is painted and printed does not depend on the engine."""

    @pytest.fixture
    def engine(self) -> str:
        """SQLite."""
        return "sqlite"

    @pytest.fixture
    def database_url(self, filled: tuple[Path, dict[int, str]], tmp_path: Path) -> str:
        """A copy of the database with the strings."""
        shutil.copy(filled[0], tmp_path / "crm.db")
        return f"sqlite:///{tmp_path / 'crm.db'}"

    @pytest.fixture
    def stored(self, filled: tuple[Path, dict[int, str]]) -> dict[int, str]:
        """The strings in it, by the id of their customer."""
        return filled[1]


class TestScreens(OneEngine):
    """Every screen shows every string."""

    @staticmethod
    def look(user: Hand) -> None:
        """Nothing on the screen is obeyed by a terminal, and every line is as wide as it."""
        from tests.ui.screens.piloting import lines

        for line in lines(user.pilot):
            assert not OBEYED.search(line), ascii(line)
            assert not re.search("[\n\r\t\x0b\x0c\x85\u2028\u2029]", line), ascii(line)

    @staticmethod
    async def page_through(user: Hand, pages: int) -> None:
        """Look at the whole of the list that has the focus."""
        for _page in range(pages):
            await user.press("pagedown")
            TestScreens.look(user)

    async def test_the_list_and_its_card(self, settings: Settings, stored: dict[int, str]) -> None:
        async with hand(settings, size=(160, 50)) as user:
            user.patient = False
            await user.until(lambda: user.home.list.source.count == len(stored))
            await user.press("tab")
            await self.page_through(user, len(stored) // 40 + 2)

    async def test_every_record(self, settings: Settings, stored: dict[int, str]) -> None:
        async with hand(settings, size=(140, 60)) as user:
            user.patient = False
            await user.until(lambda: user.home.list.source.count == len(stored))
            await user.press("enter")
            screen = await user.on(CustomerScreen)
            for _more in range(len(stored) - 1):
                here = screen.customer_id
                await user.press("n")
                await user.until(
                    lambda: screen.customer_id != here and screen._customer is not None  # noqa: B023
                )
                self.look(user)
            assert user.app.screen is screen

    async def test_lists_of_work_and_of_changes(
        self, settings: Settings, session: Session, stored: dict[int, str]
    ) -> None:
        for text in STRINGS[:40]:
            with suppress(CrmError):  # some are no query, and are refused
                save_segment(session, clean_line(f"s{text}")[:60], text[:400])
        async with hand(settings, size=(120, 40)) as user:
            user.patient = False
            for key, kind in (("f2", TodayScreen), ("f4", HistoryScreen)):
                await user.press(key)
                await user.on(kind)
                await user.sees("N")
                await self.page_through(user, len(stored) // 30 + 2)
            await user.press("home", "down", "enter")
            await user.on(ChangesScreen)
            await self.page_through(user, 8)
            await user.press("u")
            await user.sees("undo it")
            self.look(user)
            await user.press("escape", "ctrl+p", *"segment")
            await user.sees("Segment")
            await self.page_through(user, 3)

    async def test_a_batch_over_all(self, settings: Settings, stored: dict[int, str]) -> None:
        async with hand(settings, size=(140, 40)) as user:
            user.patient = False
            await user.press("ctrl+a", "ctrl+b")
            await user.sees("Batch edit")
            await user.until(lambda: user.app.screen.query("FieldForm"))
            form = user.app.screen.form  # type: ignore[attr-defined]
            await user.until(lambda: form.fields)
            form.stage("title", "".join(STRINGS[:30])[:150])
            await user.press("f5")
            await user.sees("→")
            await self.page_through(user, len(stored) // 20 + 2)

    async def test_the_forms_and_the_entry_in_full(
        self, settings: Settings, stored: dict[int, str]
    ) -> None:
        async with hand(settings, size=(100, 40)) as user:
            user.patient = False
            for id_ in list(stored)[:: max(1, len(stored) // 8)]:
                user.app.log_call(id_)
                screen = await user.on(InteractionScreen)
                await user.until(lambda: screen._keeper is not None)  # noqa: B023
                self.look(user)
                await user.press("escape")
                await user.until(lambda: user.app.screen is user.home)
                user.app.open_customer(id_)
                record = await user.on(CustomerScreen)
                await user.until(lambda: record._customer is not None)  # noqa: B023
                await user.until(lambda: record.timeline.source.count > 3)  # noqa: B023
                source = record.timeline.source
                assert isinstance(source, TimelineSource)
                await user.until(lambda: source.entry(0) is not None)  # noqa: B023
                places = range(source.count)
                [call] = [n for n in places if (e := source.entry(n)) and e.kind == "interaction"]
                record.timeline.focus()
                await user.press("home", *["down"] * call, "enter")
                await user.on(EntryScreen)
                self.look(user)
                await user.press("escape", "escape")
                await user.until(lambda: user.app.screen is user.home)

    async def test_typed_and_pasted_into_the_search_and_the_form(
        self, settings: Settings, stored: dict[int, str]
    ) -> None:
        async with hand(settings, size=(100, 30)) as user:
            user.patient = False
            for number, text in enumerate(STRINGS):
                await user.press("escape")
                await user.paste(text)
                await user.until(lambda: user.home._asked is None)
                self.look(user)
                if number % 25 == 0 and not user.home.list.source.count:
                    await user.press("ctrl+n")
                    await user.on(NewCustomerScreen)
                    await user.sees("Who")
                    await user.paste(text)
                    self.look(user)
                    await user.press("escape", "escape", "d")
                    await user.until(lambda: user.app.screen is user.home)


class TestCommand(OneEngine):
    """What is printed about every string."""

    @pytest.fixture
    def out(
        self,
        stored: dict[int, str],
        settings: Settings,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Iterator[object]:
        """`out("search", "x")`: what the command prints, looked at."""
        monkeypatch.setenv("CRM_DB", settings.database.url)
        for name in ("config", "data", "state"):
            monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(settings.paths.state_dir / name))

        def run(*arguments: str) -> str:
            capsys.readouterr()
            code = main(["--as", "ana", *arguments])
            printed = capsys.readouterr()
            assert code in (0, 2, 3, 6, 7), (arguments, printed.err)
            assert not OBEYED.search(printed.out), arguments
            assert not OBEYED.search(printed.err), arguments
            return printed.out

        yield run
        i18n.set_language("en")

    def test_lists_of_everything(self, out: object, stored: dict[int, str]) -> None:
        assert callable(out)
        for arguments in (
            ("search", "sort:name", "--limit", str(len(stored))),
            ("search", "sort:name", "--limit", str(len(stored)), "--json"),
            ("history",),
            ("history", "--json"),
            ("export", "-"),
            ("batch", "sort:name", "title=x", "--preview"),
        ):
            printed = out(*arguments)
            if arguments[0] == "search":
                assert len(printed.splitlines()) >= len(stored)

    def test_each_one(self, out: object, stored: dict[int, str]) -> None:
        assert callable(out)
        for id_, text in stored.items():
            out("show", f"id:{id_}")
            argument = text.replace("\x00", "")
            out("search", "--limit", "3", "--", argument)


def test_the_strings_are_many_and_different() -> None:
    assert len(set(STRINGS)) == len(STRINGS) == COUNT
    assert any(OBEYED.search(text) for text in STRINGS)
