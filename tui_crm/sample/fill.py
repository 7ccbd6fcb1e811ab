"""A fresh database filled with sample data: customers, what was said to them, what is to be done.

This is the one writer that goes around the write door, and only into a database without a single
customer: a million customers through the door would take an hour and double the file with a
history that nobody made. What it writes keeps every rule of the door: normalised contact points,
folded sort names, links to organisations, the last contact, the search index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from tui_crm.core import points, users
from tui_crm.core.records import dump
from tui_crm.core.rows import Value
from tui_crm.errors import InputRefused
from tui_crm.sample import words
from tui_crm.sample.people import CATEGORIES, SOURCES, STATUSES, Picklists, customers
from tui_crm.text.dates import to_iso, utc_now
from tui_crm.text.fold import fold, has_han
from tui_crm.text.i18n import _
from tui_crm.text.phone import digits

if TYPE_CHECKING:
    from tui_crm.core.session import Session

Progress = Callable[[int, int], None]

LONG_TIMELINE = 10_000
"""Interactions of one customer, so that a long timeline can be tried; from 1 000 customers on."""

_CHUNK = 5000
_MOST_EDITS = 400
_MOST_TASKS = 3000
_COLLEAGUES = (
    ("ana", "Ana Ruiz"), ("ben", "Ben Carter"), ("chen", "陈静"), ("dora", "Dóra Szabó"),
    ("emre", "Emre Öztürk"), ("fang", "方伟"),
)  # fmt: skip
_TEAMS = (
    ("Sales", ("ana", "ben", "dora")),
    ("Service", ("emre", "ben")),
    ("华东区", ("chen", "fang")),
)

_CUSTOMER_COLUMNS = (
    "id", "kind", "name", "sort_name", "organization", "organization_id", "title", "account_no",
    "external_id", "street", "postcode", "city", "state", "country", "birthday", "category",
    "status", "source", "owner_id", "team_id", "needs", "custom", "last_contact", "created_at",
    "updated_at", "deleted_at", "version",
)  # fmt: skip
_PLAIN = ("title", "account_no", "external_id", "street", "postcode", "city", "state", "country",
          "birthday", "category", "status", "source")  # fmt: skip
_POINT_COLUMNS = ("customer_id", "kind", "label", "value", "normalized", "position")
_INTERACTION_COLUMNS = (
    "customer_id", "kind", "direction", "disposition", "started_at", "duration", "subject", "note",
    "author_id", "created_at", "updated_at",
)  # fmt: skip
_TASK_COLUMNS = (
    "customer_id", "title", "due_at", "due_has_time", "priority", "assignee_id", "author_id",
    "done_at", "done_by_id", "created_at", "updated_at",
)  # fmt: skip
_KINDS = ("call", "call", "call", "call", "email", "email", "meeting", "visit", "chat", "note")


@dataclass(frozen=True, slots=True)
class Filled:
    """How much was written."""

    customers: int
    interactions: int
    tasks: int


def is_empty(session: Session) -> bool:
    """Whether the database has no customer at all, not even in the recycle bin."""
    return session.db.one("SELECT 1 FROM customer LIMIT 1") is None


def fill(session: Session, n: int, seed: int, progress: Progress | None = None) -> Filled:
    """Fill an empty database with `n` customers, the same ones for the same `seed`.

    Dates are told from today, so that there is always something due. All of it or nothing is
    written. Raises `InputRefused` when there are customers already.
    """
    from tui_crm.exchange.duplicates import keys
    from tui_crm.search import index
    from tui_crm.search.notes import rebuild as note_rebuild

    db = session.db
    with db.transaction():
        if not is_empty(session):
            raise InputRefused(
                _("The database has customers already; nothing was written."),
                _("Sample data goes into an empty database: --db sqlite:///demo.db"),
            )
        writer = _Filler(session, n, seed)
        stream = customers(n, seed, writer.picklists)
        done = 0
        while chunk := list(islice(stream, _CHUNK)):
            writer.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, n)
        writer.write_history()
        index.rebuild(db, progress)
        note_rebuild.rebuild(db, progress)
        keys.rebuild(db, progress)
        db.announce()
    db.run("ANALYZE")
    return Filled(n, writer.interactions, writer.tasks)


@dataclass
class _Rows:
    """The rows of one chunk, by table."""

    customers: list[tuple[Any, ...]] = field(default_factory=list)
    points: list[tuple[Any, ...]] = field(default_factory=list)
    tags: list[tuple[int, int]] = field(default_factory=list)
    interactions: list[tuple[Any, ...]] = field(default_factory=list)
    tasks: list[tuple[Any, ...]] = field(default_factory=list)


class _Filler:
    """Writes chunks of customers, in one transaction of the caller."""

    def __init__(self, session: Session, n: int, seed: int) -> None:
        self.session = session
        self.db = session.db
        self.n = n
        self.seed = seed
        # A stream of its own: the customers stay those of the seed.
        self.random = Random(f"{seed} happenings").random
        self.now = utc_now()
        self.country = session.settings.general.home_country
        self.picklists = _configured(session)
        self.dispositions = [c.value for c in session.settings.picklists.dispositions]
        self.user_ids = [session.viewer.id, session.viewer.id]
        self.user_ids += [users.ensure(login, name=name) for login, name in _COLLEAGUES]
        self.team_ids = [
            users.ensure_team(name, tuple(users.ensure(login) for login in members))
            for name, members in _TEAMS
        ]
        self.next_id = self.db.allocate_ids("customer", n)
        self.firms: dict[Value, int] = {}
        self.tag_ids: dict[str, int] = {}
        self.interactions = 0
        self.tasks = 0
        self.edits: list[tuple[int, Value, Value, int, datetime]] = []
        self._long_timeline = n >= 1000

    def write(self, chunk: list[dict[str, Value]]) -> None:
        """Write these customers with everything that belongs to them."""
        self._make_tags(chunk)
        rows = _Rows()
        for values in chunk:
            self._customer(rows, values)
        bulk = self.db.bulk_insert
        bulk("customer", _CUSTOMER_COLUMNS, rows.customers)
        bulk("contact_point", _POINT_COLUMNS, rows.points)
        bulk("customer_tag", ("customer_id", "tag_id"), rows.tags)
        bulk("interaction", _INTERACTION_COLUMNS, rows.interactions)
        bulk("task", _TASK_COLUMNS, rows.tasks)
        self.interactions += len(rows.interactions)
        self.tasks += len(rows.tasks)

    def write_history(self) -> None:
        """One act of an import, and edits of some customers in the last weeks."""
        columns = ("id", "uid", "actor_id", "at", "face", "kind", "summary", "done")
        first = self.db.allocate_ids("change_set", len(self.edits) + 1)
        birth = to_iso(self.now - timedelta(days=400))
        summary = f"Sample data: {self.n} customers"
        sets: list[tuple[Any, ...]] = [
            (first, f"sample-{self.seed}", self.user_ids[0], birth, "import", "import", summary, 0)
        ]
        changes = []
        self.edits.sort(key=lambda edit: edit[4])
        for set_id, (id_, old, new, actor, at) in enumerate(self.edits, first + 1):
            uid = f"sample-{self.seed}-{id_}"
            sets.append((set_id, uid, actor, to_iso(at), "app", "edit", "", 1))
            changes.append(
                (set_id, "customer", id_, id_, "update", "status", dump(old), dump(new), 2)
            )
        self.db.bulk_insert("change_set", columns, sets)
        self.db.bulk_insert(
            "change",
            ("change_set_id", "entity", "record_id", "customer_id", "action", "field", "old",
             "new", "version"),
            changes,
        )  # fmt: skip

    def _customer(self, rows: _Rows, values: dict[str, Value]) -> None:
        random = self.random
        id_ = self.next_id
        self.next_id += 1
        name = str(values["name"])
        if values["kind"] == "organization":
            self.firms[name] = id_
        organization = values.get("organization", "")
        owner = self._pick(self.user_ids)
        team = self._pick(self.team_ids) if random() < 0.7 else None
        created = self.now - timedelta(seconds=int(random() * 3 * 365 * 86_400) + 86_400)
        last_contact = self._talk(rows, id_, values, owner, created)
        self._plan(rows, id_, values, owner)
        version = 1
        if len(self.edits) < _MOST_EDITS and random() < max(0.05, 2 / self.n):
            old = self._pick(self.picklists.statuses or ("",))
            if old != values.get("status", ""):
                version = 2
                at = self.now - timedelta(seconds=int(random() ** 2 * 60 * 86_400))
                self.edits.append(
                    (id_, old, values.get("status", ""), self._pick(self.user_ids), at)
                )
        stamp = to_iso(created)
        rows.customers.append(
            (
                id_, values["kind"], name, fold(name), organization, self.firms.get(organization),
                *[values.get(column, "") for column in _PLAIN],
                owner, team, values.get("needs", ""), "{}", last_contact, stamp, stamp, "", version,
            )
        )  # fmt: skip
        for column, kind in points.KINDS.items():
            items = values.get(column, ())
            assert isinstance(items, tuple)
            for position, text in enumerate(items):
                rows.points.append((id_, kind, "", text, self._normal(text, kind), position))
        tags = values.get("tags", ())
        assert isinstance(tags, tuple)
        rows.tags += [(id_, self.tag_ids[tag]) for tag in tags]

    def _normal(self, text: str, kind: str) -> str:
        """The compared form. A number with its country needs no numbering plan to be read."""
        if kind == "phone" and text[0] == "+":
            return "+" + digits(text)
        return points.normalise(text, kind, self.country)

    def _talk(
        self, rows: _Rows, id_: int, values: dict[str, Value], owner: int, created: datetime
    ) -> str:
        """Interactions of a customer; gives the time of the last contact."""
        random = self.random
        count = int(random() ** 5 * 12.999)
        span = max(1.0, (self.now - created).total_seconds() - 3600)
        if self._long_timeline and values["kind"] == "person":
            self._long_timeline = False
            count = LONG_TIMELINE
            span = 6 * 365 * 86_400
        chinese = has_han(str(values["name"]))
        notes = words.NOTES_ZH if chinese else words.NOTES
        subjects = words.SUBJECTS_ZH if chinese else words.SUBJECTS
        last = ""
        for _number in range(count):
            kind = self._pick(_KINDS)
            # `to_iso` of a moment in UTC, four times as fast.
            moment = self.now - timedelta(seconds=int(random() * span) + 600)
            at = f"{moment.isoformat()[:19]}Z"
            spoken = kind in ("call", "meeting", "visit")
            direction = "" if kind == "note" else ("in" if random() < 0.35 else "out")
            disposition = ""
            if kind == "call" and self.dispositions:
                disposition = self.dispositions[int(random() ** 2 * len(self.dispositions))]
            note = self._pick(notes).format(n=1000 + int(random() * 9000), m=2 + int(random() * 9))
            author = owner if random() < 0.7 else self._pick(self.user_ids)
            duration = 20 + int(random() ** 3 * 3000) if spoken else 0
            rows.interactions.append(
                (id_, kind, direction, disposition, at, duration, self._pick(subjects), note,
                 author, at, at)
            )  # fmt: skip
            if kind != "note" and at > last:
                last = at
        return last

    def _plan(self, rows: _Rows, id_: int, values: dict[str, Value], owner: int) -> None:
        """For some customers a task, due around today or done."""
        random = self.random
        if random() > min(0.12, _MOST_TASKS / self.n):
            return
        steps = words.STEPS_ZH if has_han(str(values["name"])) else words.STEPS
        has_time = random() < 0.5
        today = self.now.astimezone(self.session.zone).replace(hour=0, minute=0, second=0)
        due = today + timedelta(days=int(random() ** 1.5 * 24) - 4)
        if has_time:
            due += timedelta(minutes=8 * 60 + 15 * int(random() * 40))
        made = to_iso(min(due, self.now) - timedelta(days=3))
        done = random() < 0.3
        priority = 1 if random() < 0.15 else 0
        rows.tasks.append(
            (
                id_, self._pick(steps), to_iso(due), int(has_time), priority, owner, owner,
                to_iso(min(due, self.now)) if done else "", owner if done else None, made, made,
            )
        )  # fmt: skip

    def _make_tags(self, chunk: list[dict[str, Value]]) -> None:
        from tui_crm.core.lists import tag_ids

        names = {tag for values in chunk for tag in _texts(values.get("tags", ()))}
        missing = names - self.tag_ids.keys()
        if missing:
            self.tag_ids.update(tag_ids(self.db, missing))

    def _pick(self, pool: Any) -> Any:
        return pool[int(self.random() * len(pool))]


def _texts(value: Value) -> Iterator[str]:
    return iter(value if isinstance(value, tuple) else ())


def _configured(session: Session) -> Picklists:
    """The picklists of crm.toml, the values that are shipped in their usual order."""

    def order(shipped: tuple[str, ...], configured: tuple[str, ...]) -> tuple[str, ...]:
        known = [value for value in shipped if value in configured]
        return (*known, *(value for value in configured if value not in known))

    lists = session.settings.picklists
    return Picklists(
        order(STATUSES, tuple(choice.value for choice in lists.statuses)),
        order(CATEGORIES, tuple(choice.value for choice in lists.categories)),
        order(SOURCES, tuple(choice.value for choice in lists.sources)),
    )
