"""What people ask of the account authority, stage by stage, and where accounts get mail."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0015_requests"
down_revision = "0014_client_tokens"


def upgrade() -> None:
    op.create_table(
        "account_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("asked_by_account_id", BigId, nullable=True),
        sa.Column("officer_id", BigId, nullable=True),
        sa.Column("place", sa.String(64), nullable=True),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("stage_due_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(300), nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("appeal_of", BigId, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_requests")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_account_requests_person_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_requests_account_id")),
        sa.ForeignKeyConstraint(
            ["asked_by_account_id"], ["accounts.id"], name=op.f("fk_account_requests_asked_by_account_id")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.account_id"], name=op.f("fk_account_requests_officer_id")),
        sa.ForeignKeyConstraint(["appeal_of"], ["account_requests.id"], name=op.f("fk_account_requests_appeal_of")),
    )
    op.create_index(op.f("ix_account_requests_person_id"), "account_requests", ["person_id"])
    op.create_index(op.f("ix_account_requests_asked_by_account_id"), "account_requests", ["asked_by_account_id"])
    op.create_index(op.f("ix_account_requests_state_stage_due_at"), "account_requests", ["state", "stage_due_at"])
    op.create_table(
        "account_request_stages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("request_id", BigId, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("officer_id", BigId, nullable=True),
        sa.Column("entered_at", UtcDateTime, nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=True),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request_stages")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["account_requests.id"], name=op.f("fk_account_request_stages_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["officers.account_id"], name=op.f("fk_account_request_stages_officer_id")
        ),
    )
    op.create_index(op.f("ix_account_request_stages_request_id"), "account_request_stages", ["request_id"])
    op.create_table(
        "account_applications",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("code_expires_at", UtcDateTime, nullable=False),
        sa.Column("code_confirmed_at", UtcDateTime, nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_applications")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_applications_token_hash")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_account_applications_person_id")),
    )
    op.create_index(op.f("ix_account_applications_person_id"), "account_applications", ["person_id"])
    op.add_column("accounts", sa.Column("email", sa.String(254), nullable=True))
    op.add_column("accounts", sa.Column("closed_at", UtcDateTime, nullable=True))
    op.add_column("officers", sa.Column("ended_at", UtcDateTime, nullable=True))


def downgrade() -> None:
    op.drop_column("officers", "ended_at")
    op.drop_column("accounts", "closed_at")
    op.drop_column("accounts", "email")
    op.drop_table("account_applications")
    op.drop_table("account_request_stages")
    op.drop_table("account_requests")
