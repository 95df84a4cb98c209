"""What it costs to delete ended sessions, codes and tokens beside as many that stay, and to look for none (PostgreSQL)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from benchmarks.databases import running_engines
from eid.app import create_app
from eid.config import Settings
from eid.db import close_database, db, upgrade_schema
from eid.retention.tidying import PAGE, tidy

GRANTS = 100_000
"""Of each table so many rows are over, and as many are not."""
_ENDED, _YOUNG = "now() - interval '90 days'", "now()"
_FILL = (
    "INSERT INTO sessions (token_hash, account_id, level, factors, authenticated_at, started_at, seen_at, expires_at, browser)"
    " SELECT encode(sha256(g::text::bytea), 'hex'), g, 'LoA2', '[]', {at}, {at}, {at}, {at} + interval '12 hours', 'Firefox'"
    " FROM generate_series({first}, {last}) AS g",
    "INSERT INTO authorization_codes (code_digest, client_id, person_id, account_id, session_id, scopes, redirect_uri,"
    " code_challenge, acr, amr, authenticated_at, issued_at, expires_at)"
    " SELECT sha256(g::text::bytea), 1, g, g, g, '[]', 'https://clinic.example/back', '', 'LoA2', '[]', {at}, {at},"
    " {at} + interval '1 minute' FROM generate_series({first}, {last}) AS g",
    "INSERT INTO access_tokens (token_digest, code_id, client_id, person_id, account_id, scopes, resources, acr,"
    " authenticated_at, issued_at, expires_at)"
    " SELECT sha256(g::text::bytea), g, 1, g, g, '[]', '[]', 'LoA2', {at}, {at}, {at} + interval '10 minutes'"
    " FROM generate_series({first}, {last}) AS g",
    "INSERT INTO refresh_tokens (token_digest, code_id, issued_at, expires_at)"
    " SELECT sha256(g::text::bytea), g, {at}, {at} + interval '30 days' FROM generate_series({first}, {last}) AS g",
)


def run() -> None:
    with running_engines() as (_sqlite, postgresql), tempfile.TemporaryDirectory() as folder:
        url = postgresql.create(folder, "tidying")
        app = create_app(Settings(database_url=url, state_dir=Path(folder), log_level="error"))
        with app.app_context():
            upgrade_schema()
            _fill()
            print(f"{4 * GRANTS:,} rows that are over beside as many that are not, pages of {PAGE:,} rows")
            _measure("they go")
            _measure("there is nothing to delete")
            close_database()


def _fill() -> None:
    db.session.execute(text("SET LOCAL session_replication_role = replica"))  # whom they are of plays no part
    for at, first in ((_ENDED, 1), (_YOUNG, GRANTS + 1)):
        for statement in _FILL:
            db.session.execute(
                text(statement.format(at=at, first=first, last=first + GRANTS - 1).replace("::", r"\:\:"))
            )
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _measure(what: str) -> None:
    spent: list[float] = []
    begun_at = [0.0]

    def begin(_connection: Any) -> None:
        begun_at[0] = time.perf_counter()

    def end(_connection: Any) -> None:
        spent.append(time.perf_counter() - begun_at[0])

    event.listen(db.engine, "begin", begin)
    event.listen(db.engine, "commit", end)
    begun = time.perf_counter()
    tidied = tidy()
    took = time.perf_counter() - begun
    event.remove(db.engine, "begin", begin)
    event.remove(db.engine, "commit", end)
    spent.sort()
    print(
        f"  {what:28}{tidied.total:9,} rows {took:6.2f} s, {tidied.total / took:8,.0f} a second;"
        f" transactions {len(spent):,}, the median {spent[len(spent) // 2] * 1000:.1f} ms, the longest {spent[-1] * 1000:.0f} ms"
    )
