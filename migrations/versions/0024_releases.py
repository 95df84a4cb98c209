"""What citizens agree to attribute by attribute, until when and by whom; what grants then release; what accounts rest on."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0024_releases"
down_revision = "0023_logout_and_signals"


def upgrade() -> None:
    op.add_column("clients", sa.Column("consent_days", sa.Integer(), nullable=True))
    op.add_column("clients", sa.Column("requires_pkce", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("consents", sa.Column("asked_items", sa.JSON(), nullable=True))
    op.add_column("consents", sa.Column("granted_items", sa.JSON(), nullable=True))
    op.add_column("consents", sa.Column("expires_at", UtcDateTime(), nullable=True))
    op.add_column("consents", sa.Column("given_by", sa.BigInteger(), nullable=True))
    op.add_column("authorization_codes", sa.Column("release", sa.JSON(), nullable=True))
    op.create_table(
        "card_proofs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("card_id", BigId, nullable=False),
        sa.Column("reference", sa.String(43), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=False),
        sa.Column("sod_sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("document_number", sa.String(9), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_proofs")),
        sa.UniqueConstraint("reference", name=op.f("uq_card_proofs_reference")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_card_proofs_account_id")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_card_proofs_card_id")),
    )
    op.create_index(op.f("ix_card_proofs_account_id"), "card_proofs", ["account_id"])
    op.create_index(op.f("ix_card_proofs_card_id"), "card_proofs", ["card_id"])


def downgrade() -> None:
    op.drop_table("card_proofs")
    op.drop_column("authorization_codes", "release")
    for column in ("given_by", "expires_at", "granted_items", "asked_items"):
        op.drop_column("consents", column)
    op.drop_column("clients", "requires_pkce")
    op.drop_column("clients", "consent_days")
