"""The tidier: deletes every few minutes, in the background, what has ended and was kept for long enough."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from eid.background import Background
from eid.logs import log
from eid.retention.tidying import tidy

EVERY = timedelta(minutes=10)


class Tidier(Background):
    name = "tidier"
    failure = "rows_not_tidied"

    def __init__(self, context: Callable[[], AbstractContextManager[object]], *, every: timedelta = EVERY) -> None:
        super().__init__(context, every=every)

    def work(self) -> None:
        """Everything that is over, however long it takes; told to stop, it ends with the page that it is at."""
        tidied = tidy(is_stopping=self._stopping.is_set)
        if tidied.total:
            log.info("rows_tidied", **{name: rows for name, rows in tidied.rows.items() if rows})
