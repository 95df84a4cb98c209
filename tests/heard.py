"""What an engine is asked, as whoever listens to it hears."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def listening(engine: Engine) -> Iterator[list[str]]:
    """The statements that are sent until the block ends; those that are prepared go through SQLAlchemy meanwhile."""
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", note)
