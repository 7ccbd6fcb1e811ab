"""The table of keys that finds, among a million customers, those worth comparing with a new one.

A key is a 64-bit hash of something that two records of one customer have in common: an address, a
mailbox, the end of a telephone number, the sounds of a name with a birthday. A customer has about
eight. The write door keeps them right in the transaction of the change (`update`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from tui_crm.exchange.duplicates.profile import Profile, pinyin, sound
from tui_crm.exchange.duplicates.providers import FREE_MAIL

if TYPE_CHECKING:
    from tui_crm.store import Database

FIELDS = frozenset(
    ("name", "kind", "organization", "phones", "emails", "handles", "street", "postcode", "city",
     "birthday")
)  # fmt: skip
"""The customer's fields that its keys are made of."""

_CHUNK = 500
_REBUILD_CHUNK = 5000
_AT_OPENING = 20_000  # customers whose keys are made in two seconds
_PHONE_END = 8


def keys_of(who: Profile) -> set[int]:
    """The keys of a customer."""
    found = {key("email", mail) for mail in who.emails}
    found.update(key("mailbox", mail.partition("@")[0]) for mail in who.emails)
    found.update(phone_key(number) for number in who.phones)
    found.update(key("handle", handle) for handle in who.handles)
    if who.street and who.number:
        found.add(key("address", who.street, who.number))
    if who.organization:
        found |= _organization(who)
    else:
        found |= _person(who)
    return found


def phone_key(number: str) -> int:
    """The key of a telephone number."""
    return key("phone", number[-_PHONE_END:])


def name_key(who: Profile) -> int:
    """The key of the whole name, in whatever order its parts were written."""
    if who.organization:
        return key("firm", "".join(sorted(who.family.split())))
    given, family = _heard(who.given), _heard(who.family)
    return key("name", *sorted((given, family)))


def key(*parts: str) -> int:
    """The hash of what is in common; the first part says what kind of thing it is."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def update(db: Database, customer_ids: Iterable[int]) -> None:
    """Bring the keys in line with the data for these customers, deleted ones included.

    Belongs into the transaction that changed them.
    """
    from tui_crm.core.records import chunks, marks
    from tui_crm.exchange.duplicates import read

    for some in chunks(sorted(set(customer_ids)), _CHUNK):
        here = marks(len(some))
        stored = set(
            db.rows(
                f"SELECT customer_id, key FROM duplicate_key WHERE customer_id IN ({here})", some
            )
        )
        right = {(p.id, k) for p in read.some(db, None, some) for k in keys_of(p)}
        if gone := sorted((k, id_) for id_, k in stored - right):
            db.run_many("DELETE FROM duplicate_key WHERE key = ? AND customer_id = ?", gone)
        if new := sorted((k, id_) for id_, k in right - stored):
            db.bulk_insert("duplicate_key", ("key", "customer_id"), new)


def rebuild(db: Database, progress: Callable[[int, int], None] | None = None) -> None:
    """Make all keys anew, in one transaction; `progress` gets done and total customers."""
    from tui_crm.exchange.duplicates import read

    with db.transaction():
        db.run("DELETE FROM duplicate_key")
        ids = [
            row[0] for row in db.rows("SELECT id FROM customer WHERE deleted_at = '' ORDER BY id")
        ]
        rows: list[tuple[int, int]] = []
        for at in range(0, len(ids), _REBUILD_CHUNK):
            for profile in read.some(db, None, ids[at : at + _REBUILD_CHUNK]):
                rows += [(k, profile.id) for k in keys_of(profile)]
            if progress is not None:
                progress(min(len(ids), at + _REBUILD_CHUNK), len(ids))
        rows.sort()  # in the order of the table, which is four times faster
        db.bulk_insert("duplicate_key", ("key", "customer_id"), rows)
        db.run("UPDATE duplicate_keys_state SET ready = 1")


def prepare(
    db: Database,
    *,
    everything: bool = False,
    progress: Callable[[int, int], None] | None = None,
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


def _person(who: Profile) -> set[int]:
    given, family = _heard(who.given), _heard(who.family)
    if not given or not family:
        return {key("single", given or family)} if given or family else set()
    found = {name_key(who)}
    for kind, value in (
        ("birth", who.birthday), ("zip", who.postcode or who.city), ("work", who.company),
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
    found.update(
        key("domain", end) for m in who.emails if (end := m.partition("@")[2]) not in FREE_MAIL
    )
    return found


def _heard(name: str) -> str:
    return sound(pinyin(name))
