"""What people type into fields, and what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tui_crm.core import custom_fields, picklists
from tui_crm.core.changes import Edit
from tui_crm.core.session import Session
from tui_crm.core.validation import check, display, parse_assignments
from tui_crm.errors import CrmError, InputRefused, NotAllowed, UsageError


@pytest.mark.parametrize(
    ("field", "raw", "stored"),
    [
        ("name", "  Ada\x1b[31m\tLovelace \u202e", "Ada[31m Lovelace"),
        ("needs", "one\r\ntwo\x07", "one\ntwo"),
        ("status", "ACTIVE", "active"),
        ("status", "合作中", "active"),
        ("status", "", ""),
        ("kind", "公司", "organization"),
        ("birthday", "1990-02-01", "1990-02-01"),
        ("birthday", "1 Feb 1990", "1990-02-01"),
        ("birthday", "1990年2月1日", "1990-02-01"),
        ("owner", "ANA", "ana"),
        ("owner", None, ""),
        ("tags", "vip;  ;new；vip", ("new", "vip")),
        ("tags", None, ()),
    ],
)
def test_values_are_brought_into_their_form(
    session: Session, field: str, raw: Any, stored: Any
) -> None:
    assert check(session, field, raw) == stored


@pytest.mark.parametrize(
    ("field", "raw", "says"),
    [
        ("status", "actve", '"active"'),
        ("owner", "anna", '"ana"'),
        ("team", "north", "Known"),
        ("birthday", "2026-13-45", "YYYY-MM-DD"),
        ("name", " ", ""),
        ("title", "x" * 501, ""),
        ("city", ("a", "b"), ""),
    ],
)
def test_refusals_name_the_field_and_a_way_out(
    session: Session, field: str, raw: Any, says: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        check(session, field, raw)
    label = session.fields.get(field).label  # type: ignore[union-attr]
    assert label in caught.value.message
    assert says in caught.value.hint


def test_the_limit_is_named(session: Session) -> None:
    with pytest.raises(InputRefused, match=r"501.*500"):
        check(session, "title", "x" * 501)
    assert len(str(check(session, "name", "x" * 10_000))) == 10_000


def test_assignments(session: Session) -> None:
    edit = parse_assignments(
        session,
        [
            "status=Active",
            "tags+=x;y",
            "tags+=z",
            "tags-=w",
            "city=",
            "Company = A=B",
            "电话=13800138000",
        ],
    )
    assert edit == Edit(
        {"status": "active", "city": "", "organization": "A=B", "phones": ("13800138000",)},
        {"tags": ("x", "y", "z")},
        {"tags": ("w",)},
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [("citty=x", "city"), ("city", "field=value"), ("=x", "field=value"), ("city+=x", "city=")],
)
def test_wrong_assignments_say_what_is_right(session: Session, text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_assignments(session, [text])
    assert says in caught.value.hint


def test_values_are_shown_as_people_read_them(session: Session) -> None:
    assert display(session, "status", "active") == "Active"
    assert display(session, "status", "gone from the list") == "gone from the list"
    assert display(session, "tags", ("a", "b")) == "a; b"
    assert display(session, "city", "") == display(session, "tags", ()) == ""
    assert len(display(session, "created_at", "2026-03-01T12:00:00Z")) == len("2026-03-01 12:00")


@pytest.mark.parametrize(
    ("type_", "raw", "stored", "wrong"),
    [
        ("text", "x", "x", ("a", "b")),
        ("number", "3.5", 3.5, "three"),
        ("number", "1e400", None, "nan"),
        ("date", "2026-02-01", "2026-02-01", "soon"),
        ("choice", "BLUE", "blue", "bleu"),
        ("bool", "是", True, "maybe"),
        ("bool", "no", False, "2"),
    ],
)
def test_custom_fields(session: Session, type_: Any, raw: str, stored: Any, wrong: Any) -> None:
    custom_fields.define(session, "extra", type_, "Extra", "附加", ["red", "blue"])
    if stored is None:
        with pytest.raises(InputRefused):
            check(session, "extra", raw)
    else:
        assert check(session, "extra", raw) == stored
        assert parse_assignments(session, [f"extra={raw}"]).set == {"extra": stored}
    assert check(session, "extra", "") == ""
    with pytest.raises(InputRefused):
        check(session, "extra", wrong)


def test_fields_that_cannot_be_added(session: Session, make_session: Any) -> None:
    custom_fields.define(session, "floor")
    for wrong in (
        lambda: custom_fields.define(session, "floor"),
        lambda: custom_fields.define(session, "city"),
        lambda: custom_fields.define(session, "Größe"),
        lambda: custom_fields.define(session, "size", "choice"),
        lambda: custom_fields.define(session, "size", "tags"),
    ):
        with pytest.raises(InputRefused):
            wrong()
    with pytest.raises(NotAllowed):
        custom_fields.define(make_session("bob"), "size")


def test_values_added_to_a_picklist_are_offered_to_everybody(session: Session) -> None:
    assert picklists.add(session, "status", "trial") == "trial"
    assert picklists.add(session, "status", "TRIAL") == "trial"
    assert check(session, "status", "Trial") == "trial"
    assert [c.value for c in picklists.choices(session, "status")].count("trial") == 1
    for wrong in (("kind", "x"), ("status", " ")):
        with pytest.raises(CrmError):
            picklists.add(session, *wrong)
