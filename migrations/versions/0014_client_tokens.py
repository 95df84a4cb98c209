"""What clients may ask for in their own name, and their tokens for it."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0014_client_tokens"
down_revision = "0013_card_life"


def upgrade() -> None:
    op.add_column("clients", sa.Column("own_scopes", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "client_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_tokens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_client_tokens_token_digest")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_tokens_client_id")),
    )
    op.create_index(op.f("ix_client_tokens_client_id"), "client_tokens", ["client_id"])
    op.create_index(op.f("ix_client_tokens_expires_at"), "client_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_table("client_tokens")
    op.drop_column("clients", "own_scopes")
