"""Recovery codes of accounts."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0008_recovery_codes"
down_revision = "0007_credentials"


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_recovery_codes_account_id")),
    )


def downgrade() -> None:
    op.drop_table("recovery_codes")
