"""Signed roots over the audit log, each over the one before."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0019_audit_batches"
down_revision = "0018_recovery"

UNSEALED = {kind: sa.text("batch IS NULL") for kind in ("sqlite_where", "postgresql_where")}


def upgrade() -> None:
    op.create_table(
        "audit_batches",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("sealed_at", UtcDateTime, nullable=False),
        sa.Column("dropped_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_batches")),
    )
    op.create_index("ix_audit_batches_last_at", "audit_batches", ["last_at"])
    op.create_table(
        "disclosure_reports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("remark", sa.String(500), nullable=False),
        sa.Column("reported_at", UtcDateTime, nullable=False),
        sa.Column("officer_id", BigId, nullable=True),
        sa.Column("answer", sa.String(500), nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_reports")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_disclosure_reports_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_disclosure_reports_account_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.account_id"], name=op.f("fk_disclosure_reports_officer_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_disclosure_reports_entry_id")),
    )
    op.create_index("ix_disclosure_reports_answered_at_id", "disclosure_reports", ["answered_at", "id"])
    op.add_column("audit_entries", sa.Column("batch", sa.BigInteger(), nullable=True))
    op.add_column("audit_entries", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("audit_entries", sa.Column("leaf", sa.LargeBinary(32), nullable=True))
    op.create_index("ix_audit_entries_batch_place", "audit_entries", ["batch", "place"])
    op.create_index("ix_audit_entries_unsealed", "audit_entries", ["id"], **UNSEALED)


def downgrade() -> None:
    op.drop_index("ix_audit_entries_unsealed", "audit_entries")
    op.drop_index("ix_audit_entries_batch_place", "audit_entries")
    with op.batch_alter_table("audit_entries") as entries:
        for column in ("batch", "place", "leaf"):
            entries.drop_column(column)
    op.drop_table("disclosure_reports")
    op.drop_index("ix_audit_batches_last_at", "audit_batches")
    op.drop_table("audit_batches")
