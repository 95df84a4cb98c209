"""Credential offers, and what wallets were given: issued, deferred, and what they said of it."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0031_credential_offers"
down_revision = "0030_records"


def upgrade() -> None:
    op.create_table(
        "credential_offers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("uri_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("state_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("tx_code_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.BigInteger, nullable=False),
        sa.Column("acr", sa.String(8), nullable=False),
        sa.Column("amr", sa.JSON, nullable=False),
        sa.Column("authenticated_at", UtcDateTime, nullable=False),
        sa.Column("configurations", sa.JSON, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("redeemed_at", UtcDateTime, nullable=True),
        sa.Column("client_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_offers")),
        sa.UniqueConstraint("uri_digest", name=op.f("uq_credential_offers_uri_digest")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_credential_offers_code_digest")),
        sa.UniqueConstraint("state_digest", name=op.f("uq_credential_offers_state_digest")),
    )
    op.create_index(op.f("ix_credential_offers_person_id"), "credential_offers", ["person_id"])
    op.create_table(
        "credential_issuances",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("configuration", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("keys", sa.JSON, nullable=True),
        sa.Column("transaction_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("notification_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=True),
        sa.Column("event", sa.String(32), nullable=True),
        sa.Column("event_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_issuances")),
        sa.UniqueConstraint("transaction_digest", name=op.f("uq_credential_issuances_transaction_digest")),
        sa.UniqueConstraint("notification_digest", name=op.f("uq_credential_issuances_notification_digest")),
    )
    op.create_index(op.f("ix_credential_issuances_person_id"), "credential_issuances", ["person_id"])
    op.add_column("issued_papers", sa.Column("issuance_id", sa.BigInteger, nullable=True))
    op.create_index(op.f("ix_issued_papers_issuance_id"), "issued_papers", ["issuance_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_issued_papers_issuance_id"), "issued_papers")
    op.drop_column("issued_papers", "issuance_id")
    op.drop_table("credential_issuances")
    op.drop_table("credential_offers")
