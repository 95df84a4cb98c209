"""Requests of addresses, counted over all machines; history by month and what belongs to accounts by hash (PostgreSQL)."""

import sqlalchemy as sa
from alembic import op

from eid.db import UtcDateTime

revision = "0034_partitions"
down_revision = "0033_signatures"


def upgrade() -> None:
    op.create_table(
        "address_windows",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_address_windows")),
    )
    op.create_index(op.f("ix_address_windows_ends_at"), "address_windows", ["ends_at"])


def downgrade() -> None:
    op.drop_table("address_windows")
