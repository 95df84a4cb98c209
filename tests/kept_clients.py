"""What is read of clients is shared by all requests, so whatever a test did must have left it as it was read."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from eid.oauth.models import Client
from eid.oauth.read_clients import READ_CLIENTS

_as_read: list[tuple[Client, dict[str, Any]]] = []


def watch_kept_clients() -> None:
    """From now on it is known of each client that is read in this process what its row said."""
    make = READ_CLIENTS._make

    def make_and_note(columns: dict[str, Any]) -> Client:
        client = make(columns)
        _as_read.append((client, deepcopy(columns)))
        return client

    READ_CLIENTS._make = make_and_note


def check_that_kept_clients_are_as_read() -> None:
    """Fail where somebody changed one, or a list in it. Afterwards none is kept."""
    READ_CLIENTS._kept.clear()
    noted = list(_as_read)
    _as_read.clear()
    for client, columns in noted:
        assert vars(client) == columns
