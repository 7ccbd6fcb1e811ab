"""What is found, in which order, and what never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tui_crm import search
from tui_crm.core.session import Session

Add = Callable[..., int]

PEOPLE = {
    "anna": ("Anna Müller", {"city": "Köln", "organization": "Bäckerei Groß GmbH"}),
    "mueller": ("Peter Mueller", {"emails": ["p.mueller@example.org"]}),
    "muller": ("Carol Muller", {"title": "Head of Sales"}),
    "obrien": ("Siobhán O'Brien", {"organization": "Van den Berg & Sons"}),
    "lodz": ("Łukasz Żółć", {"city": "Łódź"}),
    "istanbul": ("İbrahim Yıldız", {"city": "İstanbul"}),
    "hanoi": ("Nguyễn Thị Hương Đặng", {"city": "Hà Nội"}),
    "zhang": ("张小明", {"organization": "上海华为技术有限公司", "city": "北京"}),
    "zhang3": ("张三", {}),
    "zeng": ("曾國強", {"city": "臺北"}),
    "lv": ("吕梁", {}),
    "berlin": ("Kim Berlin", {"tags": ["vip", "trade fair"], "handles": ["kimbo_99"]}),
    "aarhus": ("Søren Ågård", {"city": "Århus", "external_id": "X-77/b"}),
}


@pytest.fixture
def people(add: Add) -> dict[str, int]:
    return {key: add(name, **values) for key, (name, values) in PEOPLE.items()}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # the beginning of any word, all words in any order
        ("ann", "anna"),
        ("mul ann", "anna"),
        ("ann koln backerei", "anna"),
        ("anna peter", ""),
        ("head sal", "muller"),
        ("obrien", "obrien"),
        ("o'brien", "obrien"),
        ("siobhan", "obrien"),
        ("berg", "obrien"),
        ("vip", "berlin"),
        ("fair kim", "berlin"),
        ("kimbo", "berlin"),
        ("x 77", "aarhus"),
        ("example", "mueller"),
        # one letter in its three spellings
        ("müller", "anna mueller muller"),
        ("muller", "anna mueller muller"),
        ("mueller", "anna mueller muller"),
        ("MÜLL", "anna mueller muller"),
        ("gross", "anna"),
        ("groß", "anna"),
        ("lodz", "lodz"),
        ("łódź", "lodz"),
        ("zolc lukasz", "lodz"),
        ("istanbul", "istanbul"),
        ("yildiz", "istanbul"),
        ("ibrahim", "istanbul"),
        ("nguyen huong", "hanoi"),
        ("dang", "hanoi"),
        ("nội", "hanoi"),
        ("soren", "aarhus"),
        ("soeren", "aarhus"),
        ("arhus", "aarhus"),
        ("aarhus", "aarhus"),
        ("ågård", "aarhus"),
        # any substring of Chinese, in either script
        ("张", "zhang zhang3"),
        ("張", "zhang zhang3"),
        ("小", "zhang"),
        ("明", "zhang"),
        ("小明", "zhang"),
        ("张小明", "zhang"),
        ("张明", ""),
        ("华为技术", "zhang"),
        ("技术张", ""),
        ("国强", "zeng"),
        ("台北", "zeng"),
        ("北 小", "zhang"),
        # pinyin, full and partial, and initials
        ("zhangsan", "zhang3"),
        ("zhangs", "zhang3"),
        ("zhang san", "zhang3"),
        ("zs", "zhang3"),
        ("zxm", "zhang"),
        ("xm", "zhang"),
        ("zhangxm", "zhang"),
        ("xiaoming", "zhang"),
        ("huawei", "zhang"),
        ("beijing", "zhang"),
        ("zeng", "zeng"),
        ("zgq", "zeng"),
        ("lv", "lv"),
        ("luliang", "lv"),
        # quotes: whole words side by side
        ('"van den"', "obrien"),
        ('"den van"', ""),
        ('"van de"', ""),
        ('"小明"', "zhang"),
        # a minus takes away
        ("muller -peter", "anna muller"),
        ("-müller -张 kim", "berlin"),
    ],
)
def test_words(session: Session, people: dict[str, int], typed: str, expected: str) -> None:
    wanted = {people[key] for key in expected.split()}
    assert {hit.row.id for hit in search.find(session, typed).hits} == wanted
    assert set(search.all_ids(session, typed)) == wanted
    assert search.count(session, typed) == len(wanted)


PHONES = {
    "germany": ["030 1234567"],
    "china": ["138 0013 8000"],
    "china2": ["+86 139-1380-4567"],
    "britain": ["+44 (0)20 7946 0958 ext. 321"],
    "short": ["4567 1"],
    "poland": ["22 616 3573"],
}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("123456", "germany"),
        ("+49 30 1234567", "germany"),
        ("0049-30/123 45 67", "germany"),
        ("030 123", "germany"),
        ("030", "germany"),
        ("(030) 1234567", "germany"),
        ("0301234567", "germany"),
        ("13800", "china"),
        ("1380", "china china2"),
        ("8000", "china"),
        ("138 00138", "china"),
        ("１３８００", "china"),
        ("+86139", "china2"),
        ("0086 139", "china2"),
        ("7946.0958", "britain"),
        ("020 7946", "britain"),
        ("+44 (0)20 79", "britain"),
        ("321", "britain"),
        ("99999", ""),
        ("phone:946", "britain"),
        # as input methods write it, with an extension, and with a country that is not written down
        ("＋８６ １３８ ００１３ ８０００", "china"),
        ("１３８－００１３－８０００", "china"),
        ("，13800138000", "china"),
        ("+44 20 7946 0958 ext 3", "britain"),
        ("138 0013 8000 转 3", "china"),
        ("138 0013 8000转3", "china"),
        ("+48 22 616 3573", "poland"),
        ("0048226163573", "poland"),
        ("phone:0139", "china2"),
    ],
)
def test_phones(session: Session, add: Add, typed: str, expected: str) -> None:
    ids = {key: add(f"Person {key}", phones=phones) for key, phones in PHONES.items()}
    wanted = {ids[key] for key in expected.split()}
    assert {hit.row.id for hit in search.find(session, typed).hits} == wanted
    assert search.count(session, typed) == len(wanted)


@pytest.mark.parametrize("typed", ["phone:4567", "4567", "030 4567"])
def test_a_number_and_what_else_its_customer_has(session: Session, add: Add, typed: str) -> None:
    wanted = add("Ann", phones=["030 4567"], status="lead", tags=["vip"])
    add("Bob", phones=["030 4567"], status="lost")
    add("Cid", phones=["030 4568"], status="lead", tags=["vip"])
    for more in ("status:lead", "tag:vip", "status:lead tag:vip", "-status:lost"):
        text = f"{typed} {more}"
        assert [hit.row.id for hit in search.find(session, text).hits] == [wanted], text
        assert search.count(session, text) == 1, text


def test_a_number_ending_in_the_digits_comes_first(session: Session, add: Add) -> None:
    ends = add("Ends", phones=["+49 30 9994567"])
    for number in range(60):
        add(f"Has {number}", phones=[f"+49 30 4567{number:03}"])
    hits = search.find(session, "4567", limit=10).hits
    assert hits[0].row.id == ends
    assert len(hits) == 10


def test_exact_references_come_first_and_alone_open(session: Session, add: Add) -> None:
    wanted = add("Zed", account_no="K-12", external_id="ERP9", emails=["Zed@Example.com"])
    add("K Zwölf", account_no="K-123", emails=["zed@example.com.au"])
    for typed in ("K-12", "k-12", "ERP9", "erp9", "zed@example.com", str(wanted)):
        answer = search.find(session, typed)
        assert answer.hits[0].row.id == wanted, typed
        assert answer.exact, typed
    assert not search.find(session, "zed").exact
    assert search.find(session, f"0{wanted}").hits == ()  # the end of a number, no id


@pytest.mark.parametrize("number", ["C-100003", "C100003", "KD 100003", "C-0100003"])
def test_the_figures_of_an_account_number_find_it(session: Session, add: Add, number: str) -> None:
    wanted = add("Ann", account_no=number)
    add("Bob", account_no=number.replace("100003", "100004"), phones=["030 1000037"])
    answer = search.find(session, "100003")
    assert answer.hits[0].row.id == wanted
    assert search.count(session, "100003") == len(answer.hits) == 2
    agent = replace(session, viewer=replace(session.viewer, role="agent", scope="own"))
    assert search.find(agent, "100003").hits == ()


def test_the_beginning_of_an_address(session: Session, add: Add) -> None:
    wanted = add("Zed", emails=["first.last@example.com"])
    add("Other", emails=["first.later@example.com"])
    assert [hit.row.id for hit in search.find(session, "first.last@ex").hits] == [wanted]
    assert search.count(session, "first.la") == 2


def test_ranking(session: Session, add: Add) -> None:
    elsewhere = add("Bob", organization="Annex")
    whole_elsewhere = add("Cid", organization="Ann")
    beginning = add("Annabel Zimmer", last_contact="2026-02-01T00:00:00Z")
    newer = add("Annika Zimmer", last_contact="2026-03-01T00:00:00Z")
    mine = add("Annegret Zimmer", owner_id=session.viewer.id)
    word = add("Zoe Ann")
    exact = add("Ann")
    expected = [exact, word, mine, newer, beginning, whole_elsewhere, elsewhere]
    assert [hit.row.id for hit in search.find(session, "ann").hits] == expected
    assert list(search.all_ids(session, "ann")) == expected


def test_better_hits_are_found_behind_many_newer_ones(session: Session, add: Add) -> None:
    exact = add("Ann")
    mine = add("Annalena", owner_id=session.viewer.id)
    for number in range(30):
        add(f"Bob {number}", organization="Annex")
    for number in range(30):
        add(f"Annabel {number}")
    found = [hit.row.id for hit in search.find(session, "ann", limit=10).hits]
    assert found[:2] == [exact, mine]
    assert all(search_row.startswith("Ann") for search_row in _names(session, found))


def _names(session: Session, ids: list[int]) -> list[str]:
    from tui_crm.core import customers

    return [row.name for row in customers.rows(session, ids)]


@pytest.mark.parametrize("text", ["ann", "ann b", "han", "123"])
def test_the_order_does_not_depend_on_how_many_are_asked_for(
    session: Session, add: Add, text: str
) -> None:
    mine = session.viewer.id
    for number in range(120):
        name = ("Ann", "Annabel", "Hanna Ann", "Bob", "Annegret Hanson")[number * 7 % 5]
        add(
            f"{name} {number % 9}",
            organization="Annex Baker Hansa",
            owner_id=mine if number % 11 == 0 else None,
            phones=[f"030 {123000 + number}"],
        )
    everybody = list(search.all_ids(session, text))
    assert len(everybody) > 64
    for limit in (1, 5, 20, 63, 64, 65, 90, 500):
        found = search.find(session, text, limit)
        assert [hit.row.id for hit in found.hits] == everybody[:limit]
        assert found.total in (None, len(everybody))


def test_total_is_known_when_everything_is_shown(session: Session, add: Add) -> None:
    for number in range(7):
        add(f"Ann {number}")
    assert search.find(session, "ann", limit=7).total == 7
    assert search.find(session, "", limit=7).total == 7
    assert search.find(session, "", limit=6).total is None
    assert search.find(session, "nobody").total == 0


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", '"', '""', "'", "(", ")", "(((((", "*", "a*", '"a', 'a"b"c', "\x00", "a\x00b",
        "AND", "NOT", "a AND b", "NEAR(a b)", "a NEAR/3 b", "t:a", "^a", "+", "-", "--", "-a",
        "%", "_", "\\", "';--", "' OR 1=1 --", "{a b}: c", "a:b:c", ":", "::", "name:", "name:\"",
        "-name:", "sort:", "sort:-", "id:", "id:,", "id:99999999999999999999", "id:-1", "has:",
        "tag:\"", "owner:", "last:>", "created:..", "created:2026-13", "version:x", "version:>",
        "version:99999999999999999999999", "last:>99999d", "created:9999-12-31..", "\ud800",
        "\u202e\u200b", "😀", "é" * 500, "a " * 5000, "x" * 10_000, "1" * 10_000, "张" * 10_000,
        "~a", "~n", "_o1", "n~anna", "or", "a or b", "(name:a)", "@", "a@", "@a", "a@b@c",
        "000", "0000000", "+++", "+49 (0)", "()()()123", "١٢٣", "²³¹", "Ⅷ",
    ],
)  # fmt: skip
def test_hostile_queries_are_answered(session: Session, add: Add, typed: str) -> None:
    add("Anna Müller", phones=["030 1234567"])
    answer = search.find(session, typed)
    assert len(answer.hits) <= 1
    assert len(search.all_ids(session, typed)) == search.count(session, typed)
    assert all(0 <= p.start <= p.end <= len(typed) for p in answer.problems)


def test_what_a_customer_is_called_cannot_break_the_index(session: Session, add: Add) -> None:
    from tui_crm.search import index

    names = ['"', "' OR 1", "a~b _o1", "NEAR(", "x" * 5000, "字" * 3000, "😀", "\u0627\u0644", "  "]
    ids = [add(name, tags=[name], city=name) for name in names]
    assert index.check(session.db) == []
    assert ids[4] in search.all_ids(session, "x" * 5000)
    assert ids[5] in search.all_ids(session, "字字字")
    assert list(search.all_ids(session, "")) == ids[::-1]


@pytest.mark.parametrize("scope", ["own", "team"])
def test_hidden_customers_are_neither_found_nor_counted(
    session: Session, add: Add, make_session: Callable[..., Session], scope: str
) -> None:
    agent = make_session("ben", scope=scope, teams=["north"])
    mine = add("Anna Own", owner_id=agent.viewer.id, phones=["030 1112223"])
    team = add("Anna Team", team_id=agent.viewer.team_ids[0], phones=["030 1112224"])
    hidden = add("Anna Hidden", phones=["030 1112225"], emails=["h@example.org"])
    visible = {mine, team} if scope == "team" else {mine}
    for typed in ("anna", "", "030 111", "has:phone", "sort:name", "-zzz", "anna sort:name"):
        assert {hit.row.id for hit in search.find(agent, typed).hits} == visible, typed
        assert set(search.all_ids(agent, typed)) == visible, typed
        assert search.count(agent, typed) == len(visible), typed
    for typed in (f"C-{hidden:07}", str(hidden), "h@example.org", "hidden", f"id:{hidden}"):
        assert search.find(agent, typed).hits == (), typed
        assert not search.find(agent, typed).exact
        assert search.count(agent, typed) == 0


def test_a_cancelled_search_stops(session: Session, add: Add) -> None:
    from tui_crm.store import Interrupted

    class Cancelled:
        cancelled = True

        def on_cancel(self, hook: object) -> None:
            pass

    add("Anna")
    with pytest.raises(Interrupted):
        search.find(session, "anna", cancel=Cancelled())
    with pytest.raises(Interrupted):
        search.all_ids(session, "", cancel=Cancelled())
