"""Temporary residences, what facilities write into health books, criminal records that were asked for."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0030_records"
down_revision = "0029_more_papers"


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
    op.create_table(
        "recorded_vaccinations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("vaccine", sa.String(120), nullable=False),
        sa.Column("antigen", sa.String(120), nullable=False),
        sa.Column("dose", sa.Integer, nullable=False),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("facility", sa.String(6), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_vaccinations")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_recorded_vaccinations_person_id")),
    )
    op.create_index(op.f("ix_recorded_vaccinations_person_id"), "recorded_vaccinations", ["person_id"])
    op.create_table(
        "recorded_visits",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("came_on", sa.Date, nullable=False),
        sa.Column("left_on", sa.Date, nullable=False),
        sa.Column("reason", sa.String(120), nullable=False),
        sa.Column("icd10", sa.String(6), nullable=False),
        sa.Column("diagnosis", sa.String(120), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("drugs", sa.JSON, nullable=False),
        sa.Column("facility", sa.String(6), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_visits")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_recorded_visits_person_id")),
    )
    op.create_index(op.f("ix_recorded_visits_person_id"), "recorded_visits", ["person_id"])
    op.create_table(
        "criminal_record_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("form", sa.String(1), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.Column("refused_for", sa.String(200), nullable=True),
        sa.Column("withdrawn_for", sa.String(200), nullable=True),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criminal_record_requests")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_criminal_record_requests_person_id")),
    )
    op.create_index(op.f("ix_criminal_record_requests_person_id"), "criminal_record_requests", ["person_id"])


def downgrade() -> None:
    for table in ("criminal_record_requests", "recorded_visits", "recorded_vaccinations", "temporary_residences"):
        op.drop_table(table)
