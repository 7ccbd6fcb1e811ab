"""Customers, their contact points and their tags."""

from __future__ import annotations

from peewee import AutoField, CompositeKey, ForeignKeyField, IntegerField, TextField

from tui_crm.store.base import BaseModel, JsonTextField, UtcField
from tui_crm.store.people import Team, User


class Customer(BaseModel):
    """A person or an organisation.

    `organization` is the name of the organisation that a person works for, as entered;
    `organization_link` points to its own record where there is exactly one of that name.
    `version` grows by one with every change; it is how an editor notices a colleague's edit.
    `deleted_at` is empty for a live record and the time of deletion for one in the recycle bin.
    """

    id = AutoField()
    kind = TextField(default="person")  # person | organization
    name = TextField()
    sort_name = TextField(default="")  # the folded name, for lists in name order
    organization = TextField(default="")
    organization_link = ForeignKeyField(
        "self", null=True, column_name="organization_id", backref="people", on_delete="SET NULL"
    )
    title = TextField(default="")
    account_no = TextField(unique=True)
    external_id = TextField(default="")
    street = TextField(default="")
    postcode = TextField(default="")
    city = TextField(default="")
    state = TextField(default="")
    country = TextField(default="")
    birthday = TextField(default="")  # YYYY-MM-DD
    category = TextField(default="")
    status = TextField(default="")
    source = TextField(default="")
    owner = ForeignKeyField(User, null=True, on_delete="SET NULL")
    team = ForeignKeyField(Team, null=True, on_delete="SET NULL")
    needs = TextField(default="")
    custom = JsonTextField(default=dict)
    last_contact = UtcField(default=None)
    created_at = UtcField()
    updated_at = UtcField()
    deleted_at = UtcField(default=None)
    version = IntegerField(default=1)

    class Meta:
        table_name = "customer"


class ContactPoint(BaseModel):
    """One way to reach a customer; `value` is what was typed, `normalized` what is compared."""

    id = AutoField()
    customer = ForeignKeyField(Customer, backref="contact_points", on_delete="CASCADE")
    kind = TextField()  # phone | email | handle
    label = TextField(default="")  # work, mobile, ...
    value = TextField()
    normalized = TextField(default="")  # E.164 or digits; lower-case address
    position = IntegerField(default=0)

    class Meta:
        table_name = "contact_point"


class Tag(BaseModel):
    """A free label of customers."""

    id = AutoField()
    name = TextField(unique=True)


class CustomerTag(BaseModel):
    """A tag on a customer."""

    customer = ForeignKeyField(Customer, on_delete="CASCADE")
    tag = ForeignKeyField(Tag, on_delete="CASCADE")

    class Meta:
        table_name = "customer_tag"
        primary_key = CompositeKey("customer", "tag")
