"""What measured figures come to at a hundred million people: tables, machines, money. Multiplication, and by what."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

PEOPLE = 100_000_000
ACTIVE_A_DAY = 0.09
"""Of the people: 6 M of 67 M accounts, the most that was published (docs/scenarios.md)."""
ACTS_A_DAY = {"sign in by password and code": 1, "sign in to a service": 1, "read userinfo": 1, "seal an entry": 4}
"""Of whoever is active."""
BUSIEST_HOUR, BURST = 4, 20
"""Times the mean of the day: an ordinary evening, and the evening of 28 August 2025."""
YEARS = 5
LOAD = 0.5
"""The part of a machine that is planned with; the rest is for what was not foreseen."""
CORES = 32
DISK_GB, FULL = 4000, 0.7
"""Of a machine, and how full it may get: vacuum, indexes that are built anew and a copy of the log need the rest."""
COPIES_KEPT = 3
"""A primary and two replicas of each part."""
COORDINATORS = 3
CORE_MONTH, GB_MONTH = 40.0, 0.10
"""US dollars: what is assumed, to be replaced by what one pays."""

PER_PERSON = {"persons": 1.0, "name_words": 0.02, "accounts": 0.63, "authenticators": 1.89, "consents": 0.63 * 5}
"""Rows a person: two thirds have an account of three authenticators, who let five services have something."""
SHORT_LIVED = ("sessions", "authorization_codes", "access_tokens")
"""Tables whose rows are of use for days; how many come a day follows from the acts."""
HISTORY = ("audit_entries", "audit_batches")
"""Kept for YEARS, and a batch a second for ever."""
KEPT_DAYS = 30
"""For so long they are counted; the service itself does not remove them yet."""


@dataclass(frozen=True)
class Act:
    statements: float
    log_octets: float
    """Of the write-ahead log: what replicas receive."""
    database_ms: float
    """Processor time of the server's processes for the connection."""
    rows: Mapping[str, float]
    """New rows by table."""


def print_plan(acts: Mapping[str, Act], octets: Mapping[str, float], *, actors: int) -> None:
    """Acts, tables and machines; `octets` are those of a row, by table."""
    _print_acts(acts, actors)
    gigabytes = _print_tables(octets, acts)
    cores = _print_machines(acts)
    _print_engine(gigabytes, cores)


def _print_acts(acts: Mapping[str, Act], actors: int) -> None:
    print(f"\nan act, the mean of {actors}; processor time of PostgreSQL's own processes")
    print(f"  {'':32}{'statements':>11}{'log, octets':>13}{'database, ms':>14}   new rows")
    for name, act in acts.items():
        rows = ", ".join(f"{table} {count:.2g}" for table, count in act.rows.items())
        print(f"  {name:32}{act.statements:11.1f}{act.log_octets:13,.0f}{act.database_ms:14.2f}   {rows}")


def _print_tables(octets: Mapping[str, float], acts: Mapping[str, Act]) -> float:
    """Gigabytes of one copy of everything."""
    daily = PEOPLE * ACTIVE_A_DAY
    new: Counter[str] = Counter()
    for name, times in ACTS_A_DAY.items():
        new.update({table: count * times for table, count in acts[name].rows.items()})
    rows = {table: PEOPLE * each for table, each in PER_PERSON.items()}
    rows |= {table: daily * new[table] * KEPT_DAYS for table in SHORT_LIVED}
    rows["audit_entries"] = daily * new["audit_entries"] * 365 * YEARS
    rows["audit_batches"] = 86_400 * 365 * YEARS
    print(f"\ntables at {PEOPLE / 1e6:.0f} M people, {daily / 1e6:.1f} M of them active a day")
    print(f"  {'':22}{'octets a row':>13}{'rows, M':>12}{'GB':>10}")
    total = 0.0
    for table, count in rows.items():
        size = octets[table] * count / 1e9
        total += size
        print(f"  {table:22}{octets[table]:13,.0f}{count / 1e6:12,.0f}{size:10,.0f}")
    print(f"  {'together':22}{'':25}{total:10,.0f}")
    return total


def _print_machines(acts: Mapping[str, Act]) -> float:
    """Cores that the burst keeps busy."""
    a_second = PEOPLE * ACTIVE_A_DAY / 86_400
    statements = sum(acts[name].statements * times for name, times in ACTS_A_DAY.items())
    cpu = sum(acts[name].database_ms * times for name, times in ACTS_A_DAY.items()) / 1000
    log = sum(acts[name].log_octets * times for name, times in ACTS_A_DAY.items())
    print(
        f"\nwhat the database does for the acts; machines of {CORES} cores of this kind, {LOAD:.0%} of each planned with"
    )
    print(f"  {'':26}{'people/s':>10}{'statements/s':>14}{'log, MB/s':>11}{'cores':>8}{'machines':>10}")
    for name, times in (("mean of the day", 1), ("busiest hour", BUSIEST_HOUR), ("burst", BURST)):
        rate = a_second * times
        machines = rate * cpu / CORES / LOAD
        print(
            f"  {name:26}{rate:10,.0f}{rate * statements:14,.0f}{rate * log / 1e6:11,.1f}{rate * cpu:8,.0f}{machines:10,.1f}"
        )
    return a_second * BURST * cpu


def _print_engine(gigabytes: float, cores: float) -> None:
    """What a distributed engine would be made of: as many parts as disk or the burst demand, each kept three times."""
    by_disk, by_cores = gigabytes / DISK_GB / FULL, cores / CORES / LOAD
    parts = max(1, math.ceil(max(by_disk, by_cores)))
    machines = parts * COPIES_KEPT + COORDINATORS
    cost = machines * CORES * CORE_MONTH + gigabytes * COPIES_KEPT * GB_MONTH
    print(
        f"\na distributed engine on machines of {CORES} cores and {DISK_GB:,} GB, {FULL:.0%} full, {COPIES_KEPT} copies of all"
    )
    print(
        f"  parts by disk {by_disk:.1f}, by the burst {by_cores:.1f}: {parts}; with {COORDINATORS} coordinators {machines}"
    )
    print(f"  at {CORE_MONTH:.0f} USD a core and month, {GB_MONTH:.2f} USD a GB and month: {cost:,.0f} USD a month")
    print(f"  one primary of this kind is full at {PEOPLE / by_disk / 1e6:,.0f} M people with {YEARS} years of history")
