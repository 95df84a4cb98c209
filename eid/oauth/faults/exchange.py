"""A request and its answer as the seam saw them. Pure."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.faults.catalogue import Place


@frozen
class Exchange:
    """A request that was answered, as the seam saw it; of who asks, exactly one thing is known."""

    step: str
    place: Place | None
    """Which faults its answer can meet."""
    method: str
    status: int
    client_id: str = ""
    request_id: str = ""
    access_token: str = field(default="", repr=False)
    trial: str = ""
    """The reference in the trial's own addresses."""
    sent: dict[str, str] = field(default_factory=dict, repr=False)
    code: str = field(default="", repr=False)
    """The code that the request brings."""
    location: str = field(default="", repr=False)
    """Where the answer sends the browser, if that is to the client."""
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    """The answer's JSON."""
    error: str = ""
    """Of a refusal: its code."""
    reason: str = ""
    """Of a refusal: what only the log says of it."""
