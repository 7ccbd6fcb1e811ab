"""Phones, e-mails, handles and tags: what was typed is kept, what it means is compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.core.conftest import change, everything, value
from tui_crm.core import customers, points
from tui_crm.core.changes import Edit, Request, Update, apply
from tui_crm.core.session import Session
from tui_crm.errors import InputRefused

Add = Callable[..., int]


def add_to(session: Session, id_: int, field: str, *items: str) -> int:
    return apply(session, Request([Update(id_, Edit(add={field: items}))], "edit")).done


def remove_from(session: Session, id_: int, field: str, *items: str) -> int:
    return apply(session, Request([Update(id_, Edit(remove={field: items}))], "edit")).done


def test_contact_points_keep_what_was_typed_beside_what_is_compared(
    session: Session, add: Add
) -> None:
    id_ = add(phones="work: 020 7946 0018; +86 138 0013 8000", emails="Bob@Example.COM",
              handles=("wechat: 张伟_88",))  # fmt: skip
    found = {
        (p.kind, p.label, p.value, p.normalized) for p in customers.get(session, id_).contact_points
    }
    assert found == {
        ("phone", "work", "020 7946 0018", "+442079460018"),
        ("phone", "", "+86 138 0013 8000", "+8613800138000"),
        ("email", "", "Bob@Example.COM", "bob@example.com"),
        ("handle", "wechat", "张伟_88", "张伟_88"),
    }
    assert value(session, id_, "phones") == ("work: 020 7946 0018", "+86 138 0013 8000")
    (row,) = customers.rows(session, [id_])
    assert (row.phone, row.email) == ("020 7946 0018", "Bob@Example.COM")


def test_the_same_number_in_another_spelling_is_no_change(session: Session, add: Add) -> None:
    id_ = add(phones="020 7946 0018", emails="bob@example.com", tags="VIP", handles="qq: 123")
    before = everything(session)
    assert add_to(session, id_, "phones", "+44 (0)20 7946-0018") == 0
    assert add_to(session, id_, "emails", "BOB@example.com") == 0
    assert add_to(session, id_, "tags", "vip") == 0
    assert add_to(session, id_, "handles", "QQ:123") == 0
    assert everything(session) == before


def test_lists_are_added_to_and_removed_from_in_any_spelling(session: Session, add: Add) -> None:
    id_ = add(phones="020 7946 0018; 020 7946 0019", tags="b;a")
    assert value(session, id_, "tags") == ("a", "b")
    remove_from(session, id_, "phones", "+442079460018")
    add_to(session, id_, "phones", "020 7946 0020")
    assert value(session, id_, "phones") == ("020 7946 0019", "020 7946 0020")
    remove_from(session, id_, "tags", "A", "never there")
    assert value(session, id_, "tags") == ("b",)
    change(session, id_, phones=(), tags="")
    assert value(session, id_, "phones") == value(session, id_, "tags") == ()


def test_a_label_can_be_changed_alone(session: Session, add: Add) -> None:
    id_ = add(phones="home: 020 7946 0018")
    change(session, id_, phones="work: 020 7946 0018")
    assert customers.get(session, id_).contact_points[0].label == "work"


def test_doubles_in_one_list_are_folded(session: Session, add: Add) -> None:
    id_ = add(phones="020 7946 0018; +442079460018", tags="x;X;x")
    assert value(session, id_, "phones") == ("020 7946 0018",)
    assert value(session, id_, "tags") == ("x",)


@pytest.mark.parametrize(
    ("field", "text"), [("phones", "call me"), ("emails", "bob at example"), ("tags", "x" * 101)]
)
def test_what_cannot_be_one_is_refused(session: Session, add: Add, field: str, text: str) -> None:
    with pytest.raises(InputRefused, match=r"Phones|E-mails|Tags"):
        add(**{field: text})


@pytest.mark.parametrize(
    ("text", "label", "rest"),
    [
        ("work: 123", "work", "123"),
        ("手机：138", "手机", "138"),
        ("mailto:a@b.ch", "", "a@b.ch"),
        ("tel: 123", "", "123"),
        ("https://t.me/bob", "", "https://t.me/bob"),
        ("044: 123", "", "044: 123"),
        ("a@b.ch", "", "a@b.ch"),
        ("x: y: z", "x", "y: z"),
        (":", "", ":"),
    ],
)
def test_labels(text: str, label: str, rest: str) -> None:
    assert points.split(text) == (label, rest)
    assert points.split(points.join(label, rest)) == (label, rest)
