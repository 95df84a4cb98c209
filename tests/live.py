"""A running server for tests that need a real network between: browsers, outside clients, users of a scenario."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from eid.app import create_app
from eid.config import Settings
from eid.db import db


@dataclass(frozen=True)
class LiveServer:
    url: str
    """Also the issuer; no trailing slash."""
    app: Flask


@contextmanager
def serving(app: Any, listener: socket.socket, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    """The application answers on this bound socket until the block ends; each request in a thread of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno(), ssl_context=tls)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def bound_listener() -> tuple[socket.socket, str]:
    """A listening socket on a free loopback port, and its address as a URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def free_port() -> int:
    """A loopback port that nobody listens on just now, for a program that opens its own."""
    listener, url = bound_listener()
    listener.close()
    return int(url.rsplit(":", 1)[1])


@pytest.fixture
def live_server(settings: Settings) -> Iterator[LiveServer]:
    """The service on a real port of this machine, on this test's database; its public_url is that address."""
    listener, url = bound_listener()
    settings.state_dir.mkdir(exist_ok=True)
    app = create_app(replace(settings, public_url=url))
    with listener, serving(app, listener):
        yield LiveServer(url=url, app=app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
