"""How pages write dates, times, numbers and PINs: as Vietnamese people write them, in either language.

Dates are dd/mm/yyyy, times HH:MM on the clock of Hà Nội; numbers are grouped as the page's language does.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask_babel import get_locale
from markupsafe import Markup, escape

from eid.errors import Malformed

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def write_date(value: date | datetime | None) -> str:
    """`05/09/1990`; a moment is first taken to Hà Nội; nothing is a dash."""
    if value is None:
        return "–"
    local = value.astimezone(HANOI) if isinstance(value, datetime) else value
    return f"{local.day:02}/{local.month:02}/{local.year:04}"


def parse_date(text: str, *, field: str = "") -> date:
    """The inverse of write_date. Raises Malformed, of this field of a form, for what is not a day."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        wrong = {field: ["dd/mm/yyyy"]} if field else None
        raise Malformed("date_malformed", "Write the date as day, month and year: dd/mm/yyyy.", fields=wrong) from error


def write_time(value: datetime) -> str:
    """`08:30`, on the clock of Hà Nội."""
    return f"{value.astimezone(HANOI):%H:%M}"


def write_clock(value: datetime) -> str:
    """`08:30:05`, on the clock of Hà Nội."""
    return f"{value.astimezone(HANOI):%H:%M:%S}"


def write_moment(value: datetime | None) -> str:
    """`08:30 05/09/2026`, on the clock of Hà Nội; nothing is a dash."""
    return "–" if value is None else f"{write_time(value)} {write_date(value)}"


def write_number(value: float) -> str:
    """`1.234,5` in Vietnamese, `1,234.5` in English."""
    return str(format_decimal(value, locale=str(get_locale() or "en")))


def write_pin(pin: str) -> Markup:
    """A PIN in groups of three digits to read, which is copied without spaces."""
    groups = [pin[start : start + 3] for start in range(0, len(pin), 3)]
    spans = Markup("").join(Markup("<span>{}</span>").format(escape(group)) for group in groups)
    return Markup('<span class="pin">{}</span>').format(spans)


def write_digest(digest: str) -> Markup:
    """Hexadecimal in groups of eight, which may be broken between them and is copied without spaces."""
    groups = [digest[start : start + 8] for start in range(0, len(digest), 8)]
    return Markup("<code>{}</code>").format(Markup("<wbr>").join(groups))
