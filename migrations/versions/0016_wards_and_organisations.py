"""Who acts for whom: guardians for wards, members for organisations; and the papers of foreigners."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0016_wards_and_organisations"
down_revision = "0015_requests"


def upgrade() -> None:
    _create_wards()
    _create_foreigners()
    _create_organisations()
    _create_members()


def downgrade() -> None:
    for table in (
        "mandates",
        "organisation_members",
        "organisation_representatives",
        "organisation_locks",
        "organisations",
        "foreign_papers",
        "ward_uses",
        "guardianships",
    ):
        op.drop_table(table)


def _create_wards() -> None:
    op.create_table(
        "guardianships",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("guardian_id", BigId, nullable=False),
        sa.Column("ground", sa.String(32), nullable=False),
        sa.Column("document", sa.String(100), nullable=True),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("end", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardianships")),
        sa.ForeignKeyConstraint(["ward_id"], ["persons.id"], name=op.f("fk_guardianships_ward_id")),
        sa.ForeignKeyConstraint(["guardian_id"], ["persons.id"], name=op.f("fk_guardianships_guardian_id")),
    )
    op.create_index(op.f("ix_guardianships_ward_id"), "guardianships", ["ward_id"])
    op.create_index(op.f("ix_guardianships_guardian_id"), "guardianships", ["guardian_id"])
    _create_unique("uq_guardianships_ward_id", "guardianships", ["ward_id", "guardian_id"], "ended_at IS NULL")
    op.create_table(
        "ward_uses",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ward_id", BigId, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("decided_by", BigId, nullable=True),
        sa.Column("decision", sa.String(16), nullable=True),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_uses")),
        sa.ForeignKeyConstraint(["ward_id"], ["persons.id"], name=op.f("fk_ward_uses_ward_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["persons.id"], name=op.f("fk_ward_uses_decided_by")),
    )
    op.create_index(op.f("ix_ward_uses_ward_id"), "ward_uses", ["ward_id"])


def _create_foreigners() -> None:
    op.create_table(
        "foreign_papers",
        sa.Column("person_id", BigId, nullable=False, autoincrement=False),
        sa.Column("passport", sa.String(20), nullable=False),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("passport_until", sa.Date(), nullable=False),
        sa.Column("residence_kind", sa.String(16), nullable=False),
        sa.Column("residence_card", sa.String(20), nullable=False),
        sa.Column("residence_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_foreign_papers")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_foreign_papers_person_id")),
    )


def _create_organisations() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code", sa.String(35), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("foreign_name", sa.String(200), nullable=True),
        sa.Column("short_name", sa.String(100), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", BigId, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=True),
        sa.Column("closed_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.ForeignKeyConstraint(["asked_by"], ["persons.id"], name=op.f("fk_organisations_asked_by")),
    )
    op.create_index(op.f("ix_organisations_code"), "organisations", ["code"])
    _create_unique("uq_organisations_code", "organisations", ["code"], "opened_at IS NOT NULL")
    op.create_table(
        "organisation_locks",
        sa.Column("organisation_id", BigId, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("locked_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "reason", name=op.f("pk_organisation_locks")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_organisation_locks_organisation_id")
        ),
    )
    op.create_table(
        "organisation_representatives",
        sa.Column("organisation_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("consented_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "person_id", name=op.f("pk_organisation_representatives")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_organisation_representatives_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_organisation_representatives_person_id")),
    )
    op.create_index(op.f("ix_organisation_representatives_person_id"), "organisation_representatives", ["person_id"])


def _create_members() -> None:
    op.create_table(
        "organisation_members",
        sa.Column("id", BigId, nullable=False),
        sa.Column("organisation_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_members")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_organisation_members_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_organisation_members_person_id")),
    )
    op.create_index(op.f("ix_organisation_members_organisation_id"), "organisation_members", ["organisation_id"])
    op.create_index(op.f("ix_organisation_members_person_id"), "organisation_members", ["person_id"])
    columns = ["organisation_id", "person_id"]
    _create_unique("uq_organisation_members_organisation_id", "organisation_members", columns, "left_at IS NULL")
    op.create_table(
        "mandates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("organisation_id", BigId, nullable=False),
        sa.Column("member_id", BigId, nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
        sa.Column("valid_from", UtcDateTime, nullable=False),
        sa.Column("valid_until", UtcDateTime, nullable=True),
        sa.Column("given_by", BigId, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_mandates_organisation_id")),
        sa.ForeignKeyConstraint(["member_id"], ["organisation_members.id"], name=op.f("fk_mandates_member_id")),
        sa.ForeignKeyConstraint(["given_by"], ["persons.id"], name=op.f("fk_mandates_given_by")),
    )
    op.create_index(op.f("ix_mandates_organisation_id"), "mandates", ["organisation_id"])
    op.create_index(op.f("ix_mandates_member_id"), "mandates", ["member_id"])


def _create_unique(name: str, table: str, columns: list[str], where: str) -> None:
    """Unique among the rows for which this is true."""
    op.create_index(
        op.f(name), table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
