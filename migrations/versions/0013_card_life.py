"""When cards were handed over, who signed them, and which signers are revoked."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0013_card_life"
down_revision = "0012_finding_by_index"


def upgrade() -> None:
    op.add_column("cards", sa.Column("handed_over_at", UtcDateTime, nullable=True))
    op.add_column("cards", sa.Column("signer_serial", sa.String(40), nullable=True))
    op.create_index(op.f("ix_cards_signer_serial"), "cards", ["signer_serial"])
    op.create_index(op.f("ix_cards_expires_on"), "cards", ["expires_on"])
    op.create_table(
        "revoked_signers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("issuer", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revoked_signers")),
        sa.UniqueConstraint("serial", name=op.f("uq_revoked_signers_serial")),
    )
    # until now every card was handed over when it was issued, and an active one has not changed since or was returned
    op.execute("UPDATE cards SET handed_over_at = state_changed_at WHERE state = 'active'")


def downgrade() -> None:
    op.drop_table("revoked_signers")
    op.drop_index(op.f("ix_cards_expires_on"), "cards")
    op.drop_index(op.f("ix_cards_signer_serial"), "cards")
    op.drop_column("cards", "signer_serial")
    op.drop_column("cards", "handed_over_at")
