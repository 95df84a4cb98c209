"""The code beside a holder's identity card on the screen: a signed token of a minute that any reader checks with our keys. Pure.

It names no audience, bears no status and says the least that tells who stands there: PIN, name and birth date. Whoever reads it
asks nobody; that it is shown by its holder, the portrait on the screen and the face say, not the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from eid.crypto.jwt import LEEWAY, build_jwt, check_times, verify_signature
from eid.crypto.keys import SigningKey
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen

TYP = "eid-card+jwt"
LONGEST = timedelta(seconds=60)
"""After its issue no reader takes a code any more, the leeway of clocks included."""
LIFETIME = LONGEST - LEEWAY
ROTATION = timedelta(seconds=30)
"""How often a screen shows a new one: what was just read then still has time to be checked."""


@frozen
class CardHolder:
    pin: str
    name: str
    birth_date: date


@frozen
class VerifiedCardCode:
    """A code of which everything holds that can be checked without a network."""

    holder: CardHolder
    issuer: str
    issued_at: int
    """Seconds since 1970, as is expires_at."""
    expires_at: int


def build_card_code(holder: CardHolder, *, issuer: str, now: datetime, key: SigningKey) -> str:
    """A compact token about this holder, to be shown from `now` on."""
    claims = {
        "iss": issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "pin": holder.pin,
        "name": holder.name,
        "birthdate": holder.birth_date.isoformat(),
    }
    return build_jwt(claims, key=key, typ=TYP)


def verify_card_code(
    token: str, *, keys: Iterable[Mapping[str, Any]], expected_issuer: str, now: datetime
) -> VerifiedCardCode:
    """Who is shown by a code of which all of this holds; else VerificationFailed with the step.

    1. It is a compact JWS of `typ` eid-card+jwt, signed by the key of `keys` that its `kid` names (steps typ, key, signature).
    2. It was issued by the expected issuer (step iss).
    3. It is valid now, and for a minute at the most (steps iat, exp, time).
    4. It says who is shown (step content).
    """
    # (1)
    claims = verify_signature(token, keys=keys, expected_typ=TYP).claims
    # (2)
    if claims.get("iss") != expected_issuer:
        raise VerificationFailed("iss", "token_issuer", "The token was issued by somebody else.")
    # (3)
    check_times(claims, now)
    if claims["exp"] - claims["iat"] > LONGEST.total_seconds():
        raise VerificationFailed("time", "token_lifetime", "The token claims to be valid for too long.")
    # (4)
    return VerifiedCardCode(_parse_holder(claims), claims["iss"], claims["iat"], claims["exp"])


def _parse_holder(claims: Mapping[str, Any]) -> CardHolder:
    pin, name, born = (claims.get(claim) for claim in ("pin", "name", "birthdate"))
    if not isinstance(pin, str) or not isinstance(name, str) or not isinstance(born, str):
        raise _incomplete()
    try:
        return CardHolder(pin, name, date.fromisoformat(born))
    except ValueError as error:
        raise _incomplete() from error


def _incomplete() -> VerificationFailed:
    return VerificationFailed("content", "token_content", "The token does not say who is shown.")
