"""Sign-ins that go wrong on purpose: who is watched, what is planned, what was asked, and runs that are scored."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0027_trials"
down_revision = "0026_client_portal"


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("reference", sa.String(43), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_trials")),
        sa.UniqueConstraint("reference", name=op.f("uq_trials_reference")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_trials_client_id")),
    )
    op.create_index(op.f("ix_trials_ends_at"), "trials", ["ends_at"])
    op.create_table(
        "fault_runs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("reference", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("score", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fault_runs")),
        sa.UniqueConstraint("reference", name=op.f("uq_fault_runs_reference")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_fault_runs_client_id")),
    )
    op.create_index(op.f("ix_fault_runs_client_id"), "fault_runs", ["client_id"])
    op.create_index(op.f("ix_fault_runs_ends_at"), "fault_runs", ["ends_at"])
    op.create_table(
        "planned_faults",
        sa.Column("id", BigId, nullable=False),
        sa.Column("reference", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=True),
        sa.Column("fault", sa.String(32), nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("met_at", UtcDateTime(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("code_used_at", UtcDateTime(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("token_used_at", UtcDateTime(), nullable=True),
        sa.Column("kept", sa.JSON(), nullable=True),
        sa.Column("declared", sa.String(16), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_faults")),
        sa.UniqueConstraint("reference", name=op.f("uq_planned_faults_reference")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_planned_faults_client_id")),
        sa.ForeignKeyConstraint(["run_id"], ["fault_runs.id"], name=op.f("fk_planned_faults_run_id")),
    )
    op.create_index("ix_planned_faults_client_id_met_at", "planned_faults", ["client_id", "met_at"])
    for column in ("run_id", "ends_at", "code_digest", "token_digest"):
        op.create_index(op.f(f"ix_planned_faults_{column}"), "planned_faults", [column])
    op.create_table(
        "logged_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("step", sa.String(24), nullable=False),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("answered", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("fault", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_requests")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_logged_requests_client_id")),
    )
    op.create_index(op.f("ix_logged_requests_client_id"), "logged_requests", ["client_id"])
    op.create_index(op.f("ix_logged_requests_at"), "logged_requests", ["at"])


def downgrade() -> None:
    for table in ("logged_requests", "planned_faults", "fault_runs", "trials"):
        op.drop_table(table)
