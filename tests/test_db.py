"""The database's own refusals look alike, whichever statement they come from."""

from __future__ import annotations

import sqlite3

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from eid.config import Settings
from eid.connecting import find_unavailability
from eid.db import db
from tests.engines import one_engine


@one_engine
def test_a_write_lock_that_is_not_had_is_the_databases_refusal(app: Flask, settings: Settings) -> None:
    """The transaction's beginning goes straight to the driver, whose error nobody else would know"""
    other = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("PRAGMA busy_timeout=1")
        with pytest.raises(OperationalError) as locked:
            connection.execute(text("SELECT 1"))
    other.close()
    unavailable = find_unavailability(locked.value)
    assert unavailable is not None and unavailable.code == "database_unavailable"
