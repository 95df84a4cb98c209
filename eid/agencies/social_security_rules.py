"""The social-security account as pure rules: the institutions that it can be with, account numbers, and what is shown of one.

One account a person, at a bank or an e-wallet, to which the state pays what is due. The institutions are made up: as many as
there were in the real service in September 2025, 28 banks and four e-wallets.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum

from eid.agencies.values import EntitlementState
from eid.errors import Malformed
from eid.late_dataclasses import frozen


class InstitutionKind(StrEnum):
    BANK = "bank"
    E_WALLET = "e_wallet"


@frozen
class Institution:
    code: str
    name: str
    kind: InstitutionKind


_ALL = (
    *(Institution(f"bank-{n:02d}", f"Ngân hàng Mẫu {n}", InstitutionKind.BANK) for n in range(1, 29)),
    *(Institution(f"wallet-{n:02d}", f"Ví điện tử Mẫu {n}", InstitutionKind.E_WALLET) for n in range(1, 5)),
)

INSTITUTIONS: dict[str, Institution] = {each.code: each for each in _ALL}

NUMBER = re.compile(r"[0-9]{6,19}")
SHOWN_DIGITS = 4

NOBODYS_ENDING = "0000"
"""An institution has no account whose number ends so: what a refusal looks like can be tried."""


@frozen
class SocialSecurityRecord:
    """The account that somebody has linked."""

    person_id: int
    institution: str
    institution_name: str
    account_kind: InstitutionKind
    account_number: str
    account_holder: str
    """As the institution writes it: capitals without accents."""
    linked_on: date
    state: EntitlementState
    updated_at: datetime

    @property
    def account_masked(self) -> str:
        return mask_number(self.account_number)


def find_institution(code: str) -> Institution:
    """The institution of this code. Raises Malformed: institution_unknown."""
    if code not in INSTITUTIONS:
        raise Malformed("institution_unknown", "There is no such bank or e-wallet.")
    return INSTITUTIONS[code]


def parse_account_number(text: str) -> str:
    """The digits of an account number as people write it. Raises Malformed: account_number."""
    digits = re.sub(r"[\s.\-]", "", text)
    if not NUMBER.fullmatch(digits):
        raise Malformed("account_number", "An account number has 6 to 19 digits.")
    return digits


def mask_number(number: str) -> str:
    """The number with all but its last four digits covered."""
    return "•" * (len(number) - SHOWN_DIGITS) + number[-SHOWN_DIGITS:]
