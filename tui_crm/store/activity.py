"""What happened and what is to be done: interactions and tasks."""

from __future__ import annotations

from peewee import AutoField, ForeignKeyField, IntegerField, SmallIntegerField, TextField

from tui_crm.store.base import BaseModel, UtcField
from tui_crm.store.customer import Customer
from tui_crm.store.people import User


class Interaction(BaseModel):
    """A call, e-mail, meeting, visit, chat or note; `disposition` is how it ended."""

    id = AutoField()
    customer = ForeignKeyField(Customer, backref="interactions", on_delete="CASCADE")
    kind = TextField(default="call")  # call | email | meeting | visit | chat | note
    direction = TextField(default="")  # in | out | ''
    disposition = TextField(default="")
    started_at = UtcField()
    duration = IntegerField(default=0)  # seconds
    subject = TextField(default="")
    note = TextField(default="")
    author = ForeignKeyField(User, null=True, on_delete="SET NULL")
    created_at = UtcField()
    updated_at = UtcField()
    deleted_at = UtcField(default=None)
    version = IntegerField(default=1)


class Task(BaseModel):
    """A follow-up that is due; one without a clock time is due on the whole day."""

    id = AutoField()
    customer = ForeignKeyField(Customer, null=True, backref="tasks", on_delete="CASCADE")
    interaction = ForeignKeyField(Interaction, null=True, on_delete="SET NULL")
    title = TextField()
    note = TextField(default="")
    due_at = UtcField(default=None)
    due_has_time = SmallIntegerField(default=0)
    priority = SmallIntegerField(default=0)  # -1 low, 0 normal, 1 high
    assignee = ForeignKeyField(User, null=True, on_delete="SET NULL")
    author = ForeignKeyField(User, null=True, on_delete="SET NULL", backref="tasks_written")
    done_at = UtcField(default=None)
    done_by = ForeignKeyField(User, null=True, on_delete="SET NULL", backref="tasks_done")
    created_at = UtcField()
    updated_at = UtcField()
    deleted_at = UtcField(default=None)
    version = IntegerField(default=1)
