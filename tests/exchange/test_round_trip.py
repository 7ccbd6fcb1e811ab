"""What is exported in any format is imported again and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_crm import search
from tui_crm.core import changes, custom_fields, customers
from tui_crm.core.changes import Create, Request
from tui_crm.core.session import Session
from tui_crm.errors import CrmError, InputRefused
from tui_crm.exchange.mapping.mapping import propose_for
from tui_crm.exchange.planning.plan import Mode, Plan, Refused, make_plan
from tui_crm.exchange.reading.opening import open_table
from tui_crm.exchange.writing.export import export_file
from tui_crm.exchange.writing.writers import OUT_FORMATS, OutFormat
from tui_crm.text import i18n

_NAMES: dict[OutFormat, str] = {
    "csv": "out.csv", "xlsx": "out.xlsx", "vcard": "out.vcf", "vcard3": "out3.vcf",
    "jsonl": "out.jsonl",
}  # fmt: skip
_HOSTILE = [
    "=cmd()", "+41 44 668 18 00", "-1", "@x", "'=x", "''", "'", "＝1", 'quote " and , comma',
    "semi; colon", "\\;", "back\\slash", "two\nlines", "trailing\\", "NULL", "N/A", "-", "0", "007",
    "1e5", "TRUE", "2020-01-01", "ﬁ ½ é", "👩\u200d👧", "Total", "合计", "例如", "name", "_x0041_",
    "tel:1", "a: b", "BEGIN:VCARD", "=E4=B8", "{}", "[", " lead", "a\u2028b",
    "x" * 200, "王" * 60,
]  # fmt: skip

# XML, and so XLSX, has no way to write these two, which are no characters.
_characters = st.characters(exclude_characters="\ufffe\uffff")
words = st.one_of(st.sampled_from(_HOSTILE), st.text(_characters, min_size=1, max_size=30))
lists = st.lists(words, max_size=3).map(tuple)
people = st.fixed_dictionaries(
    {"name": words},
    optional={
        "organization": words, "title": words, "street": words, "postcode": words, "city": words,
        "state": words, "country": words, "external_id": words, "tags": lists, "handles": lists,
        "needs": st.one_of(words, st.text(_characters, max_size=400)),
        "phones": st.lists(
            st.sampled_from(["+41 44 668 18 00", "0041446681801", "work: 010 8888 6666",
                             "138 0013 8000", "Büro: 12345", "fax: 030 123456"]),
            max_size=3).map(tuple),
        "emails": st.lists(
            st.sampled_from(["a@example.com", "home: B@Example.org", "chef: x.y@münchen.de"]),
            max_size=2).map(tuple),
        "birthday": st.dates().map(str),
        "kind": st.sampled_from(["person", "organization"]),
        "status": st.sampled_from(["lead", "active"]),
        "score": st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e9, 1e9)),
        "vip": st.booleans(),
        "since": st.dates().map(str),
    },
)  # fmt: skip


@pytest.fixture
def crm(session: Session) -> Iterator[Session]:
    """A session with custom fields of three types."""
    custom_fields.define(session, "score", "number")
    custom_fields.define(session, "vip", "bool")
    custom_fields.define(session, "since", "date")
    yield session


def planned(session: Session, path: Path, mode: Mode) -> tuple[Plan, list[Refused]]:
    """The plan of an import; nothing is written."""
    table = open_table(path)
    refused: list[Refused] = []
    plan = make_plan(session, table, propose_for(session, table), mode, refuse=refused.append)
    return plan, refused


def exported(session: Session, folder: Path, kind: OutFormat, *, labels: bool = False) -> Path:
    """Everybody as a file of that format."""
    path = folder / _NAMES[kind]
    fields = list(session.fields.of("customer"))
    export_file(session, search.all_ids(session, ""), path, fields, kind, labels=labels)
    return path


@settings(max_examples=25)
@given(rows=st.lists(people, min_size=1, max_size=4))
def test_an_export_changes_nothing(
    crm: Session, tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    for values in rows:
        try:
            changes.apply(crm, Request([Create(values)], "create"))
        except CrmError:
            continue  # what no form takes is in no export
    everybody = search.all_ids(crm, "")
    for kind in OUT_FORMATS if len(everybody) else ():
        plan, refused = planned(crm, exported(crm, tmp_path, kind), "upsert")
        different = list(plan.steps)
        plan.close()
        reasons = [item.reason for item in refused]
        assert (plan.unchanged, plan.rows) == (len(everybody), len(everybody)), (
            kind, reasons, different,
        )  # fmt: skip


@pytest.fixture(params=["names", "en", "zh"])
def labels(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether headers are labels, of both languages in turn."""
    i18n.set_language("zh" if request.param == "zh" else "en")
    yield request.param != "names"
    i18n.set_language("en")


