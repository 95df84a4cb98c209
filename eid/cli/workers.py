"""The workers of `eid serve`, on granian: what is made once for all of them, and what each makes for itself.

Workers are forked where the system forks, so the application and its keys, made before that, are every worker's at once; where it
does not, each makes its own. Connections are never inherited: two processes would speak on one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from eid.app import check_may_serve, create_app
from eid.audit_seal.sealer import Sealer
from eid.cli.lazily import load, made_for_good
from eid.config import EXTENSION as SETTINGS
from eid.config import Settings, Traces
from eid.db import close_database
from eid.errors import Unavailable
from eid.keystore import KeyUse, current_keystore
from eid.metrics import forget_dead_workers
from eid.oauth.notices.courier import Courier
from eid.retention.tidier import Tidier

THREADS = 4
"""Threads a worker: Python runs one at a time, the others wait for the database or for a password hash."""


def serve_workers(host: str, port: int, workers: int, certificate: Path | None, key: Path | None) -> None:
    """Serve until somebody ends it. Raises Refused or Unavailable where these settings must not, or cannot, be served."""
    prepare_workers()
    Granian(
        "eid.cli.workers:load_worker",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        ssl_cert=certificate,
        ssl_key=key,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


def prepare_workers() -> Flask:
    """The application that workers inherit, without a connection. Raises as serve_workers: what is wrong is said here, once, and
    not by every worker."""
    with made_for_good():
        app = load_app()
        check_may_serve(app)
        find_tracer(app)
        read_published_keys(app)
        with app.app_context():
            close_database()
    return app


@cache
def load_app() -> Flask:
    """The application of the environment's settings: one for this process and those that are forked from it."""
    return create_app(Settings.from_env())


def load_worker() -> Flask:
    """The application, and what each worker makes for itself beside it: a tracer, a sealer of the audit log, a courier to
    services and a tidier."""
    forget_dead_workers()
    with made_for_good():
        app = load_app()
        find_tracer(app)(app)
        read_published_keys(app)  # inherited, or changed since
    Sealer(app.app_context).start()
    Courier(app.app_context).start()
    Tidier(app.app_context).start()
    return app


def find_tracer(app: Flask) -> Callable[[Flask], None]:
    """What makes an application of these settings be traced. Raises Unavailable where the packages for that are missing."""
    settings: Settings = app.extensions[SETTINGS]
    if settings.traces is Traces.NONE:
        return lambda _app: None
    try:
        tracer: Callable[[Flask], None] = load("eid.cli.tracing:trace_to_collector")
    except ModuleNotFoundError as error:
        raise Unavailable("tracing_missing", "EID_TRACES=otlp needs the extra: pip install 'eid[tracing]'.") from error
    return tracer


def read_published_keys(app: Flask) -> None:
    """Afterwards the keys that verify ID tokens are in memory: reading them costs tenths of a second, and there are services that
    wait for half of one, then refuse the sign-in."""
    with app.app_context():
        for made in current_keystore().signing_keys.list_made_keys(KeyUse.ID_TOKEN):
            made.key.public_jwk()
