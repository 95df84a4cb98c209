"""Vehicle registrations, tax registrations and their dependants, and papers that citizens asked to have in their account."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0028_papers"
down_revision = "0027_trials"


def upgrade() -> None:
    op.create_table(
        "vehicles",
        sa.Column("id", BigId, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("plate_number", sa.Integer, nullable=False),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("brand", sa.String(40), nullable=False),
        sa.Column("model", sa.String(40), nullable=False),
        sa.Column("colour", sa.String(20), nullable=False),
        sa.Column("engine_number", sa.String(20), nullable=False),
        sa.Column("chassis_number", sa.String(20), nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("first_registered_on", sa.Date, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vehicles")),
        sa.ForeignKeyConstraint(["owner_id"], ["persons.id"], name=op.f("fk_vehicles_owner_id")),
        sa.UniqueConstraint("plate", name=op.f("uq_vehicles_plate")),
        sa.UniqueConstraint("province", "kind", "plate_number", name=op.f("uq_vehicles_province_kind_plate_number")),
    )
    op.create_index(op.f("ix_vehicles_owner_id"), "vehicles", ["owner_id"])
    op.create_table(
        "tax_registrations",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("registered_on", sa.Date, nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_tax_registrations")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_tax_registrations_person_id")),
    )
    op.create_table(
        "tax_dependants",
        sa.Column("dependant_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("taxpayer_id", sa.BigInteger, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("dependant_id", name=op.f("pk_tax_dependants")),
        sa.ForeignKeyConstraint(["dependant_id"], ["persons.id"], name=op.f("fk_tax_dependants_dependant_id")),
        sa.ForeignKeyConstraint(
            ["taxpayer_id"], ["tax_registrations.person_id"], name=op.f("fk_tax_dependants_taxpayer_id")
        ),
    )
    op.create_index(op.f("ix_tax_dependants_taxpayer_id"), "tax_dependants", ["taxpayer_id"])
    op.create_table(
        "paper_additions",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("paper", sa.String(32), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
        sa.Column("differs", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "paper", name=op.f("pk_paper_additions")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_paper_additions_person_id")),
    )


def downgrade() -> None:
    for table in ("paper_additions", "tax_dependants", "tax_registrations", "vehicles"):
        op.drop_table(table)
