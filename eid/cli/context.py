"""What every command that touches the service's data needs: the application of the environment's settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from flask import Flask

from eid.app import create_app
from eid.config import Settings
from eid.db import close_database


@contextmanager
def service(settings: Settings | None = None) -> Iterator[Flask]:
    """The service of the environment's settings, its log quiet but for warnings, its context pushed, closed after."""
    app = create_app(replace(settings or Settings.from_env(), log_level="warning"))
    with app.app_context():
        try:
            yield app
        finally:
            close_database()
