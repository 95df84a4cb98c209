"""Which disclosures somebody wants to see, read from an address; what makes no sense stays in its field, with a word about it."""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.web.formats import HANOI, parse_date

NOBODY = "-"
"""In the address: what was disclosed to no service, but to the desk or by the person."""
LONGEST = 64
YEARS = range(1900, 9000)


@frozen
class DisclosureFilter:
    given: dict[str, str]
    """As it was written."""
    since: datetime | None
    until: datetime | None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> str | None:
        service = self.given["service"]
        return None if not service else "" if service == NOBODY else service

    @property
    def oldest_first(self) -> bool:
        return self.given["order"] == "oldest"

    @property
    def after(self) -> int | None:
        text = self.given["after"]
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    @property
    def is_wanted(self) -> bool:
        """Whether anything is left out."""
        return any(self.given[name] for name in ("service", "from", "until"))

    def address(self, path: str = "/citizen/disclosures", **changes: Any) -> str:
        """The address of the same with other values; without `after`, the first page."""
        wanted = {name: str(value) for name, value in (self.given | {"after": ""} | changes).items() if value}
        return f"{path}?{urlencode(wanted)}" if wanted else path


def read_filter() -> DisclosureFilter:
    """The filter of this request."""
    given = {
        name: request.args.get(name, "")[:LONGEST].strip() for name in ("service", "from", "until", "order", "after")
    }
    errors: dict[str, str] = {}
    first, last = (_read_day(name, given[name], errors) for name in ("from", "until"))
    if first and last and last < first:
        errors["until"] = _("The last day is before the first.")
    return DisclosureFilter(
        given=given,
        since=_at_midnight(first) if first else None,
        until=_at_midnight(last + timedelta(days=1)) if last else None,
        errors=errors,
    )


def _read_day(name: str, text: str, errors: dict[str, str]) -> date | None:
    try:
        day = parse_date(text) if text else None
    except Malformed as refusal:
        errors[name] = _(refusal.detail)
        return None
    if day and day.year not in YEARS:
        errors[name] = _("Write the date as day, month and year: dd/mm/yyyy.")
        return None
    return day


def _at_midnight(day: date) -> datetime:
    return datetime.combine(day, time(), HANOI)
