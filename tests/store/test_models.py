"""The models and the migrated schema say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tui_crm.core.session import Session
from tui_crm.store import activity, change, customer, people, setup
from tui_crm.store.base import BaseModel

MODELS = [
    model
    for module in (people, customer, activity, change, setup)
    for model in vars(module).values()
    if isinstance(model, type)
    and issubclass(model, BaseModel)
    and model.__module__ == module.__name__
]
TEXT, NUMBER = {"text"}, {"integer", "bigint", "smallint"}


def facts_of_model(model: Any) -> tuple[Any, Any, Any]:
    """Columns (name, kind, may be NULL), keys to other tables, unique column sets."""
    meta = model._meta
    columns, keys, unique = set(), set(), set()
    for field in meta.sorted_fields:
        number = field.field_type in ("AUTO", "INT", "SMALLINT", "BIGINT")
        columns.add((field.column_name, "number" if number else "text", field.null))
        if field.unique:
            unique.add((field.column_name,))
        if hasattr(field, "rel_model"):
            keys.add((field.column_name, field.rel_model._meta.table_name, field.on_delete or ""))
    for names, is_unique in meta.indexes:
        assert is_unique, "plain indexes belong to the migrations"
        unique.add(tuple(meta.fields[name].column_name for name in names))
    return columns, keys, unique


def facts_of_table(session: Session, table: str) -> tuple[Any, Any, Any]:
    """The same of a table in the database."""
    db = session.db.peewee
    primary = set(db.get_primary_keys(table))
    columns = set()
    for column in db.get_columns(table):
        kind = column.data_type.lower()
        assert kind in TEXT | NUMBER, f"{table}.{column.name} is {kind}"
        columns.add((column.name, "text" if kind in TEXT else "number", column.null))
    keys = {
        (key.column, key.dest_table, "" if key.on_delete == "NO ACTION" else key.on_delete)
        for key in db.get_foreign_keys(table)
    }
    unique = {
        tuple(index.columns)
        for index in db.get_indexes(table)
        if index.unique and set(index.columns) != primary
    }
    return columns, keys, unique


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_is_its_table(session: Session, model: Any) -> None:
    columns, keys, unique = facts_of_model(model)
    found_columns, found_keys, found_unique = facts_of_table(session, model._meta.table_name)
    assert found_columns == columns
    assert found_keys == keys
    assert found_unique == unique


def test_every_table_has_a_model(session: Session) -> None:
    plain = ("search_", "duplicate_", "customer_alias")  # written by plain SQL alone
    plain_tables = {t for t in session.db.peewee.get_tables() if t.startswith(plain)}
    others = {"schema_version", "sqlite_sequence"} | plain_tables
    expected = {model._meta.table_name for model in MODELS}
    assert set(session.db.peewee.get_tables()) - others == expected


def test_ids_are_never_reused(session: Session) -> None:
    db = session.db
    for name in ("a", "b"):
        db.run("INSERT INTO tag (name) VALUES (?)", (name,))
    last = db.rows("SELECT max(id) FROM tag")[0][0]
    db.run("DELETE FROM tag WHERE id = ?", (last,))
    db.run("INSERT INTO tag (name) VALUES ('c')")
    assert db.rows("SELECT max(id) FROM tag")[0][0] > last


def test_a_reference_to_nothing_is_refused(session: Session) -> None:
    from peewee import IntegrityError

    with pytest.raises(IntegrityError), session.db.transaction():
        session.db.run("INSERT INTO customer_tag (customer_id, tag_id) VALUES (1, 1)")


def test_lists_are_read_in_the_order_of_an_index(session: Session) -> None:
    """The list on a million customers must not sort them all."""
    db = session.db
    for column, order in (
        ("last_contact", "last_contact DESC, id DESC"),
        ("sort_name", "sort_name, id"),
        ("created_at", "created_at DESC, id DESC"),
    ):
        sql = f"SELECT id FROM customer WHERE deleted_at = '' ORDER BY {order} LIMIT 50"
        if db.engine == "sqlite":
            plan = " ".join(str(row[3]) for row in db.rows(f"EXPLAIN QUERY PLAN {sql}"))
        else:
            with db.transaction():
                db.run("SET LOCAL enable_seqscan = off")  # a nearly empty table is scanned
                plan = " ".join(str(row[0]) for row in db.rows(f"EXPLAIN {sql}"))
        assert f"customer_{column}" in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan
