"""What is read of clients is shared by all requests, so whatever a test did must have left it as it was read."""

from __future__ import annotations

from sqlalchemy import inspect

from eid.oauth.clients import READ_CLIENTS


def check_that_kept_clients_are_as_read() -> None:
    """Fail where somebody changed one, or brought it into a session of the database. Afterwards none is kept."""
    kept, READ_CLIENTS._kept = READ_CLIENTS._kept, {}
    for row, client in kept.values():
        state = inspect(client)
        assert state.detached and not state.modified
        assert _columns_of(client) == _columns_of(READ_CLIENTS._build(row))


def _columns_of(client: object) -> dict[str, object]:
    return {name: value for name, value in vars(client).items() if name != "_sa_instance_state"}
