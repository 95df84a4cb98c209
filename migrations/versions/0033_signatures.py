"""People's signing certificates, what they are asked to sign, and documents that wait to be signed."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0033_signatures"
down_revision = "0032_presentations"


def upgrade() -> None:
    op.create_table(
        "signing_certificates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("credential_id", sa.String(32), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("sealed_key", sa.LargeBinary, nullable=True),
        sa.Column("issued_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("revocation_reason", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_certificates")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_signing_certificates_account_id")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_signing_certificates_credential_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_signing_certificates_serial")),
    )
    op.create_index(
        op.f("uq_signing_certificates_account_id"),
        "signing_certificates",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(op.f("ix_signing_certificates_person_id"), "signing_certificates", ["person_id"])
    op.create_index(op.f("ix_signing_certificates_revoked_at"), "signing_certificates", ["revoked_at"])
    op.create_table(
        "signing_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("handle_digest", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=True),
        sa.Column("certificate_id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("approval_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash_name", sa.String(16), nullable=False),
        sa.Column("digests", sa.JSON, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=True),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.Column("sad_digest", sa.String(64), nullable=True),
        sa.Column("sad_expires_at", UtcDateTime, nullable=True),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_requests")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["signing_certificates.id"], name=op.f("fk_signing_requests_certificate_id")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_signing_requests_account_id")),
        sa.UniqueConstraint("handle_digest", name=op.f("uq_signing_requests_handle_digest")),
        sa.UniqueConstraint("sad_digest", name=op.f("uq_signing_requests_sad_digest")),
    )
    for column in ("certificate_id", "person_id", "approval_id", "expires_at"):
        op.create_index(op.f(f"ix_signing_requests_{column}"), "signing_requests", [column])
    op.create_table(
        "signing_documents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("request_id", BigId, nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=True),
        sa.Column("uploaded_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_documents")),
        sa.ForeignKeyConstraint(["request_id"], ["signing_requests.id"], name=op.f("fk_signing_documents_request_id")),
    )
    for column in ("person_id", "expires_at"):
        op.create_index(op.f(f"ix_signing_documents_{column}"), "signing_documents", [column])


def downgrade() -> None:
    for table in ("signing_documents", "signing_requests", "signing_certificates"):
        op.drop_table(table)
