"""Refresh tokens."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0009_refresh_tokens"
down_revision = "0008_recovery_codes"


def upgrade() -> None:
    op.create_table(
        "refresh_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("code_id", BigId, nullable=False),
        sa.Column("predecessor_id", BigId, nullable=True),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("rotated_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_refresh_tokens_token_digest")),
        sa.ForeignKeyConstraint(["code_id"], ["authorization_codes.id"], name=op.f("fk_refresh_tokens_code_id")),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["refresh_tokens.id"], name=op.f("fk_refresh_tokens_predecessor_id")
        ),
    )
    op.create_index(op.f("ix_refresh_tokens_code_id"), "refresh_tokens", ["code_id"])
    op.create_index(op.f("ix_refresh_tokens_predecessor_id"), "refresh_tokens", ["predecessor_id"])


def downgrade() -> None:
    op.drop_table("refresh_tokens")
