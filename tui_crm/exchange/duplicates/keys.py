"""The table of keys that finds, among a million customers, those worth comparing with a new one.

A key is a 64-bit hash of something that two records of one customer have in common: an address, a
mailbox, the end of a telephone number, the sounds of a name with a birthday. A customer has about
ten. The last bits of a key tell its kind, so that a change of one field touches only the keys that
are made of it. The write door keeps them right in the transaction of the change (`update`);
`rebuild` makes all of them anew, `check` proves them right.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from tui_crm.core.records import chunks, marks
from tui_crm.exchange.duplicates.profile import Profile, pinyin, sound
from tui_crm.exchange.duplicates.providers import FREE_MAIL
from tui_crm.text.i18n import _

if TYPE_CHECKING:
    from tui_crm.store import Database

Kinds = frozenset[str]
Progress = Callable[[int, int], None]

_NUMBERS = {
    kind: number
    for number, kind in enumerate(
        ("email", "mailbox", "domain", "phone", "handle", "address", "name", "single", "birth",
         "place", "work", "firm", "firm start", "firm place"), 1,
    )
}  # fmt: skip
_KIND_BITS = 15
_ALL: Kinds = frozenset(_NUMBERS)
_OF_POINTS: Kinds = frozenset({"email", "mailbox", "domain", "phone", "handle"})
_MADE_OF: dict[str, Kinds] = {
    "kind": _ALL,
    "name": _ALL - _OF_POINTS - {"address"},
    "organization": frozenset({"work"}),
    "phones": frozenset({"phone"}),
    "emails": frozenset({"email", "mailbox", "domain"}),
    "handles": frozenset({"handle"}),
    "street": frozenset({"address"}),
    "postcode": frozenset({"place", "firm place"}),
    "city": frozenset({"place", "firm place"}),
    "birthday": frozenset({"birth"}),
}
FIELDS = frozenset(_MADE_OF)
"""The customer's fields that its keys are made of."""

_CHUNK = 1000  # customers
_WAITING = 300_000  # keys that are held, to be written in the order of the table
_AT_ONCE = 2000  # keys of one statement
_MANY = 20_000  # customers, from which on it may be quicker to make all keys anew
_LEFT = 50_000  # customers whose keys are left at once
_FOLDED = 500  # customers whose keys are taken away in one transaction, a tenth of a second
_READ = 0.65  # of the time in which all keys are made anew, until everybody was read
_AT_OPENING = 20_000  # customers whose keys are made in two seconds
_PHONE_END = 8
_PART_BITS = 5  # the first bits of a key that say in which file it waits to be sorted
_PART_HELD = 8192  # numbers
_CHECKED_KEY, _CHECKED_ID = 0xFFFFF, 0xFFFF  # the bits whose products add up to less than 2^63


def keys_of(who: Profile, kinds: Kinds = _ALL) -> set[int]:
    """The keys of a customer, or those of some kinds."""
    found: set[int] = set()
    if not kinds.isdisjoint(_OF_POINTS):
        found.update(key("email", mail) for mail in who.emails)
        found.update(key("mailbox", mail.partition("@")[0]) for mail in who.emails)
        if who.organization:
            ends = {mail.partition("@")[2] for mail in who.emails}
            found.update(key("domain", end) for end in ends - FREE_MAIL)
        found.update(phone_key(number) for number in who.phones)
        found.update(key("handle", handle) for handle in who.handles)
    if "address" in kinds and who.street and who.number:
        found.add(key("address", who.street, who.number))
    if not kinds <= _OF_POINTS | {"address"}:
        found |= _organization(who) if who.organization else _person(who)
    if kinds is _ALL:
        return found
    numbers = {_NUMBERS[kind] for kind in kinds}
    return {value for value in found if value & _KIND_BITS in numbers}


def phone_key(number: str) -> int:
    """The key of a telephone number."""
    return key("phone", number[-_PHONE_END:])


def name_key(who: Profile) -> int:
    """The key of the whole name, in whatever order its parts were written."""
    if who.organization:
        return key("firm", "".join(sorted(who.family.split())))
    given, family = _heard(who.given), _heard(who.family)
    return key("name", *sorted((given, family)))


