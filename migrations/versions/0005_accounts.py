"""Accounts, authenticators, activations, sessions, officers."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0005_accounts"
down_revision = "0004_cards"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("phone", sa.String(10), nullable=False),
        sa.Column("approved_at", UtcDateTime, nullable=False),
        sa.Column("activate_by", UtcDateTime, nullable=False),
        sa.Column("activated_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_accounts_person_id")),
        sa.UniqueConstraint("person_id", name=op.f("uq_accounts_person_id")),
    )
    op.create_table(
        "account_locks",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("locked_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "reason", name=op.f("pk_account_locks")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_locks_account_id")),
    )
    op.create_table(
        "authenticators",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("secret_hash", sa.String(255), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary, nullable=True),
        sa.Column("last_step", sa.BigInteger, nullable=True),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticators")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_authenticators_account_id")),
        sa.UniqueConstraint("account_id", "kind", name=op.f("uq_authenticators_account_id_kind")),
    )
    op.create_table(
        "activations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("code_digest", sa.String(64), nullable=False),
        sa.Column("code_tries", sa.Integer, nullable=False),
        sa.Column("code_expires_at", UtcDateTime, nullable=False),
        sa.Column("code_confirmed_at", UtcDateTime, nullable=True),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("passcode_hash", sa.String(255), nullable=True),
        sa.Column("sealed_totp", sa.LargeBinary, nullable=True),
        sa.Column("totp_step", sa.BigInteger, nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("replaced_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activations")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_activations_account_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_activations_token_hash")),
    )
    op.create_index(op.f("ix_activations_account_id"), "activations", ["account_id"])
    op.create_table(
        "guess_counters",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", UtcDateTime, nullable=False),
        sa.Column("blocked_until", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_guess_counters")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("factors", sa.JSON, nullable=False),
        sa.Column("authenticated_at", UtcDateTime, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    op.create_table(
        "officers",
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_officers")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_officers_account_id")),
    )
    op.create_table(
        "look_ups",
        sa.Column("id", BigId, nullable=False),
        sa.Column("officer_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("looked_up_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_ups")),
        sa.ForeignKeyConstraint(["officer_id"], ["officers.account_id"], name=op.f("fk_look_ups_officer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_look_ups_person_id")),
    )


def downgrade() -> None:
    for table in (
        "look_ups",
        "officers",
        "sessions",
        "guess_counters",
        "activations",
        "authenticators",
        "account_locks",
        "accounts",
    ):
        op.drop_table(table)
