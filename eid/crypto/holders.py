"""For whom a credential is issued."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from eid.crypto.status_list import StatusReference


class Holder(NamedTuple):
    """What one credential of a batch has for itself: the public key that it is bound to, a JSON Web Key or a COSE_Key as the
    format has it, and where its status stands."""

    key: Mapping[Any, Any] | None = None
    status: StatusReference | None = None
