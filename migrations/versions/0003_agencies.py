"""What the agencies hold about people: insurance, driving licences."""

revision = "0003_agencies"
down_revision = "0002_population"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
