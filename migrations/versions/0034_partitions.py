"""Requests of addresses, counted over all machines; history by month and what belongs to accounts by hash (PostgreSQL).

The history so far becomes one partition as it is; nothing of it is copied. Authenticators and consents are copied while a trigger
keeps the copy up to date, and then change places with it. Interrupted, it begins anew where it was.
"""

from datetime import UTC, datetime
from itertools import pairwise

import sqlalchemy as sa
from alembic import op

from eid.db import UtcDateTime
from eid.online import Steps, open_steps

revision = "0034_partitions"
down_revision = "0033_signatures"

PARTS = 16
AHEAD = 3
"""Months beyond this one whose partitions are made."""

ENTRIES = "audit_entries"
ENTRY_INDEXES = {
    "ix_audit_entries_person_id_id": "(person_id, id)",
    "ix_audit_entries_batch_place": "(batch, place)",
    "ix_audit_entries_unsealed": "(id) WHERE batch IS NULL",
}

HASHED = {
    "authenticators": (
        "account_id",
        {
            "pk_authenticators": "PRIMARY KEY (id, account_id)",
            "uq_authenticators_account_id_kind": "UNIQUE (account_id, kind)",
            "fk_authenticators_account_id": "FOREIGN KEY (account_id) REFERENCES accounts (id)",
        },
        {},
    ),
    "consents": (
        "person_id",
        {
            "pk_consents": "PRIMARY KEY (id, person_id)",
            "fk_consents_client_id": "FOREIGN KEY (client_id) REFERENCES clients (id)",
        },
        {
            "ix_consents_client_id": "INDEX {name} ON {table} (client_id)",
            "uq_consents_person_id_client_id_given": "UNIQUE INDEX {name} ON {table} (person_id, client_id)"
            " WHERE withdrawn_at IS NULL",
        },
    ),
}
"""Table → the column that it is divided by, its constraints and its indexes."""


def upgrade() -> None:
    context = op.get_context()
    op.execute("DROP TABLE IF EXISTS address_windows")  # of a try that was interrupted
    op.create_table(
        "address_windows",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_address_windows")),
    )
    op.create_index(op.f("ix_address_windows_ends_at"), "address_windows", ["ends_at"])
    if context.dialect.name != "postgresql":
        return
    with open_steps(context) as steps:
        steps.run("CREATE SCHEMA IF NOT EXISTS partitions")
        for table, (key, constraints, indexes) in HASHED.items():
            if not _is_partitioned(steps, table):
                _expand(steps, table, key, constraints, indexes)
                steps.copy_rows(table, f"{table}_new", _columns(steps, table))
                _switch(steps, table, [*constraints, *indexes])
            _contract(steps, table)
        if not _is_partitioned(steps, ENTRIES):
            _divide_by_month(steps)


def _is_partitioned(steps: Steps, table: str) -> bool:
    return steps.ask("SELECT relkind FROM pg_class WHERE oid = to_regclass(:name)", name=table) == "p"


def _columns(steps: Steps, table: str) -> list[str]:
    names = steps.ask(
        "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped",
        name=table,
    )
    return str(names).split(",")


def _expand(steps: Steps, table: str, key: str, constraints: dict[str, str], indexes: dict[str, str]) -> None:
    """Beside the table an empty one in parts, and a trigger that does to it whatever is done to the table from now on."""
    new, columns = f"{table}_new", _columns(steps, table)
    steps.run(f"DROP TRIGGER IF EXISTS copy_to_parts ON {table}", f"DROP TABLE IF EXISTS {new}")
    steps.run(
        f"CREATE TABLE {new} (LIKE {table} INCLUDING DEFAULTS) PARTITION BY HASH ({key})",
        *(
            f"CREATE TABLE partitions.{table}_{part:02} PARTITION OF {new}"
            f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            for part in range(PARTS)
        ),
        *(f"ALTER TABLE {new} ADD CONSTRAINT {name}_new {what}" for name, what in constraints.items()),
        *("CREATE " + what.format(name=f"{name}_new", table=new) for name, what in indexes.items()),
    )
    values = ", ".join(f"NEW.{column}" for column in columns)
    steps.run(
        f"CREATE OR REPLACE FUNCTION copy_{table}_to_parts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
        f" IF TG_OP <> 'INSERT' THEN DELETE FROM {new} WHERE id = OLD.id AND {key} = OLD.{key}; END IF;"
        f" IF TG_OP <> 'DELETE' THEN INSERT INTO {new} ({', '.join(columns)}) VALUES ({values}); END IF;"
        " RETURN NULL; END $$",
        f"CREATE TRIGGER copy_to_parts AFTER INSERT OR UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION copy_{table}_to_parts()",
    )


def _switch(steps: Steps, table: str, names: list[str]) -> None:
    """The two tables change places: names alone are altered, so this takes a moment."""
    before, new = f"{table}_before", f"{table}_new"
    steps.run(
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
        f"DROP TRIGGER copy_to_parts ON {table}",
        f"ALTER TABLE {table} RENAME TO {before}",
        *(f"ALTER INDEX {name} RENAME TO {name}_before" for name in names if not name.startswith("fk_")),
        f"ALTER TABLE {new} RENAME TO {table}",
        *(f"ALTER INDEX {name}_new RENAME TO {name}" for name in names if not name.startswith("fk_")),
        *(f"ALTER TABLE {table} RENAME CONSTRAINT {name}_new TO {name}" for name in names if name.startswith("fk_")),
        f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id",
    )


