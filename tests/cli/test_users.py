"""crm users: what an administrator says of a user holds from that user's next call on."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Crm


@pytest.fixture
def office(crm: Crm) -> Crm:
    """Three customers: one of ana's, one of ben's, one of the team East."""
    for login in ("ben", "cem"):
        crm("users", "add", login)
    crm("users", "edit", "cem", "teams=East")
    crm("add", "name=Of Ana", "owner=ana")
    crm("add", "name=Of Ben", "owner=ben")
    crm("add", "name=Of East", "owner=ana", "team=East")
    return crm


def names(crm: Crm, login: str) -> set[str]:
    found = crm("--as", login, "search", "", "--json", code=None).objects
    return {customer["name"] for customer in found}


def user(crm: Crm, login: str) -> dict[str, object]:
    [found] = [one for one in crm("users", "--json").objects if one["login"] == login]
    return found


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ((), {"Of Ana", "Of Ben", "Of East"}),
        (("sees=own",), {"Of Ben"}),
        (("sees=team", "teams=East"), {"Of Ben", "Of East"}),
        (("sees=team", "teams=East", "teams-=East"), {"Of Ben"}),
        (("sees=own", "role=admin"), {"Of Ana", "Of Ben", "Of East"}),
    ],
)
def test_what_a_user_sees(office: Crm, settings: tuple[str, ...], seen: set[str]) -> None:
    office("users", "edit", "ben", "name=Ben B.", *settings)
    assert names(office, "ben") == seen
    assert user(office, "ben")["name"] == "Ben B."
    assert names(office, "ana") == {"Of Ana", "Of Ben", "Of East"}


def test_a_user_who_left_cannot_work_any_more(office: Crm) -> None:
    office("users", "edit", "ben", "active=no")
    assert "deactivated" in office("--as", "ben", "search", "x", code=4).err
    office("users", "edit", "ben", "active=yes")
    assert names(office, "ben")


def test_teams_are_set_added_and_taken_away(office: Crm) -> None:
    for setting, teams in (
        ("teams=East;West", ["East", "West"]), ("teams+=North", ["East", "North", "West"]),
        ("teams-=West;Nowhere", ["East", "North"]), ("teams=South", ["South"]), ("teams=", []),
    ):  # fmt: skip
        office("users", "edit", "ben", setting)
        assert user(office, "ben")["teams"] == teams
    assert user(office, "cem")["teams"] == ["East"]


def test_what_is_refused_changes_nothing(office: Crm) -> None:
    before = office("users", "--json").objects
    office("users", "edit", "ben", "name=B", "sees=some", code=3)
    office("users", "edit", "ben", "sees+=all", code=3)
    office("users", "edit", "ana", "role=agent", code=3)  # nobody else is administrator
    office("users", "edit", "ana", "active=no", code=3)
    office("users", "edit", "dan", "sees=own", code=7)
    office("users", "add", "ben", code=3)
    office("users", "add", "dan", "role=boss", code=3)
    office("users", "edit", "ben", "colour=red", code=2)
    office("users", "edit", "ben", code=2)
    office("--as", "ben", "users", "edit", "ben", "role=admin", code=4)
    office("--as", "ben", "users", "add", "dan", code=4)
    assert office("--as", "ben", "users", "--json").objects == before
