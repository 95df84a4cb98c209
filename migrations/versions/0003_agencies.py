"""What the agencies hold about people: insurance, driving licences."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0003_agencies"
down_revision = "0002_population"


def upgrade() -> None:
    op.create_table(
        "health_insurances",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(10), nullable=False),
        sa.Column("object_code", sa.String(2), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("facility", sa.String(6), nullable=False),
        sa.Column("insured_since", sa.Date, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_health_insurances")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_health_insurances_person_id")),
        sa.UniqueConstraint("number", name=op.f("uq_health_insurances_number")),
    )
    op.create_table(
        "driving_licences",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("authority", sa.String(2), nullable=False),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("points_changed_on", sa.Date, nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_driving_licences")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_driving_licences_person_id")),
        sa.UniqueConstraint("number", name=op.f("uq_driving_licences_number")),
    )
    op.create_table(
        "licence_points_entries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("decision", sa.String(64), nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
        sa.Column("points_after", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_points_entries")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["driving_licences.person_id"], name=op.f("fk_licence_points_entries_person_id")
        ),
        sa.UniqueConstraint("person_id", "decision", name=op.f("uq_licence_points_entries_person_id_decision")),
    )


def downgrade() -> None:
    op.drop_table("licence_points_entries")
    op.drop_table("driving_licences")
    op.drop_table("health_insurances")
