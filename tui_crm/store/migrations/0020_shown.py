"""The search index holds what lists show of a customer, packed into one text (see
`tui_crm/core/listed.py`).

To read a page of hits from the tables of customers, contact points and tags took a third of the
time of a key press; the document of a hit has to be read anyway. The table is written anew beside
the old one, in the order in which it is read. Takes two minutes for a million customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_PLAIN = (
    "account_no", "kind", "name", "organization", "title", "city", "country", "category", "status",
    "source", "last_contact", "created_at",
)  # fmt: skip
_COLUMNS = (
    "CAST(c.id AS text)",
    "coalesce(CAST(c.owner_id AS text), '')",
    "coalesce(CAST(c.team_id AS text), '')",
    *(f"c.{name}" for name in _PLAIN),
)


def up(db: Database) -> None:
    """Add the column, filled."""
    from tui_crm.store import beside

    between = f" || '{db.separator}' || "
    points = db.joined(
        "substr(p.kind, 1, 1) || p.value",
        "contact_point p WHERE p.customer_id = c.id AND p.kind <> 'handle'",
        "p.kind, p.position, p.id",
    )
    tags = db.joined(
        "'t' || g.name",
        "customer_tag ct JOIN tag g ON g.id = ct.tag_id WHERE ct.customer_id = c.id",
        "g.name",
    )
    shown = between.join(_COLUMNS)
    for more in points, tags:
        shown += f" || coalesce('{db.separator}' || nullif({more}, ''), '')"
    columns = "stamp, words, digits" + ("" if db.engine == "sqlite" else ", px")
    tables = ("search_text",)
    db.run("ALTER TABLE search_text ADD COLUMN shown text NOT NULL DEFAULT ''")
    beside.create(db, tables)
    # Those that wait to be taken out of the index show nothing.
    db.run(
        f"INSERT INTO search_text_new (id, {columns}, shown)"
        f" SELECT t.id, {columns}, coalesce({shown}, '') FROM search_text t"
        " LEFT JOIN search_doc d ON d.id = t.id LEFT JOIN customer c ON c.id = d.customer_id"
        " ORDER BY t.id"
    )
    beside.finish(db, tables)
    beside.swap(db, tables)
    db.run("DROP TABLE search_text_old")
