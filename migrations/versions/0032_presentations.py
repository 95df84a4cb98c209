"""Questions of relying services to wallets (OpenID4VP), and papers that citizens show to whoever scans a code."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0032_presentations"
down_revision = "0031_credential_offers"


def upgrade() -> None:
    op.create_table(
        "presentation_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("request_id", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("verifier_id", sa.Text, nullable=False),
        sa.Column("response_mode", sa.String(16), nullable=False),
        sa.Column("query", sa.JSON, nullable=False),
        sa.Column("purpose", sa.String(300), nullable=False),
        sa.Column("nonce", sa.String(43), nullable=False),
        sa.Column("state", sa.String(43), nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=True),
        sa.Column("encryption_key", sa.JSON, nullable=True),
        sa.Column("sealed_key", sa.LargeBinary, nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("fetched_at", UtcDateTime, nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("refusal", sa.JSON, nullable=True),
        sa.Column("response_code_digest", sa.LargeBinary(32), nullable=True),
        sa.Column("sealed_result", sa.LargeBinary, nullable=True),
        sa.Column("read_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presentation_requests")),
        sa.UniqueConstraint("request_id", name=op.f("uq_presentation_requests_request_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_presentation_requests_client_id")),
    )
    op.create_index(op.f("ix_presentation_requests_client_id"), "presentation_requests", ["client_id"])
    op.create_index(op.f("ix_presentation_requests_expires_at"), "presentation_requests", ["expires_at"])
    op.create_table(
        "paper_showings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("person_id", sa.BigInteger, nullable=False),
        sa.Column("chosen", sa.JSON, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("checker", sa.String(120), nullable=True),
        sa.Column("checked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_showings")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_paper_showings_code_digest")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_paper_showings_person_id")),
    )
    op.create_index(op.f("ix_paper_showings_person_id"), "paper_showings", ["person_id"])


def downgrade() -> None:
    op.drop_table("paper_showings")
    op.drop_table("presentation_requests")
