"""What a result says of the service itself: as it told of its answers (Server-Timing), and as it was seen on its machine. None
where something is not known; `unknown` says why. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eid.late_dataclasses import frozen
from eid.scenarios.observations import Observations
from eid.scenarios.spending import LAYERS, OUTSIDE, Spent


@frozen
class Sample:
    """From the sample before until this one. A share of 1.0 is one core; None is what could not be known."""

    at: float
    """Seconds after the first arrival."""
    service_cpu: float | None
    database_cpu: float | None
    lock_waiters: float | None
    """Sessions of the database that waited for a lock, on average."""


@frozen
class Watched:
    """What was seen of the service, and what could not be and why."""

    samples: tuple[Sample, ...] = ()
    unknown: tuple[str, ...] = ()
    processes: int = 0
    """That served when the run began."""
    cores: int = 0
    """Of the machine."""


SHARES = ("service_cpu", "database_cpu", "lock_waiters")


def describe_spent(spent: Spent, answers: int) -> dict[str, Any]:
    """Of a step: milliseconds by layer and statements, of one answer on average; None where the service did not tell."""
    if not spent.told or not answers:
        return {"layers_ms": None, "statements": None}
    layers = {layer: round(spent.layers[layer] / answers, 3) for layer in LAYERS}
    return {"layers_ms": layers, "statements": round(spent.statements / answers, 2)}


def describe_seconds(seen: Observations, watched: Watched) -> list[dict[str, float | None]]:
    """One row a second: what its answers cost, and what the sample that ended nearest to the second's end saw."""
    tells, has_one_lock = any(step.spent.told for step in seen.tally.steps.values()), _has_one_lock(seen)
    seconds = [seen.tally.seconds[number] for number in range(max(seen.tally.seconds, default=-1) + 1)]
    found: list[dict[str, float | None]] = [
        {"statements": second.statements if tells else None, **dict.fromkeys(SHARES)} for second in seconds
    ]
    for sample in watched.samples:
        number = round(sample.at) - 1
        if 0 <= number < len(found):
            found[number] |= {name: _round(getattr(sample, name)) for name in SHARES}
    if tells and has_one_lock:
        for row, second in zip(found, seconds, strict=True):
            row["lock_waiters"] = round(second.lock_ms / 1000, 3)
    return found


def describe_server(seen: Observations, watched: Watched) -> dict[str, Any]:
    """The service's version and database, and its figures over the whole run."""
    spent = Spent()
    for step in seen.tally.steps.values():
        spent.add(step.spent)
    return {
        "version": seen.service.get("version"),
        "database": seen.service.get("database"),
        "processes": watched.processes or None,
        "cores": watched.cores if watched.processes else None,
        "cpu_share": _mean(sample.service_cpu for sample in watched.samples),
        "database_cpu_share": _mean(sample.database_cpu for sample in watched.samples),
        "lock_waiters": _describe_locks(seen, spent, watched),
        "statements_per_second": _per(spent.statements, seen.lasted) if spent.told else None,
        "statements_per_request": _per(spent.statements, spent.told) if spent.told else None,
        "layers": _describe_layers(spent) if spent.told else None,
        "unknown": [*_explain_silence(spent), *watched.unknown],
    }


def _has_one_lock(seen: Observations) -> bool:
    """SQLite's, for which a transaction waits where it begins; the service tells how long."""
    return seen.service.get("database") == "sqlite"


def _describe_locks(seen: Observations, spent: Spent, watched: Watched) -> float | None:
    """How many waited for a lock on average: seconds waited, by seconds that the run took."""
    if spent.told and _has_one_lock(seen):
        return _round(spent.layers["lock"] / 1000 / seen.lasted) if seen.lasted else 0.0
    return _mean(sample.lock_waiters for sample in watched.samples)


def _describe_layers(spent: Spent) -> list[dict[str, Any]]:
    """Milliseconds of the whole run by layer, and which share of the time within the service that is."""
    within = sum(spent.layers[layer] for layer in LAYERS if layer != OUTSIDE) or 1.0
    return [
        {
            "layer": layer,
            "name": name,
            "ms": round(spent.layers[layer], 1),
            "share": None if layer == OUTSIDE else round(spent.layers[layer] / within, 4),
        }
        for layer, name in LAYERS.items()
    ]


def _explain_silence(spent: Spent) -> list[str]:
    if not spent.told:
        return [
            "statements, locks and time by layer: the service does not tell (a demo does; elsewhere EID_SERVER_TIMING=anybody)"
        ]
    if spent.untold:
        return [f"of {spent.untold} answers of {spent.told + spent.untold}, the service did not tell what they cost"]
    return []


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _round(sum(known) / len(known)) if known else None


def _per(count: float, by: float) -> float:
    return round(count / by, 2) if by else 0.0


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
