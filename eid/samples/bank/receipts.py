"""The receipt for the customer's consent: verified, and kept with the account, so that the bank can show what it works under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eid.samples.signatures import Keys, NotVerified, check_expected, verify_signature


@dataclass(frozen=True)
class Receipt:
    raw: str
    purpose: str
    agreed: tuple[str, ...]
    """Each attribute in the service's words."""
    withheld: tuple[str, ...]
    given_at: str
    valid_until: str
    withdrawal: str
    """Where the customer withdraws it."""


def verify_receipt(receipt: str, *, issuer: str, client_id: str, subject: str, keys: Keys) -> Receipt:
    """What was agreed to. Raises NotVerified.

    1. It is a receipt, signed by the service: `typ`, `kid`, signature, `iss`.
    2. It is about this customer, and the consent was given to us: `sub`, `pii_controllers`.
    3. It is given, and not withdrawn.
    """
    # (1)
    _header, claims = verify_signature(receipt, typ="eid-consent-receipt+jwt", keys=keys)
    # (2)
    check_expected(claims, iss=issuer, sub=subject)
    if claims["pii_controllers"][0]["identifier"] != client_id:
        raise NotVerified("controller", "a consent to somebody else")
    # (3)
    check_expected(claims["event"], state="given")
    [purpose] = claims["purposes"]
    return Receipt(
        raw=receipt,
        purpose=purpose["purpose"],
        agreed=_attributes(purpose["pii"]),
        withheld=_attributes(purpose["withheld"]),
        given_at=claims["event"]["given_at"],
        valid_until=claims["event"]["valid_until"],
        withdrawal=claims["withdrawal"],
    )


def _attributes(listed: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(one["attribute"]) for one in listed)
