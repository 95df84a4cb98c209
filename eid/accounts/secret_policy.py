"""What a holder may choose as password or passcode: eid.crypto.passwords over what the register and the lists say."""

from __future__ import annotations

from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path

from eid.config import SAMPLE_DATA, current_settings
from eid.crypto.breached import HashList
from eid.crypto.passwords import Holder, Lists, check_passcode_policy, check_password_policy
from eid.population.models import Person

MOST_USED = SAMPLE_DATA / "passwords" / "most_used.sha1"


def accept_password(password: str, person: Person, *, phone: str) -> str:
    """The password in the form in which it is hashed. Raises Malformed where the rules refuse it."""
    return check_password_policy(password, holder=_holder_of(person, phone), lists=_read_lists())


def accept_passcode(passcode: str, person: Person, *, phone: str) -> str:
    """The passcode. Raises Malformed where the rules refuse it."""
    return check_passcode_policy(passcode, holder=_holder_of(person, phone), lists=_read_lists())


def _holder_of(person: Person, phone: str) -> Holder:
    return Holder(person.pin, person.birth_date, person.full_name, phone)


def _read_lists() -> Lists:
    larger = current_settings().breached_passwords
    return Lists(_map_list(MOST_USED), _map_list(larger) if larger is not None else None)


@lru_cache(maxsize=4)
def _map_list(path: Path) -> HashList:
    """The list where it lies: pages of it are read as searches meet them."""
    with path.open("rb") as file:
        return HashList(mmap(file.fileno(), 0, access=ACCESS_READ))
