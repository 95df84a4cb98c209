"""What opens a chip: the number printed on the card, or three fields of its machine-readable zone; and by which protocol
it was opened (ICAO 9303-11, 4.2)."""

from __future__ import annotations

import re
from enum import StrEnum

from eid.crypto.algorithms import digest
from eid.crypto.mrz import Mrz, check_digit
from eid.errors import Malformed
from eid.late_dataclasses import frozen

MRZ_REFERENCE, CAN_REFERENCE, PIN_REFERENCE, PUK_REFERENCE = 1, 2, 3, 4
"""How MSE:Set AT names the password of PACE (9303-11, 4.4.4.1)."""


class AccessProtocol(StrEnum):
    """How a chip was opened; the later, the better."""

    NONE = "none"
    """Not at all: it was read in plain."""
    BAC = "bac"
    PACE = "pace"


@frozen
class CanPassword:
    """The card access number; Vietnam's card prints none, there it is the last six digits of the PIN."""

    can: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{6}", self.can):
            raise Malformed("can_malformed", "A card access number has six digits.")

    def __repr__(self) -> str:
        return "CanPassword(…)"

    @property
    def reference(self) -> int:
        return CAN_REFERENCE

    @property
    def secret(self) -> bytes:
        """What the key derivation function of PACE takes (9303-11, 9.7.3)."""
        return self.can.encode()


@frozen
class MrzPassword:
    """Document number, birth date and expiry as the zone writes them: the dates as YYMMDD."""

    document_number: str
    birth_date: str
    expiry: str

    def __post_init__(self) -> None:
        dates = re.fullmatch(r"[0-9<]{6}", self.birth_date) and re.fullmatch(r"[0-9]{6}", self.expiry)
        if not dates or not re.fullmatch(r"[A-Z0-9<]{1,22}", self.document_number):
            raise Malformed(
                "mrz_password_malformed", "A chip opens by document number, birth date and expiry, dates as YYMMDD."
            )

    def __repr__(self) -> str:
        return "MrzPassword(…)"

    @property
    def reference(self) -> int:
        return MRZ_REFERENCE

    @property
    def information(self) -> bytes:
        """The fields with their check digits, one after the other; the number filled up to nine places (9303-11, 4.3.2)."""
        number = self.document_number.ljust(9, "<")
        return "".join(text + check_digit(text) for text in (number, self.birth_date, self.expiry)).encode()

    @property
    def secret(self) -> bytes:
        """SHA-1 of the information: what PACE derives its key from, and BAC from the first sixteen octets."""
        return digest("sha1", self.information)


Password = CanPassword | MrzPassword


def mrz_password_of(mrz: Mrz) -> MrzPassword:
    """The password that this zone holds."""
    return MrzPassword(mrz.document_number, mrz.birth_date, mrz.expiry)
