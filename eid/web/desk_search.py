"""What an officer wrote to search by. It travels in forms alone: no address and no log ever holds a name or a PIN."""

from __future__ import annotations

from eid.accounts.search_desk import SearchTerms
from eid.web.forms import given
from eid.web.province_choices import read_residence

FIELDS = ("pin", "born", "residence", "living", "purpose")
"""`pin` holds a PIN or a name: programs that fill in a PIN and a purpose have always found the field under this name."""

_LIVING = {"yes": True, "no": False}


def is_number(text: str) -> bool:
    """Whether this is meant as a PIN: digits and what people write between them."""
    return bool(text) and not set(text) - set("0123456789 .-\u00a0")


def read_terms() -> SearchTerms:
    """What was asked on the form."""
    province, province_on = read_residence(given("residence"))
    return SearchTerms(
        name=given("pin"),
        born=given("born"),
        province=province,
        province_on=province_on,
        alive=_LIVING.get(given("living")),
    )


def list_kept() -> list[tuple[str, str]]:
    """What the form for the next page sends again."""
    return [(name, given(name)) for name in FIELDS if given(name)]
