"""What users add to the program's own lists: custom fields, picklist values, saved segments."""

from __future__ import annotations

from peewee import AutoField, ForeignKeyField, IntegerField, SmallIntegerField, TextField

from tui_crm.store.base import BaseModel, JsonTextField, UtcField
from tui_crm.store.people import User


class CustomField(BaseModel):
    """A field that this organisation added to its customers."""

    id = AutoField()
    name = TextField(unique=True)  # the key in `custom` and in every query
    label_en = TextField(default="")
    label_zh = TextField(default="")
    type = TextField(default="text")  # text | number | date | choice | bool
    choices = JsonTextField(default=list)
    position = IntegerField(default=0)
    active = SmallIntegerField(default=1)

    class Meta:
        table_name = "custom_field"


class PicklistValue(BaseModel):
    """A choice that was added to a picklist of crm.toml for everybody on this database."""

    id = AutoField()
    picklist = TextField()  # status | category | source | disposition
    value = TextField()
    label_en = TextField(default="")
    label_zh = TextField(default="")
    letter = TextField(default="")
    position = IntegerField(default=0)

    class Meta:
        table_name = "picklist_value"
        indexes = ((("picklist", "value"), True),)


class Segment(BaseModel):
    """A saved query with a name and, where wanted, a key of its own."""

    id = AutoField()
    owner = ForeignKeyField(User, on_delete="CASCADE")
    name = TextField()
    query = TextField()
    key = TextField(default="")
    created_at = UtcField()

    class Meta:
        indexes = ((("owner", "name"), True),)


class Meta(BaseModel):
    """Facts about this database: its salt, its last backup."""

    key = TextField(primary_key=True)
    value = TextField(default="")
