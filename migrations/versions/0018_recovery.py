"""Recoveries of what a holder lost, the answers to two questions, and what holders were told."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0018_recovery"
down_revision = "0017_devices_and_passkeys"


def upgrade() -> None:
    op.create_table(
        "recoveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("cancel_hash", sa.String(64), nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("proved", sa.JSON(), nullable=False),
        sa.Column("new_phone", sa.String(10), nullable=True),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("passcode_hash", sa.String(255), nullable=True),
        sa.Column("sealed_totp", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("ready_at", UtcDateTime, nullable=True),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("cancelled_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_recoveries_token_hash")),
        sa.UniqueConstraint("cancel_hash", name=op.f("uq_recoveries_cancel_hash")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recoveries_account_id")),
    )
    op.create_index(op.f("ix_recoveries_account_id"), "recoveries", ["account_id"])
    op.create_table(
        "security_answers",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("answer_hash", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "question", name=op.f("pk_security_answers")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_security_answers_account_id")),
    )
    op.create_table(
        "recovery_texts",
        sa.Column("recovery_id", BigId, nullable=False),
        sa.Column("proof", sa.String(16), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("recovery_id", "proof", name=op.f("pk_recovery_texts")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_recovery_texts_recovery_id")),
    )
    op.create_table(
        "holder_notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("act", sa.String(64), nullable=False),
        sa.Column("told_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holder_notices")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_holder_notices_account_id")),
    )
    op.create_index(op.f("ix_holder_notices_account_id"), "holder_notices", ["account_id"])
    op.add_column("activations", sa.Column("answer_hashes", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("activations") as activations:
        activations.drop_column("answer_hashes")
    op.drop_table("holder_notices")
    op.drop_table("recovery_texts")
    op.drop_table("security_answers")
    op.drop_table("recoveries")
