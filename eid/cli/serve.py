"""eid serve: the service alone, as in production.

The workers count together in files whose folder prometheus_client wants to know when it is imported, so the application is loaded
after the folder is named.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from eid.cli.lazily import load

COUNTERS = "PROMETHEUS_MULTIPROC_DIR"


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
    with tempfile.TemporaryDirectory(prefix="eid-counters-") as counters:
        os.environ[COUNTERS] = counters
        load("eid.cli.workers:serve_workers")(host, port, workers, certificate, key)
