"""Accounts, authenticators, activations, sessions."""

revision = "0005_accounts"
down_revision = "0004_cards"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
