"""The read door: which customers a viewer may see, as a piece of SQL.

Every read of customer data starts here, so that a rule of access is written once.
"""

from __future__ import annotations

from tui_crm.core.rows import Viewer


def condition(
    viewer: Viewer, alias: str = "c", *, deleted: bool = False
) -> tuple[str, list[object]]:
    """SQL and parameters that are true for the customers that `viewer` may see.

    `alias` is the name of the customer table in the query. Customers in the recycle bin are seen
    only with `deleted` (by the history and by undo). An administrator sees everybody; the scope
    "team" means one's own customers and those of one's teams, "own" one's own.
    """
    live = "TRUE" if deleted else f"{alias}.deleted_at = ''"
    held, params = of_live(viewer, alias)
    return (live, params) if held == "TRUE" else (f"({live} AND {held})", params)


def of_live(viewer: Viewer, alias: str) -> tuple[str, list[object]]:
    """The same condition for a table `alias` that holds nothing but live customers, with their
    `owner_id` and `team_id`; "TRUE" for those who see everybody.
    """
    if sees_all(viewer):
        return "TRUE", []
    own = f"{alias}.owner_id = ?"
    if viewer.scope == "own" or not viewer.team_ids:
        return own, [viewer.id]
    marks = ", ".join("?" * len(viewer.team_ids))
    return f"({own} OR {alias}.team_id IN ({marks}))", [viewer.id, *viewer.team_ids]


def sees_all(viewer: Viewer) -> bool:
    """Whether no customer is hidden from `viewer`."""
    return viewer.role == "admin" or viewer.scope == "all"
