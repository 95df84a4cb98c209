"""The sealer: seals every second in the background. While it fails the service goes on; `eid audit status` shows what waits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from eid.audit_seal.sealing import seal_entries
from eid.background import Background

EVERY = timedelta(seconds=1)


class Sealer(Background):
    name = "audit-sealer"
    failure = "audit_not_sealed"

    def __init__(self, context: Callable[[], AbstractContextManager[object]], *, every: timedelta = EVERY) -> None:
        super().__init__(context, every=every)

    def work(self) -> None:
        seal_entries()
