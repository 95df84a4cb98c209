"""Work that goes on beside the requests of one process: a thread that makes a pass every so often. Any number may run at once.

It keeps nothing that the database does not: what is not done when the process ends is done by the next one. A pass that fails
is logged and tried again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from eid.db import db
from eid.errors import Refusal
from eid.logs import log


class Background(ABC):
    """Makes passes from `start` until `stop`, or until the process ends; what one is, a subclass says."""

    name = ""
    """The thread's."""
    failure = ""
    """What the log says of a pass that failed."""

    def __init__(self, context: Callable[[], AbstractContextManager[object]], *, every: timedelta) -> None:
        self._context = context
        self._every = every.total_seconds()
        self._stopping = Event()
        self._thread = Thread(target=self.run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Afterwards it does not run; the pass that it had begun is finished."""
        self._stopping.set()
        self._thread.join()

    def run(self) -> None:
        """Pass after pass, until somebody calls stop."""
        while not self._stopping.wait(self._every):
            self.pass_once()

    def pass_once(self) -> None:
        with self._context():
            try:
                self.work()
            except (SQLAlchemyError, Refusal, ValueError) as error:
                log.error(self.failure, error=type(error).__name__)
            finally:
                db.session.remove()

    @abstractmethod
    def work(self) -> None:
        """One pass."""
