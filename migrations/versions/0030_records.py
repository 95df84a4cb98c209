"""Temporary residences."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0030_records"
down_revision = "0028_papers"


def upgrade() -> None:
    op.create_table(
        "temporary_residences",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("commune", sa.String(80), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_temporary_residences")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_temporary_residences_person_id")),
    )
    op.create_index(op.f("ix_temporary_residences_person_id"), "temporary_residences", ["person_id"])


def downgrade() -> None:
    op.drop_table("temporary_residences")
