"""A session: one user at one database through one face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Literal, cast
from zoneinfo import ZoneInfo

from tui_crm.core.fields import BUILT_IN, Field, FieldType, Registry
from tui_crm.core.rows import Viewer
from tui_crm.text.dates import utc_now
from tui_crm.text.i18n import _
from tui_crm.text.safe import display

if TYPE_CHECKING:
    from tui_crm.config import Settings
    from tui_crm.store import Database, Holder
    from tui_crm.store.patience import Stop

Face = Literal["app", "cli", "import"]


@dataclass
class Session:
    """What every rule needs to know about who asks and where.

    `fields` is the registry with this database's custom fields.
    """

    db: Database
    settings: Settings
    viewer: Viewer
    face: Face = "cli"
    fields: Registry = BUILT_IN
    # For the live refresh (`core.history.since`): this session's own change sets, and the newest
    # ones that it has seen.
    own_sets: set[int] = field(default_factory=set, init=False, repr=False)
    seen_sets: set[int] | None = field(default=None, init=False, repr=False)

    @property
    def zone(self) -> tzinfo:
        """The time zone in which this user reads and types times."""
        name = self.settings.general.time_zone
        if name == "local":
            local = datetime.now().astimezone().tzinfo
            assert local is not None  # astimezone() always attaches a zone
            return local
        return ZoneInfo(name)

    def now(self) -> datetime:
        """The current time in the user's zone."""
        return utc_now().astimezone(self.zone)

    @contextmanager
    def waiting(self, notice: Callable[[Holder], None], stop: Stop) -> Iterator[None]:
        """In this block the thread waits for others who write until `stop` comes; `notice` is
        called with who they are, once a second. Raises `Interrupted` when it was stopped.
        """
        from tui_crm.store import Patience

        with self.db.waiting(Patience(notice, stop, limit=None)):
            yield

    def close(self) -> None:
        """Close the database."""
        self.db.close()


def open_session(
    settings: Settings, *, login: str | None = None, face: Face = "cli", migrate: bool = True
) -> Session:
    """Open the configured database and return a session on it.

    `login` names the user; without it the operating system's user name is taken, and is
    made a user (the first one an administrator) where the database does not know it yet.
    Raises `DatabaseUnreachable`, `NotAllowed` (the user was deactivated) and the
    errors of the migrations.
    """
    from tui_crm.core import users
    from tui_crm.store import open_database

    db = open_database(settings.database.url, settings=settings, migrate=migrate)
    try:
        with db.connection():
            if migrate:
                _prepare(db)
            viewer = users.enter(login)
            db.sign(viewer.id, viewer.login)
            return Session(db, settings, viewer, face, load_registry())
    except BaseException:
        db.close()
        raise


def opening_words(session: Session) -> tuple[str, ...]:
    """What opening the database did to it, so that a mistyped address is noticed; a sentence each,
    none where it was as it should be."""
    from tui_crm.config.document import masked

    done = session.db.migrated
    if done is None:
        return ()
    url = display(masked(session.db.url))
    if done.before == 0:
        words = _("Made a new database: {url}").format(url=url)
    else:
        words = _("Brought the database from format {before} to {after}: {url}").format(
            before=done.before, after=done.after, url=url
        )
    if done.backup is None:
        return (words,)
    return words, _("The backup from before is {path}").format(path=display(str(done.backup)))


def _prepare(db: Database) -> None:
    """Index what an older database holds, if that is quick; `crm migrate` does it in any case.

    What a killed rebuild of the search index left is taken away.
    """
    if db.one("SELECT 1 FROM search_rebuild") is not None or db.remains():
        from tui_crm.search import index

        index.tidy(db)
    if db.one("SELECT 1 FROM search_notes_state WHERE built_to IS NOT NULL") is not None:
        from tui_crm.search.notes import rebuild as note_rebuild

        note_rebuild.tidy(db)
    if db.one("SELECT 1 FROM search_notes_state WHERE ready = 1") is None:
        from tui_crm.search import notes

        notes.prepare(db)
    if db.one("SELECT 1 FROM duplicate_keys_state WHERE ready = 1") is None:
        from tui_crm.exchange.duplicates import keys

        keys.prepare(db)


def load_registry() -> Registry:
    """The built-in fields and this database's custom ones."""
    from tui_crm.store.setup import CustomField

    rows = CustomField.select().where(CustomField.active == 1).order_by(CustomField.position)
    custom = [
        Field(
            row.name,
            row.label_en or row.name,
            row.label_zh or row.label_en or row.name,
            cast(FieldType, row.type),
            choices=tuple(row.choices or ()),
            searchable=row.type == "text",
        )
        for row in rows
    ]
    return BUILT_IN.with_custom(custom) if custom else BUILT_IN
