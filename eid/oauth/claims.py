"""Scopes and the claims behind them (OpenID Connect Core, section 5; the papers' scopes come from outside). Pure.

One table answers every question about a scope: what the citizen reads, which claims it gives, where they come from.
`eid.app` adds one scope a paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from eid.oauth.opaque import encode_base64url


@dataclass(frozen=True)
class PersonFacts:
    """All that the standard scopes can tell of a person."""

    subject: str
    technical_id: str
    pin: str
    surname: str
    middle_name: str
    given_name: str
    birth_date: date
    sex: str
    """"M" or "F"."""
    address: str
    region: str
    account_level: int
    phone: str | None = None
    email: str | None = None

    @property
    def full_name(self) -> str:
        """Family, middle, given: the order of every Vietnamese document."""
        return " ".join(part for part in (self.surname, self.middle_name, self.given_name) if part)


FindClaims = Callable[[int], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Scope:
    """What a service can ask for as one, and a citizen grant as one."""

    name: str
    title: str
    """In plain words, a message of the translations: what is shared."""
    attributes: tuple[str, ...] = ()
    """In plain words, each a message: what exactly."""
    claims: tuple[str, ...] = ()
    """The claims that userinfo then bears."""
    read_facts: Callable[[PersonFacts], Mapping[str, Any]] | None = None
    find_claims: FindClaims | None = None
    """For what is not in PersonFacts: from a person's id to the value of the one claim that bears the scope's name."""


def _profile(facts: PersonFacts) -> Mapping[str, Any]:
    return {
        "name": facts.full_name,
        "family_name": facts.surname,
        "middle_name": facts.middle_name or None,
        "given_name": facts.given_name,
        "birthdate": facts.birth_date.isoformat(),
        "gender": _gender(facts),
    }


def _address(facts: PersonFacts) -> Mapping[str, Any]:
    return {"address": {"formatted": facts.address, "region": facts.region, "country": "VN"}}


def _phone(facts: PersonFacts) -> Mapping[str, Any]:
    return {"phone_number": facts.phone, "phone_number_verified": True if facts.phone else None}


def _email(facts: PersonFacts) -> Mapping[str, Any]:
    return {"email": facts.email, "email_verified": False if facts.email else None}


def _identity(facts: PersonFacts) -> Mapping[str, Any]:
    return {
        "pin": facts.pin,
        "name": facts.full_name,
        "birthdate": facts.birth_date.isoformat(),
        "gender": _gender(facts),
        "account_level": facts.account_level,
    }


def _vneid(facts: PersonFacts) -> Mapping[str, Any]:
    """The names that services ported from the national portal read."""
    return {
        "TechID": facts.technical_id,
        "LoaiTaiKhoan": "1",
        "HoVaTen": facts.full_name,
        "SoDinhDanh": facts.pin,
        "NgayThangNamSinh": f"{facts.birth_date:%Y%m%d}",
        "citizenPid": facts.pin,
        "fullName": facts.full_name,
        "birthDate": f"{facts.birth_date:%Y%m%d}",
        "accountType": "1",
        "accountLevel": str(facts.account_level),
    }


def _gender(facts: PersonFacts) -> str:
    return {"M": "male", "F": "female"}[facts.sex]


OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
STANDARD_SCOPES = (
    Scope(
        OPENID,
        "That it is you",
        ("An identifier that only this service knows", "When and how securely you signed in"),
        ("sub",),
    ),
    Scope(
        "profile",
        "Your name, date of birth and sex",
        ("Full name", "Date of birth", "Sex"),
        ("name", "family_name", "middle_name", "given_name", "birthdate", "gender"),
        _profile,
    ),
    Scope(
        "identity",
        "Your identity as the register has it",
        ("Personal identification number", "Full name", "Date of birth", "Sex", "Level of your account"),
        ("pin", "name", "birthdate", "gender", "account_level"),
        _identity,
    ),
    Scope("address", "Your registered address", ("Place of residence",), ("address",), _address),
    Scope("phone", "Your phone number", ("Phone number",), ("phone_number", "phone_number_verified"), _phone),
    Scope("email", "Your e-mail address", ("E-mail address",), ("email", "email_verified"), _email),
    Scope(
        "vneid",
        "Your identity in the national portal's form",
        ("Personal identification number", "Full name", "Date of birth", "Type and level of your account"),
        (
            "TechID",
            "LoaiTaiKhoan",
            "HoVaTen",
            "SoDinhDanh",
            "NgayThangNamSinh",
            "citizenPid",
            "fullName",
            "birthDate",
            "accountType",
            "accountLevel",
        ),
        _vneid,
    ),
    Scope(
        OFFLINE_ACCESS,
        "To read this again while you are away",
        ("For thirty days, or until you withdraw it",),
    ),
)

_scopes: dict[str, Scope] = {scope.name: scope for scope in STANDARD_SCOPES}


def register_scopes(papers: Iterable[Scope]) -> None:
    """From now on there are the standard scopes and these, and no others, in this process."""
    _scopes.clear()
    _scopes.update({scope.name: scope for scope in (*STANDARD_SCOPES, *papers)})


def known_scopes() -> tuple[Scope, ...]:
    """Every scope that there is, in the order in which people read them."""
    return tuple(_scopes.values())


def select_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of these names, in the order of the table; names that are none are left out."""
    wanted = set(names)
    return tuple(scope for scope in _scopes.values() if scope.name in wanted)


def build_claims(facts: PersonFacts, scopes: Sequence[Scope]) -> dict[str, Any]:
    """`sub` and the claims of these scopes that the facts have a value for; nothing of any other scope."""
    claims: dict[str, Any] = {"sub": facts.subject}
    for scope in scopes:
        if scope.read_facts is not None:
            claims |= {name: value for name, value in scope.read_facts(facts).items() if value is not None}
    return claims


def build_id_token_claims(
    *,
    issuer: str,
    subject: str,
    client_id: str,
    session_identifier: str,
    access_token: str,
    nonce: str | None,
    acr: str,
    amr: Sequence[str],
    authenticated_at: datetime,
    issued_at: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    """The claims of an ID token (OpenID Connect Core, sections 2 and 3.1.3.6); attributes are left to userinfo."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": subject,
        "aud": client_id,
        "exp": int(expires_at.timestamp()),
        "iat": int(issued_at.timestamp()),
        "auth_time": int(authenticated_at.timestamp()),
        "acr": acr,
        "amr": list(amr),
        "at_hash": encode_base64url(hashlib.sha256(access_token.encode()).digest()[:16]),
        "sid": session_identifier,
    }
    return claims if nonce is None else {**claims, "nonce": nonce}
