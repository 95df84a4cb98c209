"""Who owns a client, what was approved of it, its limits; registrations under review, tokens to register with, counts of use."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0026_client_portal"
down_revision = "0025_decoupled"


def _columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("owner_person_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("foreign_name", sa.String(120), nullable=True),
        sa.Column("legal_basis", sa.String(300), nullable=False, server_default=""),
        sa.Column("scope_purposes", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("contacts", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("highest_level", sa.String(8), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("suspension", sa.String(300), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("registration_token_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("previous_secret_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("previous_sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("previous_secret_until", UtcDateTime(), nullable=True),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("sign_ins_per_day", sa.Integer(), nullable=True),
    )


INDEXED = ("owner_person_id", "owner_organisation_id")


def upgrade() -> None:
    for column in _columns():
        op.add_column("clients", column)
    for name in INDEXED:
        op.create_index(op.f(f"ix_clients_{name}"), "clients", [name])
    op.create_table(
        "client_registrations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=True),
        sa.Column("owner_person_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(1000), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_registrations")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_registrations_client_id")),
    )
    for names in (["client_id"], ["owner_person_id"], ["owner_organisation_id"], ["state", "due_at"]):
        op.create_index(op.f(f"ix_client_registrations_{names[0]}"), "client_registrations", names)
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("owner_person_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_by", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_initial_access_tokens_digest")),
    )
    op.create_index(op.f("ix_initial_access_tokens_expires_at"), "initial_access_tokens", ["expires_at"])
    op.create_table(
        "client_uses",
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("limit", sa.String(16), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "limit", "began_at", name=op.f("pk_client_uses")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_uses_client_id")),
    )
    op.create_index(op.f("ix_client_uses_began_at"), "client_uses", ["began_at"])


def downgrade() -> None:
    for table in ("client_uses", "initial_access_tokens", "client_registrations"):
        op.drop_table(table)
    for name in INDEXED:
        op.drop_index(op.f(f"ix_clients_{name}"), "clients")
    for column in reversed(_columns()):
        op.drop_column("clients", column.name)
