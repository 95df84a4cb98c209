"""Chip cards and the challenges they answer."""

revision = "0004_cards"
down_revision = "0003_agencies"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
