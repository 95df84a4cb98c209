"""The population register."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0002_population"
down_revision = "0001_records"


def upgrade() -> None:
    op.create_table(
        "households",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("old_province", sa.String(2), nullable=False),
        sa.Column("commune", sa.String(80), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_table(
        "persons",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("pin", sa.String(12), nullable=False),
        sa.Column("surname", sa.String(40), nullable=False),
        sa.Column("middle_name", sa.String(40), nullable=False),
        sa.Column("given_name", sa.String(40), nullable=False),
        sa.Column("birth_date", sa.Date, nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("birth_province", sa.String(2), nullable=False),
        sa.Column("ethnicity", sa.String(40), nullable=False),
        sa.Column("religion", sa.String(60), nullable=False),
        sa.Column("nationality", sa.String(3), nullable=False),
        sa.Column("household_id", BigId, nullable=True),
        sa.Column("relation_to_head", sa.String(16), nullable=False),
        sa.Column("father_id", BigId, nullable=True),
        sa.Column("mother_id", BigId, nullable=True),
        sa.Column("spouse_id", BigId, nullable=True),
        sa.Column("marital_status", sa.String(16), nullable=False),
        sa.Column("residence_province", sa.String(2), nullable=False),
        sa.Column("residence_old_province", sa.String(2), nullable=False),
        sa.Column("residence_commune", sa.String(80), nullable=False),
        sa.Column("residence_address", sa.String(200), nullable=False),
        sa.Column("died_on", sa.Date, nullable=True),
        sa.Column("old_id_number", sa.String(9), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("pin", name=op.f("uq_persons_pin")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_persons_household_id")),
    )
    op.create_index(op.f("ix_persons_household_id"), "persons", ["household_id"])
    op.create_table(
        "life_events",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("effective_on", sa.Date, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_events")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_life_events_person_id")),
    )
    op.create_index(op.f("ix_life_events_person_id_effective_on"), "life_events", ["person_id", "effective_on"])


def downgrade() -> None:
    op.drop_table("life_events")
    op.drop_table("persons")
    op.drop_table("households")
