"""Social insurance and its periods, social-security accounts, entitlements; which agency answered."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0029_more_papers"
down_revision = "0028_papers"


def upgrade() -> None:
    _create_social_insurance()
    _create_social_security()
    _create_entitlements()
    op.add_column("issued_papers", sa.Column("answer_agency", sa.String(32), nullable=True))
    op.add_column("issued_papers", sa.Column("answer_kid", sa.String(43), nullable=True))
    op.add_column("issued_papers", sa.Column("answered_at", UtcDateTime, nullable=True))
    op.add_column("issued_papers", sa.Column("answer_digest", sa.String(64), nullable=True))


def downgrade() -> None:
    for column in ("answer_digest", "answered_at", "answer_kid", "answer_agency"):
        op.drop_column("issued_papers", column)
    for table in ("merit_recognitions", "poverty_members", "poverty_certificates", "disability_certificates"):
        op.drop_table(table)
    for table in ("social_security_accounts", "contribution_periods", "social_insurances"):
        op.drop_table(table)


def _create_social_insurance() -> None:
    op.create_table(
        "social_insurances",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.String(10), nullable=False),
        sa.Column("unemployment_months", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_social_insurances")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_social_insurances_person_id")),
        sa.UniqueConstraint("number", name=op.f("uq_social_insurances_number")),
    )
    op.create_table(
        "contribution_periods",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("employer", sa.String(80), nullable=False),
        sa.Column("employer_code", sa.String(12), nullable=False),
        sa.Column("from_month", sa.Date, nullable=False),
        sa.Column("to_month", sa.Date, nullable=True),
        sa.Column("paid_through", sa.Date, nullable=True),
        sa.Column("monthly_base", sa.Integer, nullable=False),
        sa.Column("months_paid", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution_periods")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["social_insurances.person_id"], name=op.f("fk_contribution_periods_person_id")
        ),
    )
    op.create_index(op.f("ix_contribution_periods_person_id"), "contribution_periods", ["person_id"])


def _create_social_security() -> None:
    op.create_table(
        "social_security_accounts",
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("institution", sa.String(16), nullable=False),
        sa.Column("account_number", sa.String(19), nullable=False),
        sa.Column("account_holder", sa.String(122), nullable=False),
        sa.Column("linked_on", sa.Date, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_social_security_accounts")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_social_security_accounts_person_id")),
    )


def _create_entitlements() -> None:
    for table, column in (
        ("disability_certificates", sa.Column("degree", sa.String(20), nullable=False)),
        ("merit_recognitions", sa.Column("kind", sa.String(20), nullable=False)),
    ):
        kinds = [sa.Column("kinds", sa.JSON, nullable=False)] if table == "disability_certificates" else []
        op.create_table(
            table,
            sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
            sa.Column("number", sa.String(16), nullable=False),
            *kinds,
            column,
            sa.Column("decided_on", sa.Date, nullable=False),
            sa.Column("province", sa.String(2), nullable=False),
            sa.Column("status", sa.String(16), nullable=False),
            sa.Column("updated_at", UtcDateTime, nullable=False),
            sa.PrimaryKeyConstraint("person_id", name=op.f(f"pk_{table}")),
            sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f(f"fk_{table}_person_id")),
            sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        )
    op.create_table(
        "poverty_certificates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=False),
        sa.Column("province", sa.String(2), nullable=False),
        sa.Column("commune", sa.String(80), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poverty_certificates")),
        sa.UniqueConstraint("number", name=op.f("uq_poverty_certificates_number")),
    )
    op.create_table(
        "poverty_members",
        sa.Column("certificate_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("relation", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("certificate_id", "person_id", name=op.f("pk_poverty_members")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["poverty_certificates.id"], name=op.f("fk_poverty_members_certificate_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_poverty_members_person_id")),
    )
    op.create_index(op.f("ix_poverty_members_person_id"), "poverty_members", ["person_id"])
