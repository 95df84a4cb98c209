"""Clients that are looked at only: made of their rows without a model, and kept beside them while the rows are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, cast

from eid.db import table_of
from eid.kept_rows import KeptRows
from eid.oauth.models import Client


class _ReadClient:
    """The columns of a client, and what Client says of them. All requests share it, so nobody changes it."""

    is_answered_by_jwt = Client.is_answered_by_jwt

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.__dict__.update(columns)

    def __setattr__(self, name: str, _value: Any) -> NoReturn:
        raise AttributeError(f"{name}: a client that was read is only looked at")


def _build(columns: Mapping[str, Any]) -> Client:
    return cast(Client, _ReadClient(columns))


READ_CLIENTS = KeptRows(tuple(table_of(Client).c), _build, most=1000)
"""Each stays as it was read, and belongs to no session of the database."""
