"""Indexes by which rows that have ended are found, the oldest first, and what refers to them."""

from alembic import op

from eid.online import open_steps

revision = "0035_retention"
down_revision = "0034_partitions"

INDEXES = {
    "ix_refresh_tokens_expires_at": ("refresh_tokens", "expires_at"),
    "ix_guess_counters_failed_at": ("guess_counters", "failed_at"),
    "ix_signing_documents_request_id": ("signing_documents", "request_id"),
}


def upgrade() -> None:
    context = op.get_context()
    if context.dialect.name != "postgresql":
        for name, (table, column) in INDEXES.items():
            op.create_index(op.f(name), table, [column])
        return
    with open_steps(context) as steps:
        for name, (table, column) in INDEXES.items():
            # What an interrupted try left behind is no index that anybody may use.
            steps.run_concurrently(f"DROP INDEX {{CONCURRENTLY}} IF EXISTS {name}")
            steps.run_concurrently(f"CREATE INDEX {{CONCURRENTLY}} {name} ON {table} ({column})")


def downgrade() -> None:
    for name, (table, _column) in INDEXES.items():
        op.drop_index(op.f(name), table_name=table)
