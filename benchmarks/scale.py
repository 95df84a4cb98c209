"""What a hundred million people would take: octets a row with its indexes, and statements, log and processor time an act.

Measured on PostgreSQL with real acts; rows of each table are then multiplied, so that pages and indexes are as full as they get.
What is computed from that is multiplication, and stands beside what it was multiplied with.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from benchmarks.databases import running_engines
from benchmarks.scale_plan import HISTORY, PER_PERSON, SHORT_LIVED, Act, print_plan
from benchmarks.sign_in import prepare, sign_in
from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.app import create_app
from eid.audit_seal.sealing import find_standing, seal_entries
from eid.clock import wall_now
from eid.config import Argon2Cost, Settings
from eid.db import close_database, db, upgrade_schema
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.web.session import COOKIE
from tests.oauth.conftest import BACK, VERIFIER, s256

ACTORS = 150
WARM_UP = 20
MANY = 20_000
COPIES: Mapping[str, str] = {
    "sessions": "token_hash = md5(g::text || '-' || id::text) || md5(id::text || '-' || g::text)",
    "authorization_codes": "code_digest = sha256((g::text || '-' || id::text)::bytea)",
    "access_tokens": "token_digest = sha256((g::text || '-' || id::text)::bytea)",
    "audit_entries": "person_id = person_id + g",
    "audit_batches": "number = number + g * 1000",
    "consents": "person_id = person_id + g * 1000000",
}
"""Table → what is different in each copy of a row, so that its keys hold."""


def run() -> None:
    with running_engines() as (_sqlite, postgresql), tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=postgresql.create(folder, "scale"),
            state_dir=Path(folder),
            log_level="error",
            argon2=Argon2Cost(1, 64, 1),
        )
        app = create_app(settings)
        with app.app_context():
            upgrade_schema()
            people = prepare(ACTORS + WARM_UP)
        acts = _measure_acts(app, people)
        with app.app_context():
            octets = _measure_rows()
            close_database()
    print_plan(acts, octets, actors=ACTORS)


def _measure_acts(app: Flask, people: list[tuple[str, str]]) -> dict[str, Act]:
    """None has a context of the application open around it, as no request has."""
    with app.app_context():
        service = register_client(
            name="Phòng khám", purpose="Tiếp nhận", redirect_uris=[BACK], scopes=["openid", "identity", "phone"]
        )
        browsers = [_open_browser(app, service, number) for number in _account_holders()]
        db.session.refresh(service.client)
        db.session.expunge_all()
    tokens: list[str] = []
    return {
        "sign in by password and code": _measure(app, lambda one: sign_in(app, *one), people),
        "sign in to a service": _measure(app, lambda one: tokens.append(_get_token(one, service)), browsers),
        "read userinfo": _measure(app, lambda token: _read(app, token), tokens),
        "seal an entry": _seal(app),
    }


def _account_holders() -> list[int]:
    return [*db.session.scalars(text("SELECT person_id FROM accounts ORDER BY id"))]


def _open_browser(app: Flask, service: RegisteredClient, person_id: int) -> FlaskClient:
    browser, now = app.test_client(), wall_now()
    used = [UsedFactor(factor, now) for factor in (Factor.PASSWORD, Factor.TOTP)]
    browser.set_cookie(COOKIE, record_session(find_account(person_id), used, now=now).token)
    scopes = ["openid", "identity", "phone"]
    record_consent(person_id, service.client, asked=scopes, granted=scopes, now=now)
    db.session.commit()
    return browser


def _get_token(browser: FlaskClient, service: RegisteredClient) -> str:
    asked = {
        "client_id": service.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid identity phone",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        "nonce": "n",
    }
    answer = browser.get("/oauth/authorize", query_string=asked)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = browser.post("/oauth/token", data=form, auth=(service.client_id, service.secret or ""))
    return str(answer.get_json()["access_token"])


def _read(app: Flask, token: str) -> None:
    answer = app.test_client().get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text


def _measure(app: Flask, act: Callable[[Any], object], ones: list[Any]) -> Act:
    """The act for each, after some that are not counted."""
    for one in ones[:WARM_UP]:
        act(one)
    counted = ones[WARM_UP:]

    def do_all() -> None:
        for one in counted:
            act(one)

    return _measure_work(app, do_all, times=len(counted))


def _measure_work(app: Flask, work: Callable[[], None], *, times: int) -> Act:
    """What one of so many times costs the database; the service's own processor time is told by other benchmarks."""
    with app.app_context():
        rows, log, spent, engine = _count_rows(), _log_position(), _server_seconds(), db.engine
    with _counting(engine) as statements:
        work()
    with app.app_context():
        spent, log, rows_now = _server_seconds() - spent, _log_position() - log, _count_rows()
    new = {table: (count - rows[table]) / times for table, count in rows_now.items() if count != rows[table]}
    return Act(len(statements) / times, log / times, spent * 1000 / times, new)


