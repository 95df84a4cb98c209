"""Clients, authorization requests, consents, codes, tokens."""

revision = "0006_oauth"
down_revision = "0005_accounts"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