def _contract(steps: Steps, table: str) -> None:
    """What nobody knows any more is gone."""
    steps.run(f"DROP TABLE IF EXISTS {table}_before", f"DROP FUNCTION IF EXISTS copy_{table}_to_parts()")


def _divide_by_month(steps: Steps) -> None:
    """A table in months, with the history so far as its first partition; where there is none, without."""
    is_empty = not steps.ask(f"SELECT EXISTS (SELECT FROM {ENTRIES})")  # noqa: S608
    first = _month_of(datetime.now(UTC))
    if not is_empty:
        newest = steps.ask(f"SELECT max(world_at) FROM {ENTRIES}")  # noqa: S608
        first = _month_after(_month_of(max(newest.astimezone(UTC), datetime.now(UTC))), 1)
        _prepare_history(steps, first)
    before = f"{ENTRIES}_before"
    steps.run(
        f"LOCK TABLE {ENTRIES} IN ACCESS EXCLUSIVE MODE",
        f"ALTER TABLE {ENTRIES} DROP CONSTRAINT pk_audit_entries",
        f"ALTER TABLE {ENTRIES} RENAME TO {before}",
        *(f"ALTER INDEX {name} RENAME TO {name}_before" for name in ENTRY_INDEXES),
        f"CREATE TABLE {ENTRIES} (LIKE {before} INCLUDING DEFAULTS) PARTITION BY RANGE (world_at)",
        f"ALTER TABLE {ENTRIES} ADD CONSTRAINT pk_audit_entries PRIMARY KEY (id, world_at)",
        *(f"CREATE INDEX {name} ON {ENTRIES} {what}" for name, what in ENTRY_INDEXES.items()),
        f"ALTER SEQUENCE {ENTRIES}_id_seq OWNED BY {ENTRIES}.id",
        *(_drop_empty(before) if is_empty else _attach_history(before, first)),
        *_make_months(first),
    )


def _prepare_history(steps: Steps, end: datetime) -> None:
    """What PostgreSQL would find out while everybody waits: a key in its new form, and that all is from before `end`."""
    steps.run("DROP INDEX IF EXISTS pk_audit_entries_before")
    steps.run_concurrently(f"CREATE UNIQUE INDEX {{CONCURRENTLY}} pk_audit_entries_before ON {ENTRIES} (id, world_at)")
    steps.run(
        f"ALTER TABLE {ENTRIES} DROP CONSTRAINT IF EXISTS ck_audit_entries_before",
        f"ALTER TABLE {ENTRIES} ADD CONSTRAINT ck_audit_entries_before CHECK (world_at < '{end.isoformat()}') NOT VALID",
    )
    steps.run(f"ALTER TABLE {ENTRIES} VALIDATE CONSTRAINT ck_audit_entries_before")


def _attach_history(before: str, end: datetime) -> list[str]:
    return [
        f"ALTER TABLE {before} ADD CONSTRAINT pk_audit_entries_before PRIMARY KEY USING INDEX pk_audit_entries_before",
        f"ALTER TABLE {before} SET SCHEMA partitions",
        f"ALTER TABLE {ENTRIES} ATTACH PARTITION partitions.{before} FOR VALUES FROM (MINVALUE) TO ('{end.isoformat()}')",
        f"ALTER TABLE partitions.{before} DROP CONSTRAINT ck_audit_entries_before",
    ]


def _drop_empty(before: str) -> list[str]:
    found = f"IF EXISTS (SELECT FROM {before}) THEN RAISE EXCEPTION 'somebody wrote meanwhile: run it again'; END IF;"
    return [f"DO $$ BEGIN {found} END $$", f"DROP TABLE {before}"]


def _make_months(first: datetime) -> list[str]:
    months = [_month_after(first, number) for number in range(AHEAD + 2)]
    made = [
        f"CREATE TABLE partitions.{ENTRIES}_{begin:%Y_%m} PARTITION OF {ENTRIES}"
        f" FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
        for begin, end in pairwise(months)
    ]
    return [*made, f"CREATE TABLE partitions.{ENTRIES}_other PARTITION OF {ENTRIES} DEFAULT"]


def _month_of(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_after(month: datetime, number: int) -> datetime:
    months = month.year * 12 + month.month - 1 + number
    return month.replace(year=months // 12, month=months % 12 + 1)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for table, (_key, constraints, indexes) in HASHED.items():
            _undivide(table, constraints, indexes)
        entry_indexes = {name: f"INDEX {{name}} ON {{table}} {what}" for name, what in ENTRY_INDEXES.items()}
        _undivide(ENTRIES, {"pk_audit_entries": ""}, entry_indexes)
        op.execute("DROP SCHEMA partitions")
    op.drop_table("address_windows")


def _undivide(table: str, constraints: dict[str, str], indexes: dict[str, str]) -> None:
    """One table again, by copying, while nobody else uses it."""
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_parts")
    op.execute(f"CREATE TABLE {table} (LIKE {table}_parts INCLUDING DEFAULTS)")
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_parts")  # noqa: S608
    op.execute(f"ALTER SEQUENCE {table}_id_seq OWNED BY {table}.id")
    op.execute(f"DROP TABLE {table}_parts")
    for name, what in constraints.items():
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {'PRIMARY KEY (id)' if name.startswith('pk_') else what}"
        )
    for name, what in indexes.items():
        op.execute("CREATE " + what.format(name=name, table=table))
