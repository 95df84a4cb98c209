"""Papers issued as signed tokens, and their status."""

revision = "0007_credentials"
down_revision = "0006_oauth"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
