"""The query language: what filters mean, and what is said when they are not understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import add_user
from tui_crm import search
from tui_crm.core.fields import BUILT_IN, Field
from tui_crm.core.session import Session
from tui_crm.errors import UsageError
from tui_crm.search.language.query import parse, walk, written

Add = Callable[..., int]

CUSTOM = (
    Field("plan", "Plan", "套餐", "choice", choices=("basic", "premium")),
    Field("seats", "Seats", "席位", "number"),
    Field("renewal", "Renewal", "续约", "date"),
    Field("nickname", "Nickname", "昵称", searchable=True),
    Field("signed", "Signed", "已签", "bool"),
)


@pytest.fixture
def world(session: Session, add: Add) -> Iterator[tuple[Session, dict[str, int]]]:
    """Four customers, custom fields, two users; it is noon on 15 March 2026."""
    for name, kind in (("plan", "choice"), ("nickname", "text"), ("seats", "number")):
        session.db.run(
            "INSERT INTO custom_field (name, type, choices) VALUES (?, ?, '[]')", (name, kind)
        )
    ben = add_user("ben", teams=["North"])
    ids = {
        "anna": add(
            "Anna Müller", city="New York", country="US", status="active", category="vip",
            owner_id=session.viewer.id, phones=["030 1234567"], emails=["anna@example.org"],
            tags=["VIP", "fair 2026"], last_contact="2026-03-10T10:00:00Z",
            created_at="2026-01-15T10:00:00Z", street="Hauptstraße 5", needs="Wants a Discount",
            custom={"plan": "basic", "seats": 5, "renewal": "2026-06-01", "nickname": "Änni",
                    "signed": True},
        ),
        "bob": add(
            "Bob York", city="Yorktown", country="GB", status="lead", kind="organization",
            owner_id=ben.id, team_id=ben.team_ids[0], tags=["vip-old"],
            last_contact="2026-01-01T10:00:00Z", created_at="2025-02-28T23:30:00Z",
            birthday="1990-05-05", custom={"plan": "premium", "seats": 50},
        ),
        "cid": add("Cid New", city="York New", created_at="2026-03-15T08:00:00Z", source="odd one"),
        "dora": add("Dora", emails=["d@york.example"], created_at="2024-05-05T00:00:00Z"),
    }  # fmt: skip
    session.db.run(
        "INSERT INTO task (customer_id, title, created_at, updated_at) VALUES (?, 'Call', '', '')",
        (ids["cid"],),
    )
    with time_machine.travel("2026-03-15T12:00:00Z", tick=False):
        yield replace(session, fields=BUILT_IN.with_custom(CUSTOM)), ids


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('city:"New York"', "anna"),
        ("city:york", "anna bob cid"),
        ("city:yorkt", "bob"),
        ("-city:york", "dora"),
        ("name:york", "bob"),
        ("york", "anna bob cid dora"),
        ("email:york", "dora"),
        ("email:anna@ex", "anna"),
        ("mail:anna", "anna"),
        ("phone:1234", "anna"),
        ("tag:vip", "anna"),
        ("tags:VIP", "anna"),
        ("tag:vip-", "bob"),
        ('tag:"fair 2026"', "anna"),
        ("-tag:vip", "bob cid dora"),
        ("status:active", "anna"),
        ("status:act", "anna"),
        ("status:lead status:active", ""),
        ("-status:active", "bob cid dora"),
        ('source:"odd one"', "cid"),
        ("kind:org", "bob"),
        ("类型:公司", "bob"),
        ("category:vip", "anna"),
        ("owner:me", "anna"),
        ("-owner:me", "bob cid dora"),
        ("owner:ben", "bob"),
        ("team:north", "bob"),
        ("has:owner", "anna bob"),
        ("-has:owner", "cid dora"),
        ("has:email", "anna dora"),
        ("-has:email has:tag", "bob"),
        ("no:phone", "bob cid dora"),
        ("has:team", "bob"),
        ("has:birthday", "bob"),
        ("country:us", "anna"),
        ("street:haupt", "anna"),
        ("needs:discount", "anna"),
        ("last:>30d", "bob"),
        ("last:<30d", "anna"),
        ("last:30d", "anna"),
        ("-has:last", "cid dora"),
        ("last:30d..90d", "bob"),
        ("created:2026", "anna cid"),
        ("created:2026-01..2026-03", "anna cid"),
        ("created:2026-01", "anna"),
        ("created:today", "cid"),
        ("created:<2025", "dora"),
        ("created:>2025", "anna cid"),
        ("created:>=2025", "anna bob cid"),
        ("created:..2025-03-01", "bob dora"),
        ("birthday:1990", "bob"),
        ("plan:prem", "bob"),
        ("-plan:premium", "anna cid dora"),
        ("has:plan", "anna bob"),
        ("seats:>5", "bob"),
        ("seats:1..5", "anna"),
        ("seats:50", "bob"),
        ("renewal:2026-06", "anna"),
        ("nickname:än", "anna"),
        ("anni", "anna"),
        ("signed:yes", "anna"),
        ("version:1", "anna bob cid dora"),
        ("york tag:vip status:active", "anna"),
        ("anna owner:ben", ""),
        ("anna or bob", "anna bob"),
        ("anna OR dora or bob", "anna bob dora"),
        ("状态:合作中", "anna"),
        ("状态：合作中", "anna"),
        ("负责人：我", "anna"),
        ("标签:VIP", "anna"),
        ("（状态：合作中 或 状态：线索） 标签：vip", "anna"),
        ("城市：“New York”", "anna"),
        ("最近联系：＞30天", "bob"),
        ("(status:lead or status:active) york", "anna bob"),
        ("york -(status:lead or status:active)", "cid dora"),
        ("-(status:lead york)", "anna cid dora"),
        ("not (owner:me or owner:ben)", "cid dora"),
        ("not owner:me", "bob cid dora"),
        ("anna or 030 1234567 or d@york.example", "anna dora"),
        ("phone:1234 or email:york", "anna dora"),
        ("(anna or nobody) (bob or york)", "anna"),
        ("anna or (bob -york) or (cid new)", "anna cid"),
        ("status:active,lead", "anna bob"),
        ("-status:active,lead", "cid dora"),
        ('tag:"fair 2026",vip-old', "anna bob"),
        ("owner:me,ben", "anna bob"),
        ("city:new,yorktown", "anna bob cid"),
        ('city:"New York, NY"', ""),
        ("seats:5,50", "anna bob"),
        ("seats:>=5 seats:≤5", "anna"),
        ("open:task", "cid"),
        ("-open:task", "anna bob dora"),
        ("anna AND tag:vip", "anna"),
        ("last:this-month", "anna"),
        ("last:本月", "anna"),
        ("created:last-year", "bob"),
        ("created:2026年1月", "anna"),
        ("renewal:+70d..+90d", "anna"),
        ("last:<1000h", "anna"),
        ("created:2026-01～2026-02", "anna"),
        ("country:美国", "anna"),
        ("国家：英國", "bob"),
        ('country:"united"', "anna bob"),
        ("-country:usa", "bob cid dora"),
        ("所有者：我", "anna"),
        ("有：邮箱", "anna dora"),
        ("无:电话", "bob cid dora"),
        ("状态:作", "anna"),
        ("未完成:任务", "cid"),
    ],
)
def test_filters(world: tuple[Session, dict[str, int]], typed: str, expected: str) -> None:
    session, ids = world
    answer = search.find(session, typed)
    assert answer.problems == ()
    assert {hit.row.id for hit in answer.hits} == {ids[key] for key in expected.split()}
    assert search.count(session, typed) == len(expected.split())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "anna bob cid dora"),
        ("sort:name", "anna bob cid dora"),
        ("sort:-name", "dora cid bob anna"),
        ("sort:-last", "anna bob dora cid"),
        ("sort:last", "bob anna cid dora"),
        ("sort:-created", "cid anna bob dora"),
        ("sort:owner", "anna bob cid dora"),
        ("sort:seats", "anna bob cid dora"),
        ("sort:-seats", "bob anna dora cid"),
        ("york sort:city", "anna cid bob dora"),
        ("sort:city,-name", "anna cid bob dora"),
        ("排序：-姓名", "dora cid bob anna"),
    ],
)
def test_order(world: tuple[Session, dict[str, int]], typed: str, expected: str) -> None:
    session, ids = world
    found = [hit.row.id for hit in search.find(session, typed).hits]
    assert found == list(search.all_ids(session, typed))
    if typed:
        assert found == [ids[key] for key in expected.split()]
    else:
        assert set(found) == set(ids.values())


def test_ids(world: tuple[Session, dict[str, int]]) -> None:
    session, ids = world
    typed = f"id:{ids['anna']},{ids['dora']}"
    assert set(search.all_ids(session, typed)) == {ids["anna"], ids["dora"]}
    assert list(search.all_ids(session, f"{typed} dor")) == [ids["dora"]]


@pytest.mark.parametrize(
    ("typed", "wrong", "part_of_message"),
    [
        ("anna stauts:active", "stauts", "status"),
        ("anna -onwer:me", "onwer", "owner"),
        ("foo:bar", "foo", "foo"),
        ("has:emial", "emial", "email"),
        ("sort:nmae", "nmae", "name"),
        ("sort:tags", "sort:tags", "Tags"),
        ("(status:lead or status:active anna", "(", "not closed"),
        ("anna )", ")", "closes nothing"),
        ("anna ()", "()", "nothing in"),
        ("anna or &", "&", "no word"),
        ("&", "&", "no word"),
        ('-"&" anna', '-"&"', "no word"),
        ('name:"van den', 'name:"van den', "not closed"),
        ("open:case", "open:case", "open:task"),
        ("(foo:bar or dora)", "foo", "foo"),
        ("dora (last:soon or last:today)", "last:soon", "soon"),
        ("id:1,x", "id:1,x", "id"),
        ("name:", "name:", "name"),
        ("phone:12", "phone:12", "three"),
        ("last:soon", "last:soon", "soon"),
        ("created:2026-13", "created:2026-13", "2026-13"),
        ("version:many", "version:many", "many"),
        ("owner:nobody", "owner:nobody", "nobody"),
        ("tag:vpi", "tag:vpi", "VIP"),
        ("status:actve", "status:actve", "active"),
        ("signed:maybe", "signed:maybe", "maybe"),
        ("last:yesterdy", "last:yesterdy", "yesterday"),
        ("no:emial", "emial", "email"),
        ("anna status=active", "status=active", "status:active"),
        ("city!=berlin", "city!=berlin", "-city:berlin"),
        ("created>2026-01", "created>2026-01", "created:>2026-01"),
        ("tag: vip", "tag:", "tag:vip"),
        ("标鉴:VIP", "标鉴", "标签"),
        ("状态:合住中", "状态:合住中", "合作中"),
    ],
)
def test_problems_point_at_the_word(
    world: tuple[Session, dict[str, int]], typed: str, wrong: str, part_of_message: str
) -> None:
    session, _ids = world
    (problem,) = search.find(session, typed).problems
    assert typed[problem.start : problem.end] == wrong
    assert part_of_message in problem.message


@pytest.mark.parametrize(
    "typed",
    ["phone:1", "last:>", "last:>3", "last:20", "last:2026-", "last:2026-01..", "last:yest",
     "name:", "seats:>", "signed:ye", "email:@", "-", "(anna", 'name:"van'],
)  # fmt: skip
def test_what_is_being_typed_is_not_wrong_yet(
    world: tuple[Session, dict[str, int]], typed: str
) -> None:
    session, _ids = world
    assert all(problem.unfinished for problem in search.find(session, typed).problems)
    assert all(not problem.unfinished for problem in search.find(session, f"{typed} x").problems
               if typed[0] not in "(n")  # fmt: skip


@pytest.mark.parametrize(
    "typed", ["last:soon", "created:2026-13", "version:many", "signed:maybe", "owner:nobody"]
)
def test_what_cannot_become_right_is_told_at_once(
    world: tuple[Session, dict[str, int]], typed: str
) -> None:
    session, _ids = world
    (problem,) = search.find(session, typed).problems
    assert not problem.unfinished


@pytest.mark.parametrize(
    ("typed", "wrong", "said"),
    [
        ("country:grmany", "country:grmany", 'Country: there is no "grmany".'),
        ("anna city:yorktwn", "city:yorktwn", 'Did you mean "Yorktown"?'),
        ("street:hauptstrase", "street:hauptstrase", 'Did you mean "Hauptstraße"?'),
        ("nickname:xyz", "nickname:xyz", 'Nickname: there is no "xyz".'),
        ("city:york country:de", "country:de", "Country"),
    ],
)
def test_of_a_value_that_nobody_has_the_nearest_is_proposed(
    world: tuple[Session, dict[str, int]], typed: str, wrong: str, said: str
) -> None:
    session, _ids = world
    assert search.find(session, typed).problems == ()
    (problem,) = search.find_or_correct(session, typed).problems
    assert typed[problem.start : problem.end] == wrong
    assert said in problem.message


def test_of_values_that_somebody_has_nothing_is_said(
    world: tuple[Session, dict[str, int]],
) -> None:
    session, _ids = world
    answer = search.find_or_correct(session, "city:yorktown country:us")
    assert (answer.hits, answer.problems) == ((), ())


def test_no_value_of_a_hidden_customer_is_proposed(
    world: tuple[Session, dict[str, int]], make_session: Callable[..., Session]
) -> None:
    cy = make_session("cy", scope="own")
    for typed in ("city:yorktown", "city:yorktwn", "country:gb"):
        (problem,) = search.find_or_correct(cy, typed).problems
        assert "Did you mean" not in problem.message


def test_the_rest_of_a_query_with_a_problem_is_answered(
    world: tuple[Session, dict[str, int]],
) -> None:
    session, ids = world
    assert [hit.row.id for hit in search.find(session, "dora foo:bar").hits] == [ids["dora"]]
    assert search.find(session, "dora owner:nobody").hits == ()


def test_a_value_that_nobody_has_finds_nobody(world: tuple[Session, dict[str, int]]) -> None:
    session, _ids = world
    assert search.count(session, "tag:nosuchtag") == 0
    assert search.count(session, "-tag:nosuchtag") == 0


def test_ids_are_a_filter_like_others(world: tuple[Session, dict[str, int]]) -> None:
    session, ids = world
    anna, bob = ids["anna"], ids["bob"]
    assert set(search.all_ids(session, f"id:{anna} or name:bob")) == {anna, bob}
    assert set(search.all_ids(session, f"-id:{anna},{bob}")) == {ids["cid"], ids["dora"]}
    assert set(search.all_ids(session, f"id:>={ids['cid']}")) == {ids["cid"], ids["dora"]}


def test_groups_are_marked(world: tuple[Session, dict[str, int]]) -> None:
    session, _ids = world
    answer = search.find(session, "(anna or berlin) -(bob york)")
    assert [hit.matches for hit in answer.hits] == [(("name", 0, 4), ("email", 0, 4))]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("status:lead foo:bar", "foo"),
        ("-owner:nobody", "-owner:nobody"),
        ("last:soon", "last:soon"),
        ("(status:lead", "("),
        ('-name:"bob status:lead', '-name:"bob status:lead'),
        ("-", "-"),
        ("x" * 2001, "x"),
    ],
)
def test_what_is_not_clear_is_refused_for_acts_on_all(
    world: tuple[Session, dict[str, int]], typed: str, word: str
) -> None:
    session, _ids = world
    with pytest.raises(UsageError) as refused:
        search.refuse_problems(session, typed)
    assert f"“{word}”" in refused.value.hint
    search.refuse_problems(session, "")
    search.refuse_problems(session, "anna or -(status:lead) & sort:-last")


def test_parts() -> None:
    query = parse('anna "van  den" -bob name:"x y" -tag:a sort:-last id:3,4 城市:北京', BUILT_IN)
    assert [(w.text, w.quoted, w.negated) for w in query.words] == [
        ("anna", False, False), ("van  den", True, False), ("bob", False, True),
    ]  # fmt: skip
    assert [(f.field.name, f.value, f.negated) for f in query.filters] == [
        ("name", "x y", False), ("tags", "a", True), ("city", "北京", False),
    ]  # fmt: skip
    assert [(o.field.name, o.descending) for o in query.order] == [("last_contact", True)]
    assert [ids.numbers for ids in query.ids] == [(3, 4)]
    assert query.problems == ()
    assert query.plain == "anna van  den"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("anna or bob", "(anna or bob)"),
        ("a b or c", "((a b) or c)"),
        ("(a or b) or c", "(a or b or c)"),
        ("((a) (b))", "a b"),
        ("-(-(a b))", "a b"),
        ("-(a)", "-a"),
        ("not status:lost", "-status:lost"),
        ("not anna", "(not) anna"),
        ("Or Cohen", "Or Cohen"),
        ("or cohen", "(or) cohen"),
        ("anna or", "anna (or)"),
        ("(030) 12345", "(030) 12345"),
        ("+49(0)30 123", "+49(0)30 123"),
        ("(030", "(030"),
        ("Müller (Berlin)", "Müller Berlin"),
        ("Smith & Sons", "Smith & Sons"),
        ("a AND b && c", "a b c"),
        ("标签：重点客户", "tags:重点客户"),
        ("name:a,,b", "name:a,b"),
    ],
)
def test_what_is_written_is_what_was_meant(typed: str, meant: str) -> None:
    query = parse(typed, BUILT_IN)
    assert written(query) == meant
    assert query.problems == ()


# fmt: off
_ANY_PART = st.sampled_from([
    "anna", "or", "OR", "或", "AND", "&&", "||", "not", "(", ")", "-(", "（", "）", "-", '"', "“",
    "：", ",", "status:lead", "-tag:vip", "has:email", "no:tag", "id:1,2", "id:", "id:x",
    "sort:-last", "sort:", "(030)", 'name:"a', "a,b", 'city:x,"y', "李", "-李", "5", "-5", "&",
    "open:task", "open:case", "foo:bar", "or:", "last:>30d", "no:C-1", "\x00", "\u3000",
])
# fmt: on


@given(st.one_of(st.text(), st.lists(_ANY_PART | st.just(" ")).map(" ".join),
                 st.lists(_ANY_PART | st.just(" ")).map("".join)))  # fmt: skip
def test_any_text_is_parsed_and_written_as_it_was_meant(text: str) -> None:
    query = parse(text, BUILT_IN)
    for part in (*walk(query.parts), *query.order, *query.problems):
        assert 0 <= part.start <= part.end <= len(text)
    again = parse(written(query), BUILT_IN)
    assert again == query
    assert query.problems or not again.problems
