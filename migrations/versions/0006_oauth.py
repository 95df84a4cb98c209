"""Clients, authorization requests, consents, codes, tokens."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0006_oauth"
down_revision = "0005_accounts"


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("id", BigId, nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("profile", sa.String(16), nullable=False),
        sa.Column("application_type", sa.String(8), nullable=False),
        sa.Column("auth_method", sa.String(32), nullable=False),
        sa.Column("redirect_uris", sa.JSON, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("required_scopes", sa.JSON, nullable=False),
        sa.Column("default_level", sa.String(8), nullable=False),
        sa.Column("sector", sa.String(255), nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("client_id", name=op.f("uq_clients_client_id")),
    )
    op.create_table(
        "authorization_requests",
        sa.Column("id", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("session_id", sa.BigInteger, nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_requests")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_authorization_requests_client_id")),
    )
    op.create_index(op.f("ix_authorization_requests_expires_at"), "authorization_requests", ["expires_at"])
    op.create_table(
        "consents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("asked_scopes", sa.JSON, nullable=False),
        sa.Column("granted_scopes", sa.JSON, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_consents_client_id")),
    )
    op.create_index(op.f("ix_consents_client_id"), "consents", ["client_id"])
    op.create_index(
        "uq_consents_person_id_client_id_given",
        "consents",
        ["person_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "authorization_codes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.BigInteger, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("code_challenge", sa.String(43), nullable=False),
        sa.Column("nonce", sa.Text, nullable=True),
        sa.Column("acr", sa.String(8), nullable=False),
        sa.Column("amr", sa.JSON, nullable=False),
        sa.Column("authenticated_at", UtcDateTime, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("redeemed_at", UtcDateTime, nullable=True),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_codes")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_authorization_codes_code_digest")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_authorization_codes_client_id")),
    )
    op.create_index(op.f("ix_authorization_codes_client_id"), "authorization_codes", ["client_id"])
    op.create_index(op.f("ix_authorization_codes_person_id"), "authorization_codes", ["person_id"])
    op.create_table(
        "access_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("code_id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("account_id", sa.BigInteger, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("acr", sa.String(8), nullable=False),
        sa.Column("authenticated_at", UtcDateTime, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_access_tokens_token_digest")),
        sa.ForeignKeyConstraint(["code_id"], ["authorization_codes.id"], name=op.f("fk_access_tokens_code_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_access_tokens_client_id")),
    )
    op.create_index(op.f("ix_access_tokens_code_id"), "access_tokens", ["code_id"])
    op.create_index(op.f("ix_access_tokens_client_id"), "access_tokens", ["client_id"])
    op.create_index(op.f("ix_access_tokens_person_id"), "access_tokens", ["person_id"])


def downgrade() -> None:
    for table in ("access_tokens", "authorization_codes", "consents", "authorization_requests", "clients"):
        op.drop_table(table)
