"""Who may call a route. Every view function bears one of these; tests/test_routes.py fails on one that does not."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Caller(StrEnum):
    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"
    """A citizen with a session of the pages."""
    OFFICER = "officer"
    CLIENT = "client"
    """A relying service that authenticates itself (RFC 6749, section 2.3)."""
    BEARER = "bearer"
    """A relying service with an access token (RFC 6750)."""
    OPERATOR = "operator"
    """A program of whoever runs the service, from a network that the settings name."""


def callable_by(caller: Caller) -> Callable[[View], View]:
    """Mark a view with who may call it. Marking is not guarding: the guards in eid.web and eid.api use this mark too."""

    def mark(view: View) -> View:
        view.callable_by = caller  # type: ignore[attr-defined]
        return view

    return mark
