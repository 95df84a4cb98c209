"""Figures of the country behind the service, as Prometheus reads them: the register, accounts by state and province, what locks
them, and what waits to be told to services or to be sealed.

They are counted when they are asked for, and kept for a minute, or for twenty times as long as counting took.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from threading import Lock

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from eid.accounts.figures import count_accounts
from eid.audit_seal.sealing import find_standing
from eid.clock import wall_now
from eid.logs import log
from eid.oauth.notices.outbox import find_notices_standing
from eid.population.service import count_people

KEPT_SECONDS = 60.0
KEPT_TIMES = 20


class CountryFigures(Collector):
    """Read within an application's context."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._kept: list[Metric] = []
        self._kept_until = 0.0

    def describe(self) -> list[Metric]:
        """Nothing: else registering would count."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures, and whether they could be had; where the database does not answer there are none, rather than old ones."""
        with self._counting:
            if time.monotonic() >= self._kept_until:
                self._count()
            yield from self._kept

    def _count(self) -> None:
        begun = time.monotonic()
        try:
            figures = [*_count_register(), *_count_waiting()]
        except SQLAlchemyError as error:
            log.warning("figures_not_counted", error=type(error).__name__)
            figures = []
        self._kept = [_single("eid_country_figures_up", "Whether the database gave the figures.", float(bool(figures)))]
        self._kept += figures
        self._kept_until = begun + max(KEPT_SECONDS, KEPT_TIMES * (time.monotonic() - begun)) if figures else 0.0


def _count_register() -> Iterator[Metric]:
    yield _single("eid_register_people", "People in the register, the dead included.", count_people())
    found = count_accounts()
    accounts = GaugeMetricFamily("eid_accounts", "Accounts by state and province.", labels=("state", "province"))
    for (state, province), count in sorted(found.by_place.items()):
        accounts.add_metric((state.value, province), count)
    yield accounts
    locks = GaugeMetricFamily("eid_account_locks", "Reasons for which accounts are locked now.", labels=("reason",))
    for reason, count in sorted(found.locks.items()):
        locks.add_metric((reason.value,), count)
    yield locks


def _count_waiting() -> Iterator[Metric]:
    notices, seal, now = find_notices_standing(), find_standing(), wall_now()
    yield _single("eid_notices_waiting", "Logout tokens and security events still to be sent.", notices.waiting)
    yield _single(
        "eid_revocation_lag_seconds",
        "For how long the oldest word of something ended has waited for its service.",
        _age(notices.oldest_waiting_at, now),
    )
    yield _single("eid_audit_entries_unsealed", "Entries of the audit log that no batch seals yet.", seal.unsealed)
    yield _single(
        "eid_audit_seal_lag_seconds", "Age of the oldest entry not sealed.", _age(seal.oldest_unsealed_at, now)
    )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _single(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
