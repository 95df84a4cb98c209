"""How clients prove themselves: keys, certificates, sealed secrets, used assertions; and how what they get is signed."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0021_client_keys"
down_revision = "0020_declarations"

COLUMNS = {
    "sealed_secret": sa.LargeBinary(),
    "jwks": sa.JSON(),
    "jwks_uri": sa.Text(),
    "token_endpoint_auth_signing_alg": sa.String(16),
    "tls_subject_kind": sa.String(32),
    "tls_subject": sa.Text(),
    "sector_identifier_uri": sa.Text(),
    "id_token_encrypted_response_alg": sa.String(24),
    "id_token_encrypted_response_enc": sa.String(24),
    "userinfo_signed_response_alg": sa.String(16),
    "userinfo_encrypted_response_alg": sa.String(24),
    "userinfo_encrypted_response_enc": sa.String(24),
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("clients", sa.Column(name, kind, nullable=True))
    op.add_column(
        "clients",
        sa.Column("id_token_signed_response_alg", sa.String(16), nullable=False, server_default="ES256"),
    )
    op.create_table(
        "used_assertions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("jti_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_assertions")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_used_assertions_client_id")),
        sa.UniqueConstraint("client_id", "jti_digest", name=op.f("uq_used_assertions_client_id_jti_digest")),
    )
    op.create_index(op.f("ix_used_assertions_expires_at"), "used_assertions", ["expires_at"])


def downgrade() -> None:
    op.drop_table("used_assertions")
    op.drop_column("clients", "id_token_signed_response_alg")
    for name in COLUMNS:
        op.drop_column("clients", name)
