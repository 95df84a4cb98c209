"""The cohort: synthesised people with active accounts, cards and insurance, whom load scenarios play.

Their secrets are derived from the seed and the PIN: whoever has the seed can play them, and a production setting has no cohort.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from pathlib import Path

from eid.late_dataclasses import frozen
from eid.population.models import Person

COHORT_FILE = "cohort.json"
NEWCOMERS_FILE = "newcomers.json"
PHONES = 100_000
"""So many numbers there are in the range of the cohort: it takes the first, newcomers the last."""


@frozen
class CohortMember:
    """Somebody who can be played: who they are, what they know and where their card lies."""

    pin: str
    phone: str
    password: str
    passcode: str
    totp_secret: str
    card: str
    name: str
    province: str
    """The code of the province where they live."""
    papers: tuple[str, ...] = ()
    """Those in the account that the agencies keep for some people only (demo.added_papers)."""


def derive_member(person: Person, *, number: int, seed: int, cards: Path) -> CohortMember:
    """This person as a member of the cohort; `number` (from 0) gives the phone, in a range that nobody has."""
    pin = person.pin
    return CohortMember(
        pin=pin,
        phone=f"0100{900_000 + number:06}",
        password="Tai1!" + derive_octets(seed, pin, "password").hex()[:12],
        passcode=_derive_passcode(seed, pin),
        totp_secret=base64.b32encode(derive_octets(seed, pin, "totp")[:20]).decode(),
        card=str(cards / pin),
        name=person.full_name,
        province=person.residence_province,
    )


def write_cohort(members: list[CohortMember], directory: Path, file: str = COHORT_FILE) -> None:
    """Afterwards the folder holds these people as scenarios read them."""
    path = directory / file
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(member) for member in members], indent=1))


def _derive_passcode(seed: int, pin: str) -> str:
    """Six digits that are neither a sequence nor a repetition, which the rules for passcodes refuse."""
    value = int.from_bytes(derive_octets(seed, pin, "passcode")[:8])
    pairs = [(value // 10**place) % 10 for place in range(3)]
    return "".join(f"{digit}{(digit + 5) % 10}" for digit in pairs)


def derive_octets(seed: int, pin: str, what: str) -> bytes:
    """32 octets about this person that nobody guesses without the seed."""
    return hmac.digest(f"eid cohort {seed}".encode(), f"{pin} {what}".encode(), hashlib.sha256)