def key(kind: str, *parts: str) -> int:
    """The hash of what is in common, which is of that kind."""
    digest = blake2b("\x1f".join((kind, *parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) & ~_KIND_BITS | _NUMBERS[kind]


def update(
    db: Database, customer_ids: Iterable[int], fields: Collection[str] | None = None
) -> None:
    """Bring the keys in line with the data for these customers, deleted ones included.

    `fields` are those that changed (None: any). Belongs into the transaction of the change.
    """
    kinds = _ALL if fields is None else _made_of(fields)
    ids = sorted(set(customer_ids))
    if not kinds or not ids:
        return
    if len(ids) > _MANY and kinds is _ALL and 2 * len(ids) > _live(db):
        rebuild(db)
        return
    gone: list[tuple[int, int]] = []
    new: list[tuple[int, int]] = []
    for at in range(0, len(ids), _CHUNK):
        lost, come = _differences(db, ids[at : at + _CHUNK], kinds)
        gone += lost
        new += come
        if len(gone) + len(new) > _WAITING:
            _write(db, gone, new)
            gone, new = [], []
    _write(db, gone, new)


def add(
    db: Database,
    customer_ids: Sequence[int],
    tell: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """Make the keys of new customers, in the transaction that made them.

    `tell` is called with how many are done, many times; `check` may raise to stop it.
    """
    from tui_crm.exchange.duplicates import read

    if db.engine == "sqlite" and len(customer_ids) > _MANY and 2 * len(customer_ids) > _live(db):
        _anew(db, len(customer_ids), tell, check)
        return
    new: list[tuple[int, int]] = []
    for chunk in chunks(customer_ids):
        check()
        for who in read.some(db, None, chunk):
            new += [(value, who.id) for value in keys_of(who)]
        if len(new) > _WAITING:
            _write(db, [], new)
            new = []
        tell(len(chunk))
    _write(db, [], new)


def remove(
    db: Database,
    customer_ids: Sequence[int],
    tell: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """Leave the keys of many customers to `fold`, in the transaction that put them into the recycle
    bin: they lie all over the table, and whoever is found by them is looked up among the live ones
    anyway. `tell` and `check` are as in `add`.
    """
    for chunk in chunks(customer_ids, _LEFT):
        check()
        with db.ids_table(chunk) as table:
            db.run(
                f"INSERT INTO duplicate_gone SELECT id FROM {table} WHERE TRUE"
                " ON CONFLICT (customer_id) DO NOTHING"
            )
        tell(len(chunk))


def fold(db: Database) -> bool:
    """Take away the keys of some of those whom `remove` left, in a short transaction of its own;
    False where there are none.
    """
    with db.connection():
        if not db.prepared("SELECT 1 FROM duplicate_gone LIMIT 1"):
            return False
        with db.relaxed(), db.transaction():
            left = db.rows(
                "SELECT customer_id FROM duplicate_gone ORDER BY customer_id LIMIT ?"
                + db.row_lock("duplicate_gone"),
                (_FOLDED,),
            )
            ids = [row[0] for row in left]
            known, here = db.one_of("c.id", ids)
            # Not of those who came back: locked, so that they come back before or after this.
            in_bin = db.rows(
                f"SELECT c.id FROM customer c WHERE {known} AND c.deleted_at <> '' ORDER BY c.id"
                + db.row_lock("c"),
                here,
            )
            theirs, gone = db.one_of("customer_id", [row[0] for row in in_bin])
            keys = db.rows(f"SELECT key, customer_id FROM duplicate_key WHERE {theirs}", gone)
            _write(db, keys, [])
            done, ids = db.one_of("customer_id", ids)
            db.run(f"DELETE FROM duplicate_gone WHERE {done}", ids)
    return True


def _anew(db: Database, count: int, tell: Callable[[int], None], check: Callable[[], None]) -> None:
    """Make all keys anew for the sake of so many customers."""
    from tui_crm.store import beside

    with beside.told_as(count, _READ, tell, check) as progress:
        rebuild(db, progress)


def rebuild(db: Database, progress: Progress | None = None) -> None:
    """Make all keys anew, in one transaction; `progress` gets done and total customers."""
    with db.transaction(), db.in_order(), ExitStack() as stack:
        db.run("DELETE FROM duplicate_key")
        db.run("DELETE FROM duplicate_gone")
        db.run("DROP INDEX IF EXISTS duplicate_key_customer")
        # By their first bits in files, each of which is sorted by itself: in the order of the
        # table, since anywhere else in it a row takes four times as long.
        parts = [_Part(stack.enter_context(TemporaryFile())) for _part in range(1 << _PART_BITS)]
        middle = len(parts) // 2
        for id_, found in _everybody(db, progress):
            for value in found:
                parts[(value >> (64 - _PART_BITS)) + middle].add(value, id_)
        db.bulk_insert(
            "duplicate_key", ("key", "customer_id"), (row for part in parts for row in part.rows())
        )
        db.run("CREATE INDEX duplicate_key_customer ON duplicate_key (customer_id, key)")
        db.run("UPDATE duplicate_keys_state SET ready = 1")


class _Part:
    """Keys with their customers in a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._held = array("q")

    def add(self, value: int, customer_id: int) -> None:
        self._held.append(value)
        self._held.append(customer_id)
        if len(self._held) >= _PART_HELD:
            self._held.tofile(self._file)
            self._held = array("q")

    def rows(self) -> Iterator[tuple[int, int]]:
        """All of them, by key."""
        import numpy as np

        self._file.seek(0)
        written = np.frombuffer(self._file.read(), np.int64)
        pairs = np.concatenate((written, np.array(self._held, np.int64))).reshape(-1, 2)
        ordered = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        for at in range(0, len(ordered), _PART_HELD):
            some = ordered[at : at + _PART_HELD]
            yield from zip(some[:, 0].tolist(), some[:, 1].tolist(), strict=True)


def check(db: Database, progress: Progress | None = None) -> list[str]:
    """What is wrong with the keys; empty when they are equal to the data. Reads everybody."""
    with db.reading():
        if not ready(db):
            return [_("the keys by which duplicates are found are not made yet: crm migrate")]
        count = total = 0
        for id_, found in _everybody(db, progress):
            count += len(found)
            total += sum(value & _CHECKED_KEY for value in found) * (id_ & _CHECKED_ID)
        stored = db.one(
            "SELECT count(*), coalesce(sum((key & ?) * (customer_id & ?)), 0) FROM duplicate_key k"
            " WHERE NOT EXISTS (SELECT 1 FROM duplicate_gone g JOIN customer c ON"
            " c.id = g.customer_id WHERE g.customer_id = k.customer_id AND c.deleted_at <> '')",
            (_CHECKED_KEY, _CHECKED_ID),
        )
    if stored is None or tuple(map(int, stored)) != (count, total):
        return [_("the keys by which duplicates are found do not fit the data: crm migrate --anew")]
    return []


def prepare(
    db: Database,
    *,
    everything: bool = False,
    progress: Progress | None = None,
) -> None:
    """Make the keys of an older database if that is quick, or with `everything` in any case."""
    if ready(db):
        return
    row = db.one("SELECT coalesce(max(id), 0) FROM customer")
    if everything or not row or row[0] <= _AT_OPENING:
        rebuild(db, progress)


def ready(db: Database) -> bool:
    """Whether every customer has its keys."""
    row = db.one("SELECT ready FROM duplicate_keys_state")
    return bool(row and row[0])


def _made_of(fields: Collection[str]) -> Kinds:
    kinds = frozenset(kind for name in fields for kind in _MADE_OF.get(name, ()))
    return _ALL if kinds == _ALL else kinds


def _live(db: Database) -> int:
    row = db.one("SELECT count(*) FROM customer WHERE deleted_at = ''")
    return int(row[0]) if row else 0


def _everybody(db: Database, progress: Progress | None) -> Iterator[tuple[int, set[int]]]:
    """All live customers with their keys."""
    from tui_crm.exchange.duplicates import read

    total = _live(db)
    for done, profile in enumerate(read.everybody(db)):
        if progress is not None and not done % _CHUNK:
            progress(done, total)
        yield profile.id, keys_of(profile)
    if progress is not None:
        progress(total, total)


def _differences(
    db: Database, ids: list[int], kinds: Kinds
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The stored keys of `kinds` that these customers do not have any more, and their new ones."""
    from tui_crm.exchange.duplicates import read

    sql = f"SELECT key, customer_id FROM duplicate_key WHERE customer_id IN ({marks(len(ids))})"
    if kinds is not _ALL:
        numbers = ",".join(str(_NUMBERS[kind]) for kind in sorted(kinds))
        sql += f" AND (key & {_KIND_BITS}) IN ({numbers})"
    stored = set(db.rows(sql, ids))
    people = read.some(db, None, ids, points=not kinds.isdisjoint(_OF_POINTS))
    right = {(value, who.id) for who in people for value in keys_of(who, kinds)}
    return list(stored - right), list(right - stored)


def _write(db: Database, gone: list[tuple[int, int]], new: list[tuple[int, int]]) -> None:
    gone.sort()
    for at in range(0, len(gone), _AT_ONCE):
        some = gone[at : at + _AT_ONCE]
        pairs = ",".join(["(?,?)"] * len(some))
        db.run(
            f"DELETE FROM duplicate_key WHERE (key, customer_id) IN (VALUES {pairs})",
            [value for pair in some for value in pair],
        )
    if new:
        db.bulk_insert("duplicate_key", ("key", "customer_id"), sorted(new))


def _person(who: Profile) -> set[int]:
    given, family = _heard(who.given), _heard(who.family)
    if not given or not family:
        return {key("single", given or family)} if given or family else set()
    found = {name_key(who)}
    for kind, value in (
        ("birth", who.birthday), ("place", who.postcode or who.city), ("work", who.company),
    ):  # fmt: skip
        if value:
            found.add(key(kind, value, family))
            found.add(key(kind, value, given))
    return found


def _organization(who: Profile) -> set[int]:
    parts = [_heard(word) for word in who.family.split()]
    if not parts:
        return set()
    found = {name_key(who), key("firm start", who.family.replace(" ", "")[:6])}
    place = who.city or who.postcode
    if place:
        found.update(key("firm place", place, part) for part in parts)
    return found


def _heard(name: str) -> str:
    return sound(pinyin(name))
