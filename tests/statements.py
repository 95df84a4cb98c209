"""Every test has an engine of its own, but the SQL of all of them is the same: each statement is compiled once a process.

SQLAlchemy keeps compiled statements by engine and dialect object, so every test would compile all its statements anew, which
takes a seventh of the suite's time.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine

_first: dict[str, Engine] = {}
"""By dialect: an engine that has asked its database about itself."""

_make_engine = SQLAlchemy._make_engine


def _make_sharing_engine(self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    engine = _make_engine(self, bind_key, options, app)
    first = _first.get(engine.dialect.name)
    if first is None or first.dialect.server_version_info is None:
        _first[engine.dialect.name] = engine
    else:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return engine


def share_statements() -> None:
    """From now on the engines of this process share their compiled statements, by kind of database."""
    SQLAlchemy._make_engine = _make_sharing_engine  # type: ignore[method-assign]
