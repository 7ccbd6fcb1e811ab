"""On PostgreSQL documents of the search index tell their block of ids, and numbers shorter ones.

The newest block is asked first: what is frequent is then found without reading all that is older.
What stands for the pieces and the ends of telephone numbers are the digits themselves, with one
before that tells which (`tui_crm/search/hashes.py`); hashes of them that are there stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

_NUMBERS = """
    SELECT ('1' || substr(number, i, 6))::int FROM numbers, generate_series(1, length(number) - 5) i
    UNION
    SELECT ('2' || substr(number, i, 3))::int FROM numbers, generate_series(1, length(number) - 2) i
    UNION
    SELECT ('3' || right(number, n))::int FROM numbers, generate_series(3, 5) n
"""


def up(db: Database) -> None:
    """Add both to the documents that are there."""
    if db.engine == "sqlite":
        return
    db.run("DROP INDEX search_text_px")
    db.run(
        "UPDATE search_text SET px = px || (1073741824 + (id >> 14))::int || ARRAY("
        " WITH numbers AS (SELECT string_to_table(trim(digits), ' ') AS number)"
        f" SELECT * FROM ({_NUMBERS}) AS found (hash) WHERE digits <> '')"
    )
    db.run("CREATE INDEX search_text_px ON search_text USING gin (px)")
