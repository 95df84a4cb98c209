"""eid serve: the service alone, as in production, on granian."""

from __future__ import annotations

import gc
from pathlib import Path

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from eid.app import check_may_serve, create_app
from eid.audit_seal.sealer import Sealer
from eid.config import Settings
from eid.keystore import KeyUse, current_keystore
from eid.oauth.notices.courier import Courier

THREADS = 4
"""Threads a worker: Python runs one at a time, the others wait for the database or for a password hash."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM, for TLS.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="PEM, for TLS.")
def serve(host: str, port: int, workers: int, certificate: Path | None, key: Path | None) -> None:
    """Serve with the settings of the environment (EID_*).

    Example: EID_PUBLIC_URL=https://eid.example EID_MODE=production EID_FACE_MATCHER=none eid serve --workers 4
    """
    check_may_serve(load_app())  # what is wrong is said here, once, and not by every worker
    Granian(
        "eid.cli.serve:load_worker",
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


def load_app() -> Flask:
    """The application of the environment's settings."""
    return create_app(Settings.from_env())


def load_worker() -> Flask:
    """What each worker makes for itself: the application, and beside it a sealer of the audit log and a courier to services."""
    app = load_app()
    read_published_keys(app)
    keep_what_is_loaded()
    Sealer(app.app_context).start()
    Courier(app.app_context).start()
    return app


def keep_what_is_loaded() -> None:
    """From now on the collector of garbage leaves alone what was made so far, which lives as long as the process: to go over it
    takes a tenth of a second, in the middle of somebody's request."""
    gc.freeze()


def read_published_keys(app: Flask) -> None:
    """Afterwards the keys that verify ID tokens are in memory: reading them costs tenths of a second, and there are services that
    wait for half of one, then refuse the sign-in."""
    with app.app_context():
        for made in current_keystore().signing_keys.list_made_keys(KeyUse.ID_TOKEN):
            made.key.public_jwk()
