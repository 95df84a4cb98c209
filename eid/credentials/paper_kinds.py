"""What a kind of paper is: who holds its data, what it says, at which level it may be shown, how long its token holds. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from eid.accounts.levels import AuthenticationLevel
from eid.late_dataclasses import frozen

TOKEN_LIFETIME = timedelta(minutes=5)


class AttributeKind(StrEnum):
    """The JSON type of an attribute; a day is text, yyyy-mm-dd."""

    TEXT = "text"
    DAY = "day"
    NUMBER = "number"
    TRUTH = "truth"
    LIST = "list"


@frozen
class Holder:
    """What a paper says about who it belongs to."""

    full_name: str
    birth_date: date
    sex: str
    """M or F."""
    nationality: str


@frozen
class Attribute:
    """One thing that a paper says; `read` takes the agency's record and the holder, and gives it or None."""

    name: str
    kind: AttributeKind
    label: str
    """In plain words, a message of the translations."""
    read: Callable[[Any, Holder], Any]
    is_only_by_name: bool = False
    """Not told with the whole paper: a service has to ask for it by its name, and the citizen to agree to that."""


@frozen
class Adding:
    """How a citizen asks for a paper, which then is in their account when the agency agrees with what they write."""

    number_label: str = ""
    """What the number is that they write, in plain words, a message of the translations; nothing where there is none."""
    read_numbers: Callable[[Any], Sequence[str]] | None = None
    """From the agency's record to the numbers of which they must write one; None where there is none."""


@frozen
class Paper:
    name: str
    """Also its scope, and the claim under which a token says what it says."""
    title: str
    """In plain words, a message of the translations, as are agency and share_title."""
    agency: str
    share_title: str
    """What the citizen reads when a service asks for it."""
    attributes: tuple[Attribute, ...]
    level: AuthenticationLevel = AuthenticationLevel.LOA2
    """What a sign-in must have reached before a service is given it."""
    lifetime: timedelta = TOKEN_LIFETIME
    adding: Adding | None = None
    """None: it is in the account without being asked for."""
    shown: tuple[str, ...] | None = None
    """The attributes of the code on a screen, where all would make one that no camera reads; None for all."""
    is_held_by_guardian: bool = False
    """A child's, who can have no account of level 2: the account of the guardian who shows it decides."""

    @property
    def typ(self) -> str:
        """The media type of a compact token, as its header bears it (RFC 8725, section 3.11)."""
        return f"eid-{self.name}+jwt"

    @property
    def attribute_names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    @property
    def whole(self) -> tuple[str, ...]:
        """The attributes that are told where nobody asked for single ones."""
        return tuple(attribute.name for attribute in self.attributes if not attribute.is_only_by_name)


def write_day(value: date | None) -> str | None:
    """A day as a token says it, yyyy-mm-dd; None where there is none."""
    return None if value is None else value.isoformat()


HOLDER = (
    Attribute("name", AttributeKind.TEXT, "Full name", lambda record, holder: holder.full_name),
    Attribute("birthdate", AttributeKind.DAY, "Date of birth", lambda record, holder: write_day(holder.birth_date)),
    Attribute("gender", AttributeKind.TEXT, "Sex", lambda record, holder: {"M": "male", "F": "female"}[holder.sex]),
)
"""Who the paper belongs to: without it a token would fit whoever brings it."""


def recorded(name: str, kind: AttributeKind, label: str, *, is_only_by_name: bool = False) -> Attribute:
    """What the agency's record has under the same name; a day as a token says it."""
    return Attribute(name, kind, label, lambda record, holder: _WRITE[kind](getattr(record, name)), is_only_by_name)


def _write_text(value: object) -> str | None:
    return None if value is None else str(value)


_WRITE: dict[AttributeKind, Callable[[Any], Any]] = {
    AttributeKind.TEXT: _write_text,
    AttributeKind.DAY: write_day,
    AttributeKind.NUMBER: lambda value: value,
    AttributeKind.TRUTH: lambda value: value,
    AttributeKind.LIST: list,
}
