"""Who uses the program: users and teams."""

from __future__ import annotations

from peewee import AutoField, CompositeKey, ForeignKeyField, SmallIntegerField, TextField

from tui_crm.store.base import BaseModel, UtcField


class User(BaseModel):
    """A person who works with the program; `scope` says which customers they see."""

    id = AutoField()
    login = TextField(unique=True)
    name = TextField(default="")
    role = TextField(default="agent")  # admin | agent
    scope = TextField(default="all")  # all | team | own
    active = SmallIntegerField(default=1)
    created_at = UtcField()

    class Meta:
        table_name = "crm_user"  # "user" is a reserved word on PostgreSQL


class Team(BaseModel):
    """A group of users who share customers."""

    id = AutoField()
    name = TextField(unique=True)


class TeamMember(BaseModel):
    """Membership of a user in a team."""

    team = ForeignKeyField(Team, on_delete="CASCADE")
    user = ForeignKeyField(User, on_delete="CASCADE")

    class Meta:
        primary_key = CompositeKey("team", "user")
