"""Papers issued as signed tokens, and their status."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0007_credentials"
down_revision = "0006_oauth"


def upgrade() -> None:
    op.create_table(
        "paper_status_lists",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_status_lists")),
    )
    op.create_table(
        "issued_papers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_id", sa.String(43), nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("paper", sa.String(32), nullable=False),
        sa.Column("audience", sa.String(255), nullable=False),
        sa.Column("list_id", sa.BigInteger, nullable=False),
        sa.Column("list_index", sa.Integer, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issued_papers")),
        sa.ForeignKeyConstraint(["list_id"], ["paper_status_lists.id"], name=op.f("fk_issued_papers_list_id")),
        sa.UniqueConstraint("list_id", "list_index", name=op.f("uq_issued_papers_list_id_list_index")),
    )
    op.create_index(
        op.f("ix_issued_papers_person_id_paper_expires_at"), "issued_papers", ["person_id", "paper", "expires_at"]
    )
    op.create_index(op.f("ix_issued_papers_list_id_status"), "issued_papers", ["list_id", "status"])


def downgrade() -> None:
    op.drop_table("issued_papers")
    op.drop_table("paper_status_lists")
