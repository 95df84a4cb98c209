"""What people say has changed about them, until an agency confirms it."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0020_declarations"
down_revision = "0019_audit_batches"


def upgrade() -> None:
    op.create_table(
        "declarations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("declared_at", UtcDateTime(), nullable=False),
        sa.Column("code_digest", sa.String(64), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("code_expires_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_declarations_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["account_requests.id"], name=op.f("fk_declarations_request_id")),
    )
    op.create_index(op.f("ix_declarations_person_id"), "declarations", ["person_id"])
    op.create_index(op.f("ix_declarations_request_id"), "declarations", ["request_id"])


def downgrade() -> None:
    op.drop_table("declarations")
