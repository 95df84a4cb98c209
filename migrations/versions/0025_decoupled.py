"""Questions that are answered on another device, the grants that clients are registered for, and exchanged tokens."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0025_decoupled"
down_revision = "0024_releases"


def upgrade() -> None:
    op.add_column("clients", sa.Column("extra_grant_types", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("clients", sa.Column("backchannel_token_delivery_mode", sa.String(8), nullable=True))
    op.add_column("clients", sa.Column("backchannel_client_notification_endpoint", sa.Text(), nullable=True))
    alg = sa.Column("backchannel_authentication_request_signing_alg", sa.String(16), nullable=True)
    op.add_column("clients", alg)
    op.add_column("approvals", sa.Column("consent", sa.JSON(), nullable=True))
    op.add_column("access_tokens", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.add_column("access_tokens", sa.Column("actor", sa.String(64), nullable=True))
    op.create_index(op.f("ix_access_tokens_parent_id"), "access_tokens", ["parent_id"])
    op.drop_index(op.f("ix_authorization_codes_client_id"), table_name="authorization_codes")
    both = ["client_id", "authenticated_at"]
    op.create_index(op.f("ix_authorization_codes_client_id_authenticated_at"), "authorization_codes", both)
    _create_questions()


def _create_questions() -> None:
    op.create_table(
        "decoupled_questions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("handle_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("user_code_digest", sa.String(64), nullable=True),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("approval_id", sa.BigInteger(), nullable=True),
        sa.Column("binding_message", sa.String(64), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("sealed_ping", sa.LargeBinary(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("polled_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("code_id", BigId, nullable=True),
        sa.Column("redeemed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decoupled_questions")),
        sa.UniqueConstraint("handle_digest", name=op.f("uq_decoupled_questions_handle_digest")),
        sa.UniqueConstraint("user_code_digest", name=op.f("uq_decoupled_questions_user_code_digest")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_decoupled_questions_client_id")),
        sa.ForeignKeyConstraint(["code_id"], ["authorization_codes.id"], name=op.f("fk_decoupled_questions_code_id")),
    )
    for name, columns in (
        ("person_id_opened_at", ["person_id", "opened_at"]),
        ("client_id_opened_at", ["client_id", "opened_at"]),
        ("approval_id", ["approval_id"]),
        ("code_id", ["code_id"]),
        ("expires_at", ["expires_at"]),
    ):
        op.create_index(op.f(f"ix_decoupled_questions_{name}"), "decoupled_questions", columns)


def downgrade() -> None:
    op.drop_table("decoupled_questions")
    op.drop_index(op.f("ix_authorization_codes_client_id_authenticated_at"), table_name="authorization_codes")
    op.create_index(op.f("ix_authorization_codes_client_id"), "authorization_codes", ["client_id"])
    op.drop_index(op.f("ix_access_tokens_parent_id"), table_name="access_tokens")
    op.drop_column("access_tokens", "actor")
    op.drop_column("access_tokens", "parent_id")
    op.drop_column("approvals", "consent")
    for column in (
        "backchannel_authentication_request_signing_alg",
        "backchannel_client_notification_endpoint",
        "backchannel_token_delivery_mode",
        "extra_grant_types",
    ):
        op.drop_column("clients", column)
