"""The parameters of a request as they came, before anything is known of them (RFC 6749, section 3.1). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

MAY_REPEAT = frozenset({"resource"})
"""RFC 8707, section 2."""


class Parameters(NamedTuple):
    """Unverified names and values; a value that was sent empty counts as not sent."""

    values: Mapping[str, str]
    repeated: frozenset[str]
    """Names that came more than once, which the specification forbids."""
    resources: tuple[str, ...] = ()
    """Every `resource`, in order, each once; the one parameter that may be repeated."""

    def find(self, name: str) -> str | None:
        return self.values.get(name)

    def find_single(self, name: str) -> str | None:
        """The value where there is exactly one that the database can hold; PostgreSQL holds no NUL in a text."""
        value = self.values.get(name)
        return None if name in self.repeated or value is None or "\x00" in value else value


def parse_parameters(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Parameters of these names and values, of which the first of each name counts."""
    values: dict[str, str] = {}
    repeated: set[str] = set()
    seen: set[str] = set()
    resources: list[str] = []
    for name, value in pairs:
        if name in seen and name not in MAY_REPEAT:
            repeated.add(name)
        seen.add(name)
        if name == "resource" and value and value not in resources:
            resources.append(value)
        if value and name not in values:
            values[name] = value
    return Parameters(values=values, repeated=frozenset(repeated), resources=tuple(resources))
