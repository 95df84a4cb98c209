"""What a service asks a holder for on the phone: shown with who asks and what for, answered with the passcode. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eid.errors import Malformed
from eid.late_dataclasses import frozen

MOST_KEYS = 200
CONSENT, SIGNATURE = "consent", "signature"
"""What is asked for: to let a service know something, or to sign documents."""


@frozen
class AskedThing:
    """One thing that the service would come to know, and that the holder may withhold unless it is needed."""

    key: str
    titles: tuple[str, ...]
    """In plain words, messages of the translations."""
    is_needed: bool
    why: str = ""
    """For what the service wants it, in its owner's words."""


@frozen
class AskedConsent:
    things: tuple[AskedThing, ...]
    message: str = ""
    """What the asking screen shows too, so that both can be compared (CIBA Core, section 7.1: binding_message)."""
    foreign_name: str = ""
    """The service's name in English, where it has one."""
    kind: str = CONSENT

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> AskedConsent:
        things = (AskedThing(**{**one, "titles": tuple(one["titles"])}) for one in value["things"])
        return cls(tuple(things), value["message"], value.get("foreign_name", ""), value.get("kind", CONSENT))


def read_withheld(consent: AskedConsent, given: object) -> tuple[str, ...]:
    """The keys that are withheld, as the phone signed them; none where it signed nothing.

    Raises Malformed: consent_withheld for what was not asked for or is needed.
    """
    if given is None:
        return ()
    known = {thing.key for thing in consent.things if not thing.is_needed}
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) > MOST_KEYS or not set(given) <= known:
        raise Malformed("consent_withheld", "What is withheld must be asked for, and not be needed.")
    return tuple(dict.fromkeys(given))
