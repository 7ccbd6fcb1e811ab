"""The first schema: users, customers, what happened with them, and the history of it all.

Text is never NULL (an empty value is ''), moments are ISO text in UTC, ids are never reused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_crm.store.database import Database

# {id} is the engine's way to number rows from 1 without ever reusing a number.
_TABLES = (
    """
    CREATE TABLE crm_user (
        {id},
        login text NOT NULL UNIQUE,
        name text NOT NULL DEFAULT '',
        role text NOT NULL DEFAULT 'agent',
        scope text NOT NULL DEFAULT 'all',
        active smallint NOT NULL DEFAULT 1,
        created_at text NOT NULL
    )""",
    """
    CREATE TABLE team (
        {id},
        name text NOT NULL UNIQUE
    )""",
    """
    CREATE TABLE team_member (
        team_id bigint NOT NULL REFERENCES team (id) ON DELETE CASCADE,
        user_id bigint NOT NULL REFERENCES crm_user (id) ON DELETE CASCADE,
        PRIMARY KEY (team_id, user_id)
    )""",
    """
    CREATE TABLE customer (
        {id},
        kind text NOT NULL DEFAULT 'person',
        name text NOT NULL,
        sort_name text NOT NULL DEFAULT '',
        organization text NOT NULL DEFAULT '',
        organization_id bigint REFERENCES customer (id) ON DELETE SET NULL,
        title text NOT NULL DEFAULT '',
        account_no text NOT NULL UNIQUE,
        external_id text NOT NULL DEFAULT '',
        street text NOT NULL DEFAULT '',
        postcode text NOT NULL DEFAULT '',
        city text NOT NULL DEFAULT '',
        state text NOT NULL DEFAULT '',
        country text NOT NULL DEFAULT '',
        birthday text NOT NULL DEFAULT '',
        category text NOT NULL DEFAULT '',
        status text NOT NULL DEFAULT '',
        source text NOT NULL DEFAULT '',
        owner_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        team_id bigint REFERENCES team (id) ON DELETE SET NULL,
        needs text NOT NULL DEFAULT '',
        custom text NOT NULL DEFAULT '{{}}',
        last_contact text NOT NULL DEFAULT '',
        created_at text NOT NULL,
        updated_at text NOT NULL,
        deleted_at text NOT NULL DEFAULT '',
        version integer NOT NULL DEFAULT 1
    )""",
    """
    CREATE TABLE contact_point (
        {id},
        customer_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        kind text NOT NULL,
        label text NOT NULL DEFAULT '',
        value text NOT NULL,
        normalized text NOT NULL DEFAULT '',
        position integer NOT NULL DEFAULT 0
    )""",
    """
    CREATE TABLE tag (
        {id},
        name text NOT NULL UNIQUE
    )""",
    """
    CREATE TABLE customer_tag (
        customer_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        tag_id bigint NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
        PRIMARY KEY (customer_id, tag_id)
    )""",
    """
    CREATE TABLE interaction (
        {id},
        customer_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
        kind text NOT NULL DEFAULT 'call',
        direction text NOT NULL DEFAULT '',
        disposition text NOT NULL DEFAULT '',
        started_at text NOT NULL,
        duration integer NOT NULL DEFAULT 0,
        subject text NOT NULL DEFAULT '',
        note text NOT NULL DEFAULT '',
        author_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        created_at text NOT NULL,
        updated_at text NOT NULL,
        deleted_at text NOT NULL DEFAULT '',
        version integer NOT NULL DEFAULT 1
    )""",
    """
    CREATE TABLE task (
        {id},
        customer_id bigint REFERENCES customer (id) ON DELETE CASCADE,
        interaction_id bigint REFERENCES interaction (id) ON DELETE SET NULL,
        title text NOT NULL,
        note text NOT NULL DEFAULT '',
        due_at text NOT NULL DEFAULT '',
        due_has_time smallint NOT NULL DEFAULT 0,
        priority smallint NOT NULL DEFAULT 0,
        assignee_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        author_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        done_at text NOT NULL DEFAULT '',
        done_by_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        created_at text NOT NULL,
        updated_at text NOT NULL,
        deleted_at text NOT NULL DEFAULT '',
        version integer NOT NULL DEFAULT 1
    )""",
    """
    CREATE TABLE change_set (
        {id},
        uid text NOT NULL UNIQUE,
        actor_id bigint REFERENCES crm_user (id) ON DELETE SET NULL,
        at text NOT NULL,
        face text NOT NULL,
        kind text NOT NULL,
        summary text NOT NULL DEFAULT '',
        reason text NOT NULL DEFAULT '',
        undoes_id bigint REFERENCES change_set (id),
        done integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        skipped integer NOT NULL DEFAULT 0
    )""",
    """
    CREATE TABLE change (
        {id},
        change_set_id bigint NOT NULL REFERENCES change_set (id) ON DELETE CASCADE,
        entity text NOT NULL,
        record_id bigint NOT NULL,
        customer_id bigint,
        action text NOT NULL,
        field text NOT NULL DEFAULT '',
        old text NOT NULL DEFAULT '',
        new text NOT NULL DEFAULT '',
        version integer NOT NULL DEFAULT 0
    )""",
    """
    CREATE TABLE custom_field (
        {id},
        name text NOT NULL UNIQUE,
        label_en text NOT NULL DEFAULT '',
        label_zh text NOT NULL DEFAULT '',
        type text NOT NULL DEFAULT 'text',
        choices text NOT NULL DEFAULT '[]',
        position integer NOT NULL DEFAULT 0,
        active smallint NOT NULL DEFAULT 1
    )""",
    """
    CREATE TABLE picklist_value (
        {id},
        picklist text NOT NULL,
        value text NOT NULL,
        label_en text NOT NULL DEFAULT '',
        label_zh text NOT NULL DEFAULT '',
        letter text NOT NULL DEFAULT '',
        position integer NOT NULL DEFAULT 0,
        UNIQUE (picklist, value)
    )""",
    """
    CREATE TABLE segment (
        {id},
        owner_id bigint NOT NULL REFERENCES crm_user (id) ON DELETE CASCADE,
        name text NOT NULL,
        query text NOT NULL,
        key text NOT NULL DEFAULT '',
        created_at text NOT NULL,
        UNIQUE (owner_id, name)
    )""",
    """
    CREATE TABLE meta (
        key text PRIMARY KEY NOT NULL,
        value text NOT NULL DEFAULT ''
    )""",
)

_LIVE = "WHERE deleted_at = ''"
_INDEXES = (
    # Lists, each in its order; the id settles ties, so that pages neither repeat nor skip a row.
    f"customer_last_contact ON customer (last_contact DESC, id DESC) {_LIVE}",
    f"customer_sort_name ON customer (sort_name, id) {_LIVE}",
    f"customer_created_at ON customer (created_at DESC, id DESC) {_LIVE}",
    f"customer_owner ON customer (owner_id, last_contact DESC, id DESC) {_LIVE}",
    f"customer_team ON customer (team_id) {_LIVE}",
    "customer_bin ON customer (deleted_at DESC) WHERE deleted_at <> ''",
    # The people of an organisation, by link and by name.
    "customer_organization_id ON customer (organization_id) WHERE organization_id IS NOT NULL",
    "customer_organization_name ON customer (lower(organization)) WHERE organization <> ''",
    "customer_external_id ON customer (external_id) WHERE external_id <> ''",
    "contact_point_customer ON contact_point (customer_id, kind, position)",
    "contact_point_normalized ON contact_point (kind, normalized)",
    "customer_tag_tag ON customer_tag (tag_id, customer_id)",
    "team_member_user ON team_member (user_id)",
    "interaction_customer ON interaction (customer_id, started_at DESC)",
    "task_agenda ON task (assignee_id, done_at, due_at)",
    "task_customer ON task (customer_id)",
    "task_interaction ON task (interaction_id) WHERE interaction_id IS NOT NULL",
    "change_set_undoes ON change_set (undoes_id) WHERE undoes_id IS NOT NULL",
    "change_customer ON change (customer_id, id)",
    "change_change_set ON change (change_set_id, id)",
    "change_record ON change (entity, record_id)",
)


def up(db: Database) -> None:
    """Create all tables and indexes."""
    for table in _TABLES:
        db.run(table.format(id=db.id_column))
    for index in _INDEXES:
        db.run(f"CREATE INDEX {index}")
