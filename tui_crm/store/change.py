"""The history: change sets and the single changes in them."""

from __future__ import annotations

from peewee import AutoField, BigIntegerField, ForeignKeyField, IntegerField, TextField

from tui_crm.store.base import BaseModel, UtcField
from tui_crm.store.people import User


class ChangeSet(BaseModel):
    """One act of one user: an edit, a batch, an import, an undo.

    `uid` is chosen by the caller before it writes, so that a retry after a lost connection
    is recognised and not done twice.
    """

    id = AutoField()
    uid = TextField(unique=True)
    actor = ForeignKeyField(User, null=True, on_delete="SET NULL")
    at = UtcField()
    face = TextField()  # app | cli | import
    kind = TextField()  # create | edit | log | task | batch | import | delete | undo
    summary = TextField(default="")
    reason = TextField(default="")
    undoes = ForeignKeyField("self", null=True, backref="undone_by")
    done = IntegerField(default=0)  # records changed
    failed = IntegerField(default=0)
    skipped = IntegerField(default=0)
    source = TextField(default="")  # JSON list of the files that its values came from

    class Meta:
        table_name = "change_set"


class Change(BaseModel):
    """One field of one record, before and after, as JSON.

    Creating, deleting and restoring are one row with an empty `field`; the row of a
    creation carries the whole record in `new`.
    """

    id = AutoField()
    change_set = ForeignKeyField(ChangeSet, backref="changes", on_delete="CASCADE")
    entity = TextField()  # customer | interaction | task
    record_id = IntegerField()
    customer_id = IntegerField(null=True)  # whose history it belongs to
    action = TextField()  # create | update | delete | restore
    field = TextField(default="")
    old = TextField(default="")  # JSON text
    new = TextField(default="")  # JSON text
    version = IntegerField(default=0)  # of the record, after the change
    place = BigIntegerField(default=0)  # the row of the file that it came from, 0 for none
