"""People and the organisations that they name.

A person's `organization` is the text that was typed. Where exactly one live customer of kind
organization has that name, upper and lower case being the same, the person is linked to it. The
link follows from the texts and has no history of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from tui_crm.core.records import chunks, dump, marks
from tui_crm.text.fold import fold

if TYPE_CHECKING:
    from tui_crm.store import Database

# Above this many names one pass over all people is cheaper than a query a name.
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
    for text in _spellings(db, names, wanted):
        _point(
            db,
            "organization <> '' AND lower(organization) = lower(?) AND organization = ?",
            [text, text],
            find(db, text),
        )


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
    if len(names) > _FEW:
        rows = db.rows("SELECT DISTINCT organization FROM customer WHERE organization <> ''")
    else:
        # lower() knows ASCII only on one of the engines, so the usual spellings are asked for too.
        texts = sorted({t for n in names for t in (n, n.lower(), n.upper(), n.title())})
        rows = db.rows(
            "SELECT DISTINCT organization FROM customer WHERE organization <> ''"
            f" AND lower(organization) IN ({','.join(['lower(?)'] * len(texts))})",
            texts,
        )
    return [text for (text,) in rows if text.casefold() in wanted]


def _point(db: Database, where: str, params: list[object], target: int | None) -> None:
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
