"""A pooler that lends connections by the transaction: nothing of ours outlives a transaction in one."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from eid.app import create_app
from eid.config import EXTENSION, Settings
from eid.connecting import PREPARES
from eid.db import check_database, close_database, db, table_of, upgrade_schema
from eid.oauth.models import Client
from eid.prepared import Prepared
from eid.transactions import Transaction
from tests.conftest import Databases, make_settings, running_app
from tests.live import free_port
from tests.machines.streaming import USER
from tests.oauth.attacking import CITIZEN, Scene, playing
from tests.postgres import database_uri

ROOT = Path(__file__).parents[2]
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

OF_A_SESSION = {
    "a setting": re.compile(r"^\s*SET\s+(?!LOCAL\b|CONSTRAINTS\b|TRANSACTION\b)"),
    "a setting by function": re.compile(r"set_config\((?!.*true\s*\))", re.IGNORECASE),
    "a lock": re.compile(r"pg_(try_)?advisory_(lock|unlock)", re.IGNORECASE),
    "a notification": re.compile(r"^\s*(LISTEN|NOTIFY|UNLISTEN)\s|pg_notify\("),
    "a statement": re.compile(r"^\s*(PREPARE|DEALLOCATE)\s"),
    "a cursor": re.compile(r"\bDECLARE\b.*\bCURSOR\b.*\bWITH HOLD\b", re.IGNORECASE | re.DOTALL),
}
TEMPORARY = re.compile(r"CREATE\s+TEMP(?:ORARY)?\s+TABLE\s+(\w+)", re.IGNORECASE)


SUSPECT = re.compile(r"\b(SET|set_config|pg_try_advisory|pg_advisory|LISTEN|NOTIFY|pg_notify|PREPARE|DECLARE|TEMP)")


def _texts_of(path: Path) -> list[str]:
    if not SUSPECT.search(path.read_text()):
        return []
    return [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _keep_in_session(texts: list[str]) -> list[str]:
    kept = [text for text in texts for pattern in OF_A_SESSION.values() if pattern.search(text)]
    for text in texts:
        for table in TEMPORARY.findall(text):
            ends = "ON COMMIT DROP" in text or any(f"DROP TABLE {table}" in other for other in texts)
            kept += [] if ends else [text]
    return kept


def test_no_statement_of_ours_leaves_something_in_its_connection() -> None:
    found = {path: _keep_in_session(_texts_of(path)) for path in (ROOT / "eid").rglob("*.py")}
    assert {str(path): texts for path, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "SET search_path = eid",
        "SELECT set_config('lock_timeout', '1s', false)",
        "SELECT pg_advisory_lock(7)",
        "LISTEN sealed",
        "SELECT pg_notify('sealed', '')",
        "PREPARE one AS SELECT 1",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "CREATE TEMPORARY TABLE words (word text)",
    ],
)
def test_one_that_did_would_be_found(statement: str) -> None:
    assert _keep_in_session([statement]) == [statement]


def test_behind_a_pooler_no_statement_is_prepared_and_each_process_keeps_as_many_connections_as_it_is_told() -> None:
    url = "postgresql://eid@db.example/eid?connect_timeout=9"
    app = create_app(Settings(database_url=url, database_pooler="transaction", database_pool_size=7))
    options = app.config["SQLALCHEMY_ENGINE_OPTIONS"]
    assert (options["pool_size"], options["max_overflow"]) == (7, 0)
    assert options["execution_options"] == {PREPARES: False}
    assert "connect_timeout" not in options["connect_args"], "the URL says it"
    plain = create_app(Settings(database_url=url)).config["SQLALCHEMY_ENGINE_OPTIONS"]
    assert plain["execution_options"] == {PREPARES: True}


_ASKED = Prepared(select(func.count()).select_from(table_of(Client)))


@pytest.fixture(scope="module")
def scene(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    if PGBOUNCER is None:
        assert not os.environ.get("CI"), "pgbouncer is missing"
        pytest.skip("pgbouncer is not installed")
    with playing(databases, "postgresql", Path(tmp_path_factory.mktemp("pooler"))) as scene:
        yield scene


@contextmanager
def _pooled(url: str, folder: Path) -> Iterator[str]:
    """The URL of the same database through pgbouncer, with two connections for everybody, until the block ends."""
    port, parts = free_port(), urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = host={host} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        "unix_socket_dir =\npool_mode = transaction\ndefault_pool_size = 2\nauth_type = any\n"
    )
    folder.chmod(0o755)
    for parent in list(folder.parents)[:3]:
        parent.chmod(parent.stat().st_mode | 0o055)
    with subprocess.Popen([str(PGBOUNCER), "-q", str(config)], user=USER, stderr=subprocess.DEVNULL) as process:
        try:
            pooled = f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
            _wait_for(pooled)
            yield pooled
        finally:
            process.terminate()


def _wait_for(url: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return
    raise AssertionError("pgbouncer does not answer")


def _sign_in_often(scene: Scene) -> list[int]:
    """Eight at a time, so that transactions of one process take turns on both connections."""

    def flow(_number: int) -> int:
        browser = scene.open_browser(CITIZEN)
        answer = scene.ask(browser, scene.honest)
        if answer.status_code != 303:
            return answer.status_code
        return scene.redeem(
            answer.headers["Location"].partition("code=")[2].partition("&")[0], scene.honest
        ).status_code

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(flow, range(40)))


def _ask_in_turns(app: Flask) -> None:
    """The same question again and again, now while another transaction holds the pooler's first connection, now alone."""
    with app.app_context(), closing(db.engine.raw_connection()) as first, closing(db.engine.raw_connection()) as second:
        one, other = Transaction(db.engine, first), Transaction(db.engine, second)
        for number in range(20):
            if number % 2:
                other.begin()
                _ASKED.run(other, {})
            one.begin()
            _ASKED.run(one, {})
            one.direct.commit()
            other.direct.commit()


@pytest.mark.sweep
@pytest.mark.parametrize("pooler", ["transaction", ""])
def test_sign_ins_go_through_pgbouncer_where_the_settings_know_of_it(scene: Scene, tmp_path: Path, pooler: str) -> None:
    settings = scene.app.extensions[EXTENSION]
    with _pooled(settings.database_url, tmp_path) as url:
        app = create_app(replace(settings, database_url=url, database_pooler=pooler, database_pool_size=3))
        if pooler:
            _ask_in_turns(app)
            assert _sign_in_often(replace(scene, app=app)) == [200] * 40
        else:
            with pytest.raises(DBAPIError, match="prepared statement"):
                _ask_in_turns(app)
        with app.app_context():
            close_database()


@pytest.mark.sweep
@pytest.mark.usefixtures("scene")
def test_the_schema_is_made_through_pgbouncer(postgres: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE eid_pooled")
        with (
            _pooled(database_uri(postgres, "eid_pooled"), tmp_path) as url,
            running_app(make_settings(tmp_path / "state", url, database_pooler="transaction")),
        ):
            upgrade_schema()
            check_database()
            close_database()
        connection.execute("DROP DATABASE eid_pooled WITH (FORCE)")