@pytest.mark.parametrize("kind", OUT_FORMATS)
def test_an_export_makes_an_equal_database(
    crm: Session, tmp_path: Path, kind: OutFormat, labels: bool
) -> None:
    for number, text in enumerate(_HOSTILE):
        changes.apply(crm, Request([Create({
            "name": f"{text} {number}", "account_no": f"H{number}", "needs": f"{text}\n{text}",
            "tags": (text[:90], "t") if text.strip() else (), "title": text, "organization": text,
            "score": number / 7, "vip": number % 2 == 0, "birthday": "1890-02-03",
            "phones": ("+41 44 668 18 00", "Büro: 12345"), "emails": (f"a{number}@example.com",),
        })], "create"))  # fmt: skip
    path = exported(crm, tmp_path, kind, labels=labels)
    before = [dict(customers.get(crm, id_).values) for id_ in search.all_ids(crm, "")]
    crm.db.run("UPDATE customer SET account_no = 'gone ' || account_no")
    plan, refused = planned(crm, path, "create")
    assert [item.reason for item in refused] == []
    created = {
        str(step.values["account_no"]): step.values
        for step in plan.steps
        if isinstance(step, Create)
    }
    plan.close()
    for values in before:
        again = created[str(values["account_no"])]
        for field in crm.fields.of("customer"):
            if field.editable:
                assert (again.get(field.name) or None) == (values[field.name] or None), (
                    kind, field.name, values["name"],
                )  # fmt: skip


def test_labels_are_headers_that_import_by_themselves(crm: Session, tmp_path: Path) -> None:
    custom_fields.define(crm, "phone_of_mother", "text", "Phone", "电话")
    changes.apply(
        crm,
        Request([Create({"name": "王小明", "phones": ("13800138000",), "city": "上海"})], "create"),
    )
    names = ("name", "phones", "phone_of_mother", "city", "status")
    fields = [field for name in names if (field := crm.fields.get(name))]
    path = tmp_path / "some.csv"
    try:
        i18n.set_language("zh")
        export_file(crm, search.all_ids(crm, ""), path, fields, "csv", labels=True)
    finally:
        i18n.set_language("en")
    head = path.read_text(encoding="utf-8-sig").splitlines()[0]
    assert head == "姓名,phones,phone_of_mother,城市,状态"  # who shares a label has a name
    found = propose_for(crm, open_table(path))
    assert [column.field.name for column in found.all if column.field] == list(names)


def test_formulas_are_text_in_the_file_and_themselves_after_it(
    crm: Session, tmp_path: Path
) -> None:
    changes.apply(crm, Request([Create({"name": "=HYPERLINK(1)", "account_no": "A1"})], "create"))
    path = exported(crm, tmp_path, "csv")
    assert "'=HYPERLINK(1)" in path.read_text(encoding="utf-8-sig")
    assert next(open_table(path).rows()).cells[3] == "=HYPERLINK(1)"


def test_a_text_that_no_cell_of_a_workbook_holds_is_refused(crm: Session, tmp_path: Path) -> None:
    changes.apply(crm, Request([Create({"name": "Ana", "needs": "x" * 40_000})], "create"))
    with pytest.raises(InputRefused) as refused:
        exported(crm, tmp_path, "xlsx")
    assert "--fields" in refused.value.hint
    assert list(tmp_path.glob("*.xlsx*")) == []


def test_a_workbook_has_cells_of_real_types(crm: Session, tmp_path: Path) -> None:
    import python_calamine

    changes.apply(crm, Request([Create({
        "name": "Ana", "birthday": "1990-02-03", "score": 12, "vip": True, "postcode": "01234",
    })], "create"))  # fmt: skip
    path = exported(crm, tmp_path, "xlsx")
    sheet = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    head, row = sheet.to_python()
    cells = dict(zip(head, row, strict=True))
    assert str(cells["birthday"]) == "1990-02-03" and cells["score"] == 12.0
    assert cells["vip"] is True and cells["postcode"] == "01234"
    assert cells["created_at"].year >= 2024
