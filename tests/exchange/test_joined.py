"""Several files joined by a key as one import, on both databases."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tui_crm import search
from tui_crm.cli.import_file import arguments, import_files
from tui_crm.core import changes, customers, history
from tui_crm.core.changes import Edit, Request, Update
from tui_crm.core.session import Session
from tui_crm.errors import UsageError

ACCOUNTS = """Id,Name,Phone,BillingCity
001A1,Acme Ltd,+41 44 111 22 33,Zurich
001A2,Beta GmbH,+49 30 1234567,Berlin
001A3,Gamma SA,,Geneva
"""
CONTACTS = """Id,AccountId,FirstName,LastName,Email
003A1,001A1,Ana,Meier,ana@acme.test
003A2,001A2,Ben,Kurz,ben@beta.test
003A3,001A9,Cora,Lang,cora@nobody.test
"""
TASKS = """Id,WhoId,AccountId,Subject,Status,ActivityDate,Description
00T1,003A1,001A1,Call about the offer,Completed,2024-03-01,Talked long
00T2,,001A3,Send catalogue,Not Started,2024-05-01,
00T3,003A9,,Nobody,Completed,2024-03-02,
"""

Import = Callable[..., dict[str, Any]]


@pytest.fixture
def run(session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Import:
    """`run({name: content}, *options)`: the files imported by the command, and what it printed."""

    def imported(files: dict[str, str], *more: str) -> dict[str, Any]:
        for name, content in files.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        parser = argparse.ArgumentParser()
        arguments(parser)
        paths = [tmp_path / name for name in files]
        given = [*map(str, paths), "--json", "--yes", "--skip-unknown", *more]
        options = parser.parse_args(given)
        capsys.readouterr()
        errors = tmp_path / f"{paths[0].name}.errors.csv"
        assert import_files(session, options, paths, errors) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return imported


def one(session: Session, name: str) -> Any:
    """The customer of that name."""
    ids = search.all_ids(session, "")
    return next(c for id_ in ids if (c := customers.get(session, id_)).values["name"] == name)


def told(session: Session, name: str) -> list[tuple[str, str, str]]:
    """Interactions of a customer: kind, subject and note."""
    rows = session.db.rows(
        "SELECT i.kind, i.subject, i.note FROM interaction i JOIN customer c ON c.id ="
        " i.customer_id WHERE c.name = ? AND i.deleted_at = '' ORDER BY i.started_at, i.id",
        (name,),
    )
    return [tuple(row) for row in rows]


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file of refused rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_accounts_contacts_and_tasks_are_one_act(
    run: Import, session: Session, tmp_path: Path
) -> None:
    files = {"accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS, "tasks.csv": TASKS}
    found = run(files)
    assert [item["kind"] for item in found["files"]] == ["customers", "people", "interactions"]
    assert found["files"][1]["joined"] == ["AccountId = Id of accounts.csv (67%)"]
    counts = [found[key] for key in ("new", "interactions", "tasks", "refused", "done")]
    assert counts == [5, 1, 1, 2, 7]
    ana, acme = one(session, "Ana Meier"), one(session, "Acme Ltd")
    assert ana.values["organization"] == "Acme Ltd" and acme.values["kind"] == "organization"
    assert ana.values["external_id"] == "003A1"
    assert told(session, "Ana Meier") == [("call", "Call about the offer", "Talked long")]
    due = session.db.rows("SELECT title, due_has_time FROM task")
    assert [tuple(row) for row in due] == [("Send catalogue", 0)]
    # Each refused row is in the file of its own table.
    (cora,) = rows_of(tmp_path / "contacts.csv.errors.csv")
    assert cora["Email"] == "cora@nobody.test" and "001A9" in cora["crm_error"]
    (nobody,) = rows_of(tmp_path / "tasks.csv.errors.csv")
    assert "003A9" in nobody["crm_error"] and nobody["crm_line"] == "4"


def test_the_same_files_again_change_nothing(run: Import, session: Session) -> None:
    files = {"accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS, "tasks.csv": TASKS}
    run(files)
    again = run(files)
    assert again["change_set"] is None and again["unchanged"] == 7
    assert len(told(session, "Ana Meier")) == 1


def test_one_undo_takes_all_of_it_back(run: Import, session: Session) -> None:
    files = {"accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS, "tasks.csv": TASKS}
    found = run(files)
    outcome = changes.undo(session, found["change_set"])
    assert outcome.reversed == 7 and not outcome.kept and not outcome.failed
    assert not search.all_ids(session, "")
    for table in ("interaction", "task"):
        assert not session.db.rows(f"SELECT id FROM {table} WHERE deleted_at = ''")


def test_undo_keeps_whom_somebody_edited_since(run: Import, session: Session) -> None:
    files = {"accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS, "tasks.csv": TASKS}
    found = run(files)
    ana = one(session, "Ana Meier")
    changes.apply(session, Request([Update(ana.id, Edit(set={"city": "Bern"}))], "edit"))
    outcome = changes.undo(session, found["change_set"])
    assert [item.name for item in outcome.kept] == ["Ana Meier"]
    assert one(session, "Ana Meier").values["city"] == "Bern"


def test_every_value_knows_its_file_and_row(run: Import, session: Session) -> None:
    run({"accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS, "tasks.csv": TASKS})
    wanted = history.Filter(customer_id=one(session, "Ana Meier").id)
    origins = {entry.origin for entry in history.export(session, wanted)}
    assert origins == {"contacts.csv row 2", "tasks.csv row 2"}


CUSTOMERS = """客户编号,客户名称,所在城市,手机
K001,上海明光科技有限公司,上海,13800138000
K002,王小明,北京,13900139000
K003,李华,广州,
"""
POINTS = """客户编号,手机,邮箱,微信
K001,021-55554444,info@mingguang.test,
K001,13811112222,,mg_wx
K003,13712345678,lihua@test.cn,
K009,13712345679,,
K002,abc,,
"""
ORDERS = """订单号,客户编号,订单日期,产品名称,数量,金额,备注
D1,K001,2024/3/5,激光器,2,"12,000.00",含税
D2,K002,2024-03-06,透镜,10,500,
D2,K002,2024-03-06,透镜,10,500,
D3,K404,2024-03-07,透镜,1,50,
D4,K001,不知道,透镜,1,50,
"""


def test_numbers_and_orders_come_to_their_customers(
    run: Import, session: Session, tmp_path: Path
) -> None:
    files = {"客户.csv": CUSTOMERS, "联系方式.csv": POINTS, "交易.csv": ORDERS}
    found = run(files)
    assert [item["kind"] for item in found["files"]] == ["customers", "details", "interactions"]
    assert found["new"] == 3 and found["interactions"] == 3 and found["refused"] == 4
    firm = one(session, "上海明光科技有限公司").values
    assert firm["phones"] == ("13800138000", "021-55554444", "13811112222")
    assert firm["emails"] == ("info@mingguang.test",) and firm["handles"] == ("WeChat: mg_wx",)
    assert one(session, "李华").values["phones"] == ("13712345678",)
    assert told(session, "上海明光科技有限公司") == [
        ("note", "激光器", "含税\n订单号: D1\n数量: 2\n金额: 12,000.00")
    ]
    assert len(told(session, "王小明")) == 2  # two equal rows are two orders
    refused = rows_of(tmp_path / "联系方式.csv.errors.csv")
    assert {row["客户编号"] for row in refused} == {"K002", "K009"}
    again = run(files)
    assert again["change_set"] is None and again["new"] == again["updated"] == 0


def test_mended_refused_rows_find_the_customers_of_the_database(
    run: Import, session: Session, tmp_path: Path
) -> None:
    run({"客户.csv": CUSTOMERS, "联系方式.csv": POINTS, "交易.csv": ORDERS})
    refused = tmp_path / "交易.csv.errors.csv"
    mended = refused.read_text(encoding="utf-8-sig")
    mended = mended.replace("K404", "K003").replace("不知道", "2024-03-09")
    found = run({"交易.csv": mended}, "--kind", "interactions")
    assert found["files"][0]["joined"] == ["客户编号 finds known customers"]
    assert found["interactions"] == 2 and found["refused"] == 0
    assert [subject for _kind, subject, _note in told(session, "李华")] == ["透镜"]
    points = rows_of(tmp_path / "联系方式.csv.errors.csv")
    assert len(points) == 2
    found = run({"more.csv": "客户编号,手机\nK002,13611112222\n"}, "--kind", "details")
    assert found["updated"] == 1
    assert one(session, "王小明").values["phones"] == ("13900139000", "13611112222")


def test_a_user_says_the_kind_and_the_column(run: Import, session: Session) -> None:
    people = "Name,Phone\nAna,044 111 11 11\nBen,044 222 22 22\n"
    calls = "Who,When,What\nAna,2024-01-02 10:30,Offer\nBen,2024-01-03,Thanks\n"
    found = run(
        {"people.csv": people, "calls.csv": calls},
        *("--kind", "calls.csv=interactions", "--join", "calls.csv=Who:Name"),
        *("--map", "calls.csv:What=note"),
    )
    assert found["interactions"] == 2 and found["refused"] == 0
    assert told(session, "Ana") == [("note", "", "Offer")]
    at = session.db.rows("SELECT started_at FROM interaction ORDER BY started_at LIMIT 1")
    assert at[0][0].startswith("2024-01-02T")


def test_files_with_the_same_columns_stay_one_table(run: Import, session: Session) -> None:
    first = "Name,Email,Customer ID\nAna,ana@a.test,1\nBen,ben@b.test,2\n"
    second = "Name,Email,Customer ID\nAna,ana@a.test,1\nCora,cora@c.test,3\n"
    found = run({"jan.csv": first, "feb.csv": second}, "--mode", "upsert")
    assert found["new"] == 3 and "files" not in found


def test_a_refused_customer_takes_its_rows_along(run: Import, session: Session) -> None:
    accounts = ACCOUNTS.replace("+49 30 1234567", "none of it")
    found = run({"a.csv": accounts, "c.csv": CONTACTS, "t.csv": TASKS})
    assert found["refused"] == 4
    assert {c["file"]: c["refused"] for c in found["files"]} == {"a.csv": 1, "c.csv": 2, "t.csv": 1}
    assert {customers.get(session, i).values["name"] for i in search.all_ids(session, "")} == {
        "Acme Ltd", "Gamma SA", "Ana Meier",
    }  # fmt: skip


def test_a_file_that_names_nobody_is_refused_as_a_whole(run: Import) -> None:
    calls = "Caller,When,What\nzzz,2024-01-02,Offer\n"
    with pytest.raises(UsageError) as refused:
        run({"a.csv": ACCOUNTS, "calls.csv": calls}, "--kind", "calls.csv=interactions")
    assert "--join" in refused.value.hint
    with pytest.raises(UsageError):
        run({"a.csv": ACCOUNTS, "t.csv": TASKS}, "--join", "Nonsense")
    with pytest.raises(UsageError):
        run({"a.csv": ACCOUNTS, "t.csv": TASKS}, "--kind", "t.csv=nonsense")
