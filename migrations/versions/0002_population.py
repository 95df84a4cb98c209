"""The population register."""

revision = "0002_population"
down_revision = "0001_records"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
