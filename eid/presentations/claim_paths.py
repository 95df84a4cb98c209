"""Claims path pointers (OpenID4VP 1.0, section 7), and what of a credential's claims lies where one leads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eid.presentations.dcql import ClaimQuery, Path


def find_values(claims: Any, path: Path) -> list[Any]:
    """What the path leads to; nothing where it leads nowhere (section 7.1)."""
    return [value for _place, value in find_places(claims, path)]


def find_places(claims: Any, path: Path) -> list[tuple[Path, Any]]:
    """As find_values, with the place of each, in which no step is None."""
    found: list[tuple[Path, Any]] = [((), claims)]
    for step in path:
        found = [((*place, key), value) for place, node in found for key, value in _follow(node, step)]
    return found


def _follow(node: Any, step: str | int | None) -> Iterator[tuple[str | int, Any]]:
    if isinstance(step, str):
        if isinstance(node, Mapping) and step in node:
            yield step, node[step]
    elif isinstance(node, Sequence) and not isinstance(node, str | bytes):
        if step is None:
            yield from enumerate(node)
        elif step < len(node):
            yield step, node[step]


def holds(claims: Any, claim: ClaimQuery) -> bool:
    """Whether the claim is there and, where values are given, one that it leads to is among them (section 6.4.1)."""
    found = find_values(claims, claim.path)
    if claim.values is None:
        return bool(found)
    return any(_same(value, wanted) for value in found for wanted in claim.values)


def _same(one: Any, other: Any) -> bool:
    """Type and value: in JSON true is not 1, as it is in Python."""
    return type(one) is type(other) and bool(one == other)


def list_leaves(claims: Any, place: Path = ()) -> Iterator[Path]:
    """The place of everything that is no container, and of containers with nothing in them."""
    pairs: list[tuple[str | int, Any]] = []
    if isinstance(claims, Mapping):
        pairs = list(claims.items())
    elif isinstance(claims, list | tuple):
        pairs = list(enumerate(claims))
    if not pairs:
        yield place
    for key, value in pairs:
        yield from list_leaves(value, (*place, key))


def is_within(place: Path, path: Path) -> bool:
    """Whether a place lies where the path leads, below it, or, as an empty container, on the way there."""
    return all(step is None or step == asked for step, asked in zip(path, place, strict=False)) and all(
        not (step is None and isinstance(at, str)) for step, at in zip(path, place, strict=False)
    )
