"""Pushed requests, proofs that were used, and what tokens are bound to and meant for."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0022_bound_tokens"
down_revision = "0021_client_keys"

BOUND = ("access_tokens", "client_tokens", "refresh_tokens")
CLIENT_FLAGS = (
    "dpop_bound_access_tokens",
    "tls_client_certificate_bound_access_tokens",
    "require_pushed_authorization_requests",
    "require_signed_request_object",
)


def upgrade() -> None:
    for flag in CLIENT_FLAGS:
        op.add_column("clients", sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("clients", sa.Column("access_token_format", sa.String(8), nullable=False, server_default="opaque"))
    op.add_column("clients", sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "pushed_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("uri_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("pushed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushed_requests")),
        sa.UniqueConstraint("uri_digest", name=op.f("uq_pushed_requests_uri_digest")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_pushed_requests_client_id")),
    )
    op.create_index(op.f("ix_pushed_requests_client_id"), "pushed_requests", ["client_id"])
    op.create_index(op.f("ix_pushed_requests_expires_at"), "pushed_requests", ["expires_at"])
    op.create_table(
        "dpop_proofs",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_dpop_proofs")),
    )
    op.create_index(op.f("ix_dpop_proofs_expires_at"), "dpop_proofs", ["expires_at"])
    with op.batch_alter_table("authorization_requests") as table:
        table.add_column(sa.Column("pushed_id", BigId, nullable=True))
        table.create_foreign_key(op.f("fk_authorization_requests_pushed_id"), "pushed_requests", ["pushed_id"], ["id"])
    op.create_index(op.f("ix_authorization_requests_pushed_id"), "authorization_requests", ["pushed_id"])
    op.add_column("authorization_codes", sa.Column("dpop_jkt", sa.String(43), nullable=True))
    for table_name in ("authorization_codes", "access_tokens"):
        op.add_column(table_name, sa.Column("resources", sa.JSON(), nullable=False, server_default="[]"))
    for table_name in BOUND:
        op.add_column(table_name, sa.Column("jkt", sa.String(43), nullable=True))
        op.add_column(table_name, sa.Column("x5t_s256", sa.String(43), nullable=True))


def downgrade() -> None:
    for table_name in BOUND:
        op.drop_column(table_name, "x5t_s256")
        op.drop_column(table_name, "jkt")
    for table_name in ("authorization_codes", "access_tokens"):
        op.drop_column(table_name, "resources")
    op.drop_column("authorization_codes", "dpop_jkt")
    op.drop_index(op.f("ix_authorization_requests_pushed_id"), "authorization_requests")
    with op.batch_alter_table("authorization_requests") as table:
        table.drop_constraint(op.f("fk_authorization_requests_pushed_id"), type_="foreignkey")
        table.drop_column("pushed_id")
    op.drop_table("dpop_proofs")
    op.drop_table("pushed_requests")
    op.drop_column("clients", "resources")
    op.drop_column("clients", "access_token_format")
    for flag in reversed(CLIENT_FLAGS):
        op.drop_column("clients", flag)
