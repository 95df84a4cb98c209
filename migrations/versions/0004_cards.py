"""Chip cards and the challenges they answer."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0004_cards"
down_revision = "0003_agencies"


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("document_number", sa.String(9), nullable=False),
        sa.Column("sod_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_changed_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_cards_person_id_persons")),
        sa.UniqueConstraint("sod_sha256", name=op.f("uq_cards_sod_sha256")),
    )
    op.create_index(op.f("ix_cards_person_id"), "cards", ["person_id"])
    op.create_table(
        "card_challenges",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("challenge", sa.LargeBinary(8), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_challenges")),
    )
    op.create_index(op.f("ix_card_challenges_expires_at"), "card_challenges", ["expires_at"])


def downgrade() -> None:
    op.drop_table("card_challenges")
    op.drop_table("cards")
