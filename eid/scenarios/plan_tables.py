"""A plan's file as tables that are read key by key, each with its place, so that whatever is wrong can be named. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from eid.errors import Malformed


def parse_duration(text: str) -> timedelta:
    """45s, 10m, 1h, 1m30s. Raises Malformed."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", text, re.ASCII)
    if not text or not found:
        raise Malformed("duration_malformed", f"{text!r} is no duration; write 45s, 10m, 1h or 1m30s.")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


class Table:
    """A TOML table that is read key by key and must be empty afterwards."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self.values = dict(values)
        self.place = place

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or (not value.strip() and default is None):
            raise self._wrong(key, "a text")
        return value

    def number(self, key: str, *, least: float, most: float | None = None, default: float | None = None) -> float:
        value = self._take(key, default)
        if value == default and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
            raise self._wrong(key, f"a number of at least {least:g}")
        if most is not None and not value <= most:
            raise self._wrong(key, f"a number of at most {most:g}")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}")
        return value

    def duration(self, key: str) -> timedelta:
        duration = parse_duration(self.text(key))
        if duration <= timedelta(0):
            raise self._wrong(key, "longer than nothing")
        return duration

    def span(self, key: str) -> tuple[float, float]:
        value = self._take(key, None)
        numbers = isinstance(value, list) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
        if not numbers or len(value) != 2 or not 0 <= value[0] <= value[1]:
            raise self._wrong(key, "the shortest and the longest time in seconds, like [0.5, 2.0]")
        return float(value[0]), float(value[1])

    def has(self, key: str) -> bool:
        return key in self.values

    def table(self, key: str) -> Table:
        value = self._take(key, None)
        if not isinstance(value, dict):
            raise self._wrong(key, "a table")
        return Table(value, f"[{key}]")

    def tables(self, key: str) -> list[Table]:
        value = self._take(key, None)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise self._wrong(key, "tables in double brackets, one or more")
        return [Table(row, f"{key}, number {number}") for number, row in enumerate(value, start=1)]

    def finish(self) -> None:
        """Raise Malformed where a key was not asked for: a misspelt limit must not be ignored in silence."""
        if self.values:
            raise Malformed("plan_unknown_key", f"{self.place}: there is no {sorted(self.values)[0]!r} here.")

    def _take(self, key: str, default: object) -> Any:
        if key not in self.values and default is None:
            raise Malformed("plan_incomplete", f"{self.place}: {key!r} is missing.")
        return self.values.pop(key, default)

    def _wrong(self, key: str, wanted: str) -> Malformed:
        return Malformed("plan_malformed", f"{self.place}: {key!r} must be {wanted}.")
