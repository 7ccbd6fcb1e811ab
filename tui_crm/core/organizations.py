"""People and the organisations that they name.

A person's `organization` is the text that was typed. Where exactly one live customer of kind
organization has that name, upper and lower case being the same, the person is linked to it. The
link follows from the texts and has no history of its own. Of people in the recycle bin nobody asks
for it: it is made when they come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import TYPE_CHECKING

from tui_crm.core.records import chunks, dump, marks
from tui_crm.text.fold import fold

if TYPE_CHECKING:
    from tui_crm.store import Database

# Above this many names one statement about all of them is cheaper than two a name.
_FEW = 20


def find(db: Database, name: str) -> int | None:
    """The id of the one organisation of that name, None if there is none or more than one."""
    if not name:
        return None
    wanted = name.casefold()
    found = [
        id_
        for id_, spelled in db.rows(
            "SELECT id, name FROM customer WHERE sort_name = ? AND kind = 'organization'"
            " AND deleted_at = ''",
            (fold(name),),
        )
        if spelled.casefold() == wanted
    ]
    return found[0] if len(found) == 1 else None


class Links:
    """Organisations by name, for many people who name them; each name is looked up once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, int | None] = {}

    def learn(self, names: Iterable[str]) -> None:
        """Look these names up, those that are not known yet."""
        new = {
            name.casefold(): name for name in names if name and name.casefold() not in self._known
        }
        self._known.update(dict.fromkeys(new))
        doubled: set[str] = set()
        for some in chunks(sorted({fold(name) for name in new.values()})):
            for id_, spelled in self._db.rows(
                f"SELECT id, name FROM customer WHERE sort_name IN ({marks(len(some))})"
                " AND kind = 'organization' AND deleted_at = ''",
                some,
            ):
                name = spelled.casefold()
                if name in new:
                    if self._known[name] is not None:
                        doubled.add(name)
                    self._known[name] = id_
        self._known.update(dict.fromkeys(doubled))

    def add(self, name: str, id_: int) -> None:
        """An organisation of that name has come; whether another one has it is learnt before."""
        name = name.casefold()
        self._known[name] = id_ if self._known.get(name) is None else None

    def target(self, name: str, id_: int = 0) -> int | None:
        """The organisation that the customer `id_` (0: anybody) is linked to who names it so."""
        found = self._known.get(name.casefold()) if name else None
        return None if found == id_ else found


def link(db: Database, name: str, ids: Iterable[int]) -> None:
    """Link these customers, who name the organisation `name`, to it."""
    target = find(db, name)
    for chunk in chunks(ids):
        _point(db, f"id IN ({marks(len(chunk))}) AND organization = ?", [*chunk, name], target)


def settle(db: Database, names: Set[str]) -> None:
    """Link everybody who names one of these organisations, which came, went or changed name."""
    wanted = {name.casefold() for name in names if name}
    if not wanted:
        return
    texts = _spellings(db, names, wanted)
    if len(texts) > _FEW:
        _settle_many(db, texts)
        return
    for text in texts:
        _point(
            db,
            "organization <> '' AND lower(organization) = lower(?) AND organization = ?",
            [text, text],
            find(db, text),
        )


def _settle_many(db: Database, texts: Sequence[str]) -> None:
    """Link everybody who names an organisation by one of these texts, by one statement."""
    links = Links(db)
    links.learn(texts)
    db.run("CREATE TEMP TABLE crm_link (name text PRIMARY KEY, target bigint)")
    db.bulk_insert("crm_link", ("name", "target"), ((text, links.target(text)) for text in texts))
    db.run("ANALYZE crm_link")  # few beside all people, of whom only these are to be looked at
    db.run(
        "UPDATE customer SET organization_id = v.target FROM crm_link v"
        " WHERE lower(customer.organization) = lower(v.name) AND customer.organization = v.name"
        " AND customer.organization <> '' AND customer.deleted_at = ''"
        " AND customer.id <> coalesce(v.target, 0)"
        " AND coalesce(customer.organization_id, 0) <> coalesce(v.target, 0)"
    )
    db.run("DROP TABLE crm_link")


def rename_people(db: Database, set_id: int, organization_id: int, name: str, now: str) -> set[int]:
    """Give an organisation's people its new name, as part of a change set; gives their ids."""
    # Their rows are locked by the update before the history is written from them.
    here = "organization_id = ? AND organization <> ?"
    db.run(f"UPDATE customer SET version = version + 1 WHERE {here}", (organization_id, name))
    db.run(
        "INSERT INTO change (change_set_id, entity, record_id, customer_id, action, field,"
        " old, new, version)"
        f" SELECT ?, 'customer', id, id, 'update', 'organization', {db.json_of('organization')}, ?,"
        f" version FROM customer WHERE {here}",
        (set_id, dump(name), organization_id, name),
    )
    ids = {
        row[0] for row in db.rows(f"SELECT id FROM customer WHERE {here}", (organization_id, name))
    }
    db.run(
        f"UPDATE customer SET organization = ?, updated_at = ? WHERE {here}",
        (name, now, organization_id, name),
    )
    return ids


def _spellings(db: Database, names: Set[str], wanted: set[str]) -> list[str]:
    """The texts by which people name one of the organisations."""
    # lower() knows ASCII only on one of the engines, so the usual spellings are asked for too.
    asked = {n.lower() for n in names}
    asked.update(t for n in names if not n.isascii() for t in (n, n.upper(), n.title()))
    found: set[str] = set()
    for some in chunks(sorted(asked)):
        rows = db.rows(
            "SELECT DISTINCT organization FROM customer WHERE organization <> ''"
            f" AND lower(organization) IN ({','.join(['lower(?)'] * len(some))})",
            some,
        )
        found.update(text for (text,) in rows if text.casefold() in wanted)
    return sorted(found)


def _point(db: Database, where: str, params: list[object], target: int | None) -> None:
    where += " AND deleted_at = ''"
    if target is None:
        db.run(
            f"UPDATE customer SET organization_id = NULL WHERE {where}"
            " AND organization_id IS NOT NULL",
            params,
        )
    else:
        db.run(
            f"UPDATE customer SET organization_id = ? WHERE {where} AND id <> ?"
            " AND (organization_id IS NULL OR organization_id <> ?)",
            (target, *params, target, target),
        )
