"""Where services hear of logouts, streams of security events, and what is still to be told."""

import sqlalchemy as sa
from alembic import op

from eid.db import BigId, UtcDateTime

revision = "0023_logout_and_signals"
down_revision = "0022_bound_tokens"

WAITING = {kind: sa.text("done_at IS NULL") for kind in ("sqlite_where", "postgresql_where")}


def upgrade() -> None:
    _add_to_clients()
    op.create_index(op.f("ix_authorization_codes_session_id"), "authorization_codes", ["session_id"])
    op.add_column("sessions", sa.Column("replaced_by", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_sessions_replaced_by"), "sessions", ["replaced_by"])
    _create_streams()
    _create_notices()


def _add_to_clients() -> None:
    uris = sa.Column("post_logout_redirect_uris", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("clients", uris)
    for channel in ("backchannel", "frontchannel"):
        op.add_column("clients", sa.Column(f"{channel}_logout_uri", sa.Text(), nullable=True))
        required = sa.Column(
            f"{channel}_logout_session_required", sa.Boolean(), nullable=False, server_default=sa.false()
        )
        op.add_column("clients", required)


def _create_streams() -> None:
    op.create_table(
        "signal_streams",
        sa.Column("id", BigId, nullable=False),
        sa.Column("stream_id", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("endpoint_url", sa.Text(), nullable=True),
        sa.Column("sealed_authorization", sa.LargeBinary(), nullable=True),
        sa.Column("events_requested", sa.JSON(), nullable=False),
        sa.Column("description", sa.String(200), nullable=True),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("status_reason", sa.String(200), nullable=True),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_streams")),
        sa.UniqueConstraint("stream_id", name=op.f("uq_signal_streams_stream_id")),
        sa.UniqueConstraint("client_id", name=op.f("uq_signal_streams_client_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_signal_streams_client_id")),
    )
    op.create_table(
        "signal_removals",
        sa.Column("stream_id", BigId, nullable=False),
        sa.Column("subject", sa.String(43), nullable=False),
        sa.PrimaryKeyConstraint("stream_id", "subject", name=op.f("pk_signal_removals")),
        sa.ForeignKeyConstraint(["stream_id"], ["signal_streams.id"], name=op.f("fk_signal_removals_stream_id")),
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("jti", sa.String(43), nullable=False),
        sa.Column("client_id", BigId, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("stream_id", BigId, nullable=True),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("posted_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcDateTime, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("error", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("jti", name=op.f("uq_notices_jti")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_notices_client_id")),
        sa.ForeignKeyConstraint(["stream_id"], ["signal_streams.id"], name=op.f("fk_notices_stream_id")),
    )
    op.create_index(op.f("ix_notices_client_id"), "notices", ["client_id"])
    op.create_index(op.f("ix_notices_posted_at"), "notices", ["posted_at"])
    op.create_index("ix_notices_due_at_waiting", "notices", ["due_at"], **WAITING)
    op.create_index("ix_notices_stream_id_waiting", "notices", ["stream_id", "id"], **WAITING)


def downgrade() -> None:
    for table in ("notices", "signal_removals", "signal_streams"):
        op.drop_table(table)
    op.drop_index(op.f("ix_sessions_replaced_by"), "sessions")
    op.drop_column("sessions", "replaced_by")
    op.drop_index(op.f("ix_authorization_codes_session_id"), "authorization_codes")
    for channel in ("frontchannel", "backchannel"):
        op.drop_column("clients", f"{channel}_logout_session_required")
        op.drop_column("clients", f"{channel}_logout_uri")
    op.drop_column("clients", "post_logout_redirect_uris")
