"""A real database for every test, SQLite and PostgreSQL alike; a real application; cheap password hashes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from eid.app import create_app
from eid.config import Argon2Cost, Settings
from eid.crypto.key_schedule import ALWAYS, build_key_name
from eid.crypto.keys import PS256, RS256, generate_signing_key
from eid.db import db, upgrade_schema
from eid.keystore import KeyUse
from tests.kept_clients import check_that_kept_clients_are_as_read, watch_kept_clients
from tests.live import live_server  # noqa: F401
from tests.memory import find_memory
from tests.postgres import copied_database, database_uri, serving_postgres
from tests.routes import share_routes
from tests.statements import share_statements
from tests.turns import put_off

CHEAP = Argon2Cost(time_cost=1, memory_kib=64, parallelism=1)


def make_settings(state_dir: Path, database_url: str, **changes: object) -> Settings:
    """Settings of a demo service that keeps everything under `state_dir`."""
    chosen = {"argon2": CHEAP, "log_level": "error"} | changes
    return Settings(state_dir=state_dir, database_url=database_url, **chosen)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    _keep_bytecode(config.rootpath / ".pytest_cache" / "bytecode")
    _keep_templates(config.rootpath / ".pytest_cache" / "templates")
    share_routes()
    share_statements()
    watch_kept_clients()
    if (memory := find_memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    put_off(items)


def _keep_bytecode(folder: Path) -> None:
    """Tests start dozens of programs; where nothing may be written beside the sources, each would compile all it imports."""
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(folder)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _keep_templates(folder: Path) -> None:
    """Each test has an application of its own, which would compile all the templates that it shows; the cache knows a
    template by its source."""
    folder.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URI of a PostgreSQL server of this run's own, with its database `postgres`."""
    with serving_postgres() as uri:
        yield uri


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    _migrate(folder, f"sqlite:///{folder}/template.sqlite3")
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty PostgreSQL database, to be copied."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE eid_template")
    _migrate(tmp_path_factory.mktemp("template-pg"), database_uri(postgres, "eid_template"))
    return "eid_template"


class Databases:
    """Migrated, empty databases of both kinds, each for one test or for the tests of one module."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    @contextmanager
    def empty(self, kind: str, folder: Path) -> Iterator[str]:
        """The URL of such a database, which is gone afterwards; SQLite's lies in the folder."""
        if kind == "sqlite":
            path = folder / "eid.sqlite3"
            shutil.copy(self._request.getfixturevalue("sqlite_template"), path)
            yield f"sqlite:///{path}"
            return
        server, template = (self._request.getfixturevalue(name) for name in ("postgres", "postgres_template"))
        with copied_database(server, template) as uri:
            yield uri


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    return Databases(request)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database that belongs to this test alone; each test runs on both kinds."""
    with databases.empty(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(tmp_path / "state", database_url)


@cache
def _rsa_pem(alg: str) -> bytes:
    return generate_signing_key(alg).to_pem()


def lend_rsa_keys(directory: Path) -> None:
    """An application of a test need not make RSA keys of its own, which takes a tenth of a second each."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for alg in (RS256, PS256):
        path = directory / build_key_name(KeyUse.ID_TOKEN, alg, ALWAYS)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(_rsa_pem(alg))


@contextmanager
def running_app(settings: Settings) -> Iterator[Flask]:
    """The application with these settings, its context pushed."""
    settings.state_dir.mkdir(exist_ok=True)
    lend_rsa_keys(settings.keys_dir)
    app = create_app(settings)
    app.testing = False
    with app.app_context():
        yield app
        check_that_kept_clients_are_as_read()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on this test's database, its context pushed."""
    with running_app(settings) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Calls the application's addresses as a browser or a program would, without a network between."""
    return app.test_client()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EID_")]:
        monkeypatch.delenv(name)


def _migrate(state_dir: Path, database_url: str) -> None:
    app = create_app(make_settings(state_dir, database_url))
    with app.app_context():
        upgrade_schema()
        db.session.remove()
        db.engine.dispose()
