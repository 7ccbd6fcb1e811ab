"""The path of a working day: create, log, finish the task, change many, look back, take back."""

from __future__ import annotations

from tui_crm.core import batch, customers, history, interactions, tasks
from tui_crm.core.changes import Create, Edit, Request, Update, apply, undo
from tui_crm.core.session import Session
from tui_crm.text.when import parse_when


def test_a_day(session: Session) -> None:
    made = apply(
        session,
        Request(
            [
                Create(
                    {"name": "Ada Lovelace", "phones": "work: 044 668 18 00", "tags": "vip; math"}
                ),
                Create({"name": "Bob", "emails": ("bob@example.com",), "city": "Basel"}),
            ],
            "create",
        ),
    )
    ada, bob = made.record_ids
    assert made.done == 2
    assert customers.get(session, ada).account_no == f"C-{ada:07d}"
    assert customers.get(session, ada).values["owner"] == "ana"
    assert [row.name for row in customers.rows(session, [bob, ada])] == ["Bob", "Ada Lovelace"]

    seen = customers.get(session, ada).values
    edited = apply(
        session,
        Request([Update(ada, Edit({"city": "London"}, seen={"city": seen["city"]}))], "edit"),
    )
    assert edited.done == 1
    assert customers.get(session, ada).version == 2

    due = parse_when("+2d", session.now())
    logged = interactions.log(
        session, ada, disposition="reached", note="Wants a quote.", next_step="Send quote", due=due,
        edit=Edit({"status": "active"}),
    )  # fmt: skip
    interaction, task = logged.record_ids
    assert interactions.get(session, interaction).note == "Wants a quote."
    assert customers.get(session, ada).values["last_contact"]
    assert due is not None
    assert [row.title for row in tasks.due(session, due.at)] == ["Send quote"]
    tasks.complete(session, task)
    assert tasks.due(session, due.at) == []

    change = batch.apply(session, [ada, bob], Edit({"status": "lost"}, add={"tags": ("2026",)}))
    assert (change.done, change.failed, change.skipped) == (2, 0, 0)
    assert customers.get(session, ada).values["tags"] == ("2026", "math", "vip")
    last = history.last_undoable(session)
    assert last is not None
    assert last.id == change.change_set_id
    back = undo(session, last.id)
    assert back.reversed == 2
    assert customers.get(session, ada).values["status"] == "active"
    assert customers.get(session, bob).values["status"] == ""
    assert customers.get(session, bob).values["tags"] == ()
    kinds = [row.kind for row in history.change_sets(session, ada)]
    assert kinds == ["undo", "batch", "task", "log", "edit", "create"]
    assert [e.kind for e in customers.timeline(session, ada)][-1] == "change"
    assert customers.timeline_count(session, ada) == len(customers.timeline(session, ada))