def _seal(app: Flask) -> Act:
    """For each entry of the history, what the sealer does."""

    def seal_all() -> None:
        with app.app_context():
            while seal_entries():
                pass

    with app.app_context():
        waiting = find_standing().unsealed
        db.session.rollback()
    return _measure_work(app, seal_all, times=waiting)


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "JOIN trials ON" not in statement:  # what the demo alone asks
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _count_rows() -> Counter[str]:
    tables = [*PER_PERSON, *SHORT_LIVED, "audit_entries", "authorization_requests", "guess_counters"]
    counts = {table: db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}
    db.session.rollback()
    return Counter(counts)


def _log_position() -> int:
    position = db.session.scalar(text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"))
    db.session.rollback()
    return int(position or 0)


def _server_seconds() -> float:
    """Processor time of the processes that serve connections to this database, so far; Linux only."""
    pids = [*db.session.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))]
    db.session.rollback()
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _measure_rows() -> dict[str, float]:
    """Octets a row, with indexes and what is stored apart, of each table with about MANY rows."""
    _multiply()
    octets = {}
    for table in (*PER_PERSON, *SHORT_LIVED, *HISTORY):
        rows = db.session.scalar(text(f"SELECT count(*) FROM {table}"))
        size = db.session.scalar(
            text(
                "SELECT pg_total_relation_size(to_regclass(:name)) + coalesce((SELECT sum(pg_total_relation_size(relid))"
                " FROM pg_partition_tree(to_regclass(:name)) WHERE relid <> to_regclass(:name)), 0)"
            ),
            {"name": table},
        )
        octets[table] = float(size or 0) / (rows or 1)
    db.session.rollback()
    return octets


def _multiply() -> None:
    """More people with accounts like those that there are, and more rows like those that their acts left."""
    db.session.execute(
        text(
            "INSERT INTO accounts (person_id, state, level, phone, approved_at, activate_by, activated_at)"
            " SELECT p.id, a.state, a.level, '01' || lpad(p.id::text, 8, '0'), a.approved_at, a.activate_by, a.activated_at"
            " FROM persons p, (SELECT * FROM accounts LIMIT 1) a WHERE p.id NOT IN (SELECT person_id FROM accounts)"
        )
    )
    db.session.execute(
        text(
            "INSERT INTO authenticators (account_id, kind, secret_hash, sealed_secret, last_step, added_at)"
            " SELECT a.id, s.kind, s.secret_hash, s.sealed_secret, s.last_step, s.added_at FROM accounts a,"
            " (SELECT * FROM authenticators WHERE account_id = (SELECT min(account_id) FROM authenticators)) s"
            " WHERE a.id NOT IN (SELECT account_id FROM authenticators)"
        )
    )
    for table, changed in COPIES.items():
        rows = db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
        if rows:
            _copy(table, changed, MANY // rows)
    db.session.commit()


def _copy(table: str, changed: str, times: int) -> None:
    column, _, value = changed.partition(" = ")
    names = db.session.scalars(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = :table"
            " AND column_name <> 'id' ORDER BY ordinal_position"
        ),
        {"table": table},
    ).all()
    values = [value if name == column else f'"{name}"' for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    copying = (
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {table}, generate_series(1, {times}) AS g"
    )
    db.session.execute(text(copying))
