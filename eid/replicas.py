"""Reads that may be answered by a replica: those that call `read_rows` or `read_scalars`, and no others.

Whoever reads sees what they wrote: a replica is asked only where it has replayed everything up to the moment that matters to the
reader, which a signed cookie (the browser's last write) or the caller (`newer_than`) says. How far a replica is, is compared in
places of the write-ahead log that were noted together with the time. No replica, or none that will do: the primary answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any

from flask import Flask, Response, current_app, has_request_context, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine, Select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from eid.clock import wall_now
from eid.config import Settings
from eid.connecting import engine_options, find_unavailability, sqlalchemy_url
from eid.db import db
from eid.logs import log
from eid.transactions import only_reads

EXTENSION = "eid.replicas"
COOKIE = "eid_written"
REMEMBERED = timedelta(seconds=60)
"""How long a browser's write matters: no replica is read from that is further behind (EID_REPLICA_LAG_SECONDS)."""
ASK_EVERY = timedelta(seconds=1)
LEFT_ALONE = timedelta(seconds=10)
"""For so long a replica that failed is not asked again, so that a dead one costs one request's patience, not everybody's."""
SKEW = timedelta(seconds=1)
"""By so much the clocks of two machines may differ."""
MOST_PLACES = 120

_PRIMARY = text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
"""Where the next record will stand: a commit that does not wait for the disk is before it, too."""
_REPLICA = text("SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint")


@dataclass
class Replica:
    bind: str
    as_of: datetime | None = None
    """It has everything that was committed before this moment; None while that is not known."""
    failed_at: datetime | None = None


@dataclass
class Replicas:
    """What this process knows of the replicas, looked at anew every second by the first reader who comes."""

    replicas: tuple[Replica, ...]
    lag: timedelta
    _places: list[tuple[datetime, int]] = field(default_factory=list)
    """Moments, oldest first, and how far the primary had written by then."""
    _asked_at: datetime | None = None
    _asking: Lock = field(default_factory=Lock)
    _turns: Any = field(default_factory=count)

    def choose(self, now: datetime, newer_than: datetime | None) -> Replica | None:
        """The next replica that is near enough and has everything from before `newer_than`."""
        self._ask_where_they_are(now)
        least = max(now - self.lag, newer_than + SKEW) if newer_than else now - self.lag
        able = [each for each in self.replicas if each.as_of and each.as_of >= least]
        return able[next(self._turns) % len(able)] if able else None

    def leave_alone(self, replica: Replica, now: datetime) -> None:
        replica.as_of, replica.failed_at = None, now

    def _ask_where_they_are(self, now: datetime) -> None:
        """Whoever comes while another asks goes by what was known before."""
        if (self._asked_at and now - self._asked_at < ASK_EVERY) or not self._asking.acquire(blocking=False):
            return
        try:
            self._asked_at = now
            if not self._ask_primary(now):
                return
            for replica in self.replicas:
                if replica.failed_at is None or now - replica.failed_at >= LEFT_ALONE:
                    self._ask_one(replica, now)
        finally:
            self._asking.release()

    def _ask_primary(self, now: datetime) -> bool:
        """While it does not answer, replicas go on for as long as they were known to be near enough."""
        try:
            place = _ask(db.engine, _PRIMARY)
        except SQLAlchemyError as error:
            log.warning("primary_failed", error=type(getattr(error, "orig", error)).__name__)
            self._places = []
            return False
        self._places = [*self._places[-MOST_PLACES:], (now, place or 0)]
        return True

    def _ask_one(self, replica: Replica, now: datetime) -> None:
        try:
            replayed = _ask(db.engines[replica.bind], _REPLICA)
        except SQLAlchemyError as error:
            _note_failure(replica, error)
            self.leave_alone(replica, now)
            return
        replica.failed_at = None
        known = [at for at, place in self._places if replayed is not None and place <= replayed]
        replica.as_of = known[-1] if known else None


def configure_replicas(app: Flask, settings: Settings, *, is_for_programs: Callable[[], bool]) -> None:
    """Before the database is: from now on marked reads of this application may go to the replicas of the settings.

    Browsers, not programs, are given the cookie that remembers their last write.
    """
    binds: dict[str, Any] = {}
    for number, url in enumerate(settings.replica_urls):
        options = engine_options(
            url,
            pooler=settings.database_pooler,
            pool_size=settings.database_pool_size,
            pool_timeout=settings.database_pool_timeout_seconds,
        )
        binds[f"replica-{number}"] = {"url": sqlalchemy_url(url), "isolation_level": "AUTOCOMMIT", **options}
    app.config["SQLALCHEMY_BINDS"] = binds
    if not binds:
        return
    lag = timedelta(seconds=settings.replica_lag_seconds)
    app.extensions[EXTENSION] = Replicas(tuple(Replica(bind) for bind in binds), lag)

    @app.after_request
    def remember_write(response: Response) -> Response:
        if not only_reads() and not is_for_programs():
            response.set_cookie(
                COOKIE,
                _serializer().dumps(wall_now().timestamp()),
                max_age=REMEMBERED,
                secure=settings.secure_cookies,
                httponly=True,
                samesite="Lax",
            )
        return response


def read_rows(
    statement: Select[*tuple[Any, ...]], *, newer_than: Callable[[], datetime | None] = lambda: None
) -> Sequence[Any]:
    """All rows of a query that may be answered from a few seconds ago: a marked read. Objects among them are not the session's.

    `newer_than` is asked only where a replica would do, and says what else the answer must have: all from before that moment.
    """
    found = _find_replica(newer_than)
    if found is not None:
        replicas, replica = found
        try:
            with Session(db.engines[replica.bind], expire_on_commit=False) as session:
                return session.execute(statement).all()
        except SQLAlchemyError as error:
            if find_unavailability(error) is None:
                raise
            _note_failure(replica, error)
            replicas.leave_alone(replica, wall_now())
    return db.session.execute(statement).all()


def read_scalars(
    statement: Select[*tuple[Any, ...]], *, newer_than: Callable[[], datetime | None] = lambda: None
) -> Sequence[Any]:
    """As read_rows, the first column alone."""
    return [row[0] for row in read_rows(statement, newer_than=newer_than)]


def _find_replica(newer_than: Callable[[], datetime | None]) -> tuple[Replicas, Replica] | None:
    replicas: Replicas | None = current_app.extensions.get(EXTENSION)
    if replicas is None or (has_request_context() and not only_reads()):
        return None
    now, written_at = wall_now(), _find_written_at()
    if replicas.choose(now, written_at) is None:
        return None
    others = newer_than()
    least = max((at for at in (written_at, others) if at is not None), default=None)
    replica = replicas.choose(now, least)
    return None if replica is None else (replicas, replica)


def _find_written_at() -> datetime | None:
    """When this browser wrote last, as far as its cookie knows. One that is not ours counts as none."""
    given = request.cookies.get(COOKIE, "") if has_request_context() else ""
    if not given:
        return None
    try:
        return datetime.fromtimestamp(float(_serializer().loads(given)), UTC)
    except (BadSignature, TypeError, ValueError, OverflowError):
        return None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=COOKIE)


def _ask(engine: Engine, question: Any) -> int | None:
    with engine.connect() as connection:
        place: int | None = connection.execute(question).scalar()
        return place


def _note_failure(replica: Replica, error: SQLAlchemyError) -> None:
    log.warning("replica_failed", replica=replica.bind, error=type(getattr(error, "orig", error)).__name__)
