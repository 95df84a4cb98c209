"""Phones that approve, passkeys, and from which browser or phone a session was begun."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0017_devices_and_passkeys"
down_revision = "0016_wards_and_organisations"


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("bound_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_devices_account_id")),
    )
    op.create_index(
        op.f("uq_devices_account_id"),
        "devices",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_digest", sa.String(64), nullable=False),
        sa.Column("scan_digest", sa.String(64), nullable=True),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("device_id", BigId, nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asks", sa.String(120), nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("browser", sa.String(120), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("decision", sa.String(16), nullable=True),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_approvals_token_digest")),
        sa.UniqueConstraint("scan_digest", name=op.f("uq_approvals_scan_digest")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_approvals_account_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_approvals_device_id")),
    )
    op.create_index(op.f("ix_approvals_account_id"), "approvals", ["account_id"])
    op.create_index(op.f("ix_approvals_expires_at"), "approvals", ["expires_at"])
    op.create_table(
        "passkeys",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("last_used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_passkeys_account_id")),
    )
    op.create_index(op.f("ix_passkeys_account_id"), "passkeys", ["account_id"])
    op.create_table(
        "authenticator_challenges",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("account_id", BigId, nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authenticator_challenges")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_authenticator_challenges_account_id")),
    )
    op.create_index(op.f("ix_authenticator_challenges_expires_at"), "authenticator_challenges", ["expires_at"])
    op.add_column("sessions", sa.Column("browser", sa.String(120), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("device_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sessions", "device_id")
    op.drop_column("sessions", "browser")
    op.drop_table("authenticator_challenges")
    op.drop_table("passkeys")
    op.drop_table("approvals")
    op.drop_table("devices")
