"""Scopes and the claims behind them (OpenID Connect Core, section 5; the papers' scopes come from outside). Pure.

One table answers every question about a scope: what the citizen reads, which claims it gives, where they come from.
`eid.app` adds one scope a paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.opaque import encode_base64url


@frozen
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
    street: str = ""
    commune: str = ""
    phone: str | None = None
    email: str | None = None

    @property
    def full_name(self) -> str:
        """Family, middle, given: the order of every Vietnamese document."""
        return " ".join(part for part in (self.surname, self.middle_name, self.given_name) if part)


FindClaims = Callable[[int], Mapping[str, Any] | None]


@frozen
class Attribute:
    """One thing that a citizen shares or withholds."""

    title: str
    """In plain words, a message of the translations."""
    claims: tuple[str, ...] = ()
    """What tells it: names of claims; of a paper, `paper.attribute`. Empty for what cannot be withheld by itself."""
    is_only_by_name: bool = False
    """Of a paper: not told with the whole of it, but where it is asked for by its name and granted."""


@frozen
class Scope:
    """What a service can ask for as one, and a citizen grant as one."""

    name: str
    title: str
    """In plain words, a message of the translations: what is shared."""
    attributes: tuple[Attribute, ...] = ()
    """What exactly."""
    claims: tuple[str, ...] = ()
    """The claims that userinfo then bears."""
    read_facts: Callable[[PersonFacts], Mapping[str, Any]] | None = None
    find_claims: FindClaims | None = None
    """For what is not in PersonFacts: from a person's id to the value of the one claim that bears the scope's name."""
    credentials: tuple[str, ...] = ()
    """What a wallet may have with it: credential_configuration_ids (OpenID4VCI 1.0, section 5.1.2)."""

    @property
    def items(self) -> tuple[str, ...]:
        """What is granted with it, by name: its claims, or itself where it has none."""
        return self.claims or (self.name,)

    @cached_property
    def all_items(self) -> tuple[str, ...]:
        """What can be granted of it, whole or in parts."""
        parts = (claim for attribute in self.attributes for claim in attribute.claims)
        return tuple(dict.fromkeys((*self.items, *parts)))

    @property
    def is_paper(self) -> bool:
        return self.find_claims is not None

    @property
    def only_by_name(self) -> frozenset[str]:
        """The items, as `paper.attribute`, that the whole does not include."""
        return frozenset(claim for one in self.attributes if one.is_only_by_name for claim in one.claims)


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
    """OpenID Connect Core, section 5.1.1."""
    parts = {"street_address": facts.street, "locality": facts.commune, "region": facts.region}
    return {"address": {"formatted": facts.address, **{k: v for k, v in parts.items() if v}, "country": "VN"}}


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
_ONLY_HERE = "An identifier that only this service knows"
_NAME, _BORN, _SEX = "Full name", "Date of birth", "Sex"
_PIN, _LEVEL = "Personal identification number", "Type and level of your account"


def _scope(
    name: str,
    title: str,
    *attributes: Attribute,
    read_facts: Callable[[PersonFacts], Mapping[str, Any]] | None = None,
) -> Scope:
    """A scope whose claims are those of its attributes."""
    claims = tuple(claim for attribute in attributes for claim in attribute.claims)
    return Scope(name, title, attributes, claims, read_facts)


STANDARD_SCOPES = (
    _scope(
        OPENID,
        "That it is you",
        Attribute(_ONLY_HERE, ("sub",)),
        Attribute("When and how securely you signed in"),
    ),
    _scope(
        "profile",
        "Your name, date of birth and sex",
        Attribute(_NAME, ("name", "family_name", "middle_name", "given_name")),
        Attribute(_BORN, ("birthdate",)),
        Attribute(_SEX, ("gender",)),
        read_facts=_profile,
    ),
    _scope(
        "identity",
        "Your identity as the register has it",
        Attribute(_PIN, ("pin",)),
        Attribute(_NAME, ("name",)),
        Attribute(_BORN, ("birthdate",)),
        Attribute(_SEX, ("gender",)),
        Attribute("Level of your account", ("account_level",)),
        read_facts=_identity,
    ),
    _scope("address", "Your registered address", Attribute("Place of residence", ("address",)), read_facts=_address),
    _scope(
        "phone",
        "Your phone number",
        Attribute("Phone number", ("phone_number", "phone_number_verified")),
        read_facts=_phone,
    ),
    _scope(
        "email",
        "Your e-mail address",
        Attribute("E-mail address", ("email", "email_verified")),
        read_facts=_email,
    ),
    _scope(
        "vneid",
        "Your identity in the national portal's form",
        Attribute(_ONLY_HERE, ("TechID",)),
        Attribute(_LEVEL, ("LoaiTaiKhoan", "accountType", "accountLevel")),
        Attribute(_NAME, ("HoVaTen", "fullName")),
        Attribute(_PIN, ("SoDinhDanh", "citizenPid")),
        Attribute(_BORN, ("NgayThangNamSinh", "birthDate")),
        read_facts=_vneid,
    ),
    Scope(
        OFFLINE_ACCESS,
        "To read this again while you are away",
        (Attribute("For thirty days, or until you withdraw it"),),
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


def select_names(names: Iterable[str]) -> tuple[str, ...]:
    """Those of these names that are scopes, in the order of the table."""
    wanted = set(names)
    return tuple([name for name in _scopes if name in wanted])


def select_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes of these names, in the order of the table; names that are none are left out."""
    wanted = set(names)
    return tuple([scope for name, scope in _scopes.items() if name in wanted])


def find_credential_scope(configuration: object) -> Scope | None:
    """The scope that stands for this credential_configuration_id, where there is one."""
    return next((scope for scope in _scopes.values() if configuration in scope.credentials), None)


def is_only_by_name(item: str) -> bool:
    """Whether this is an attribute of a paper, as `paper.attribute`, that the whole of it does not include."""
    scope = _scopes.get(item.partition(".")[0])
    return scope is not None and item in scope.only_by_name


def build_values(facts: PersonFacts) -> dict[str, Any]:
    """Every claim of the standard scopes that the facts have a value for."""
    found: dict[str, Any] = {}
    for scope in STANDARD_SCOPES:
        if scope.read_facts is not None:
            found |= {name: value for name, value in scope.read_facts(facts).items() if value is not None}
    return found


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
    alg: str = "ES256",
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
        "at_hash": _hash_half(access_token, alg),
        "sid": session_identifier,
    }
    return claims if nonce is None else {**claims, "nonce": nonce}


def _hash_half(access_token: str, alg: str) -> str:
    """`at_hash` (OpenID Connect Core, section 3.1.3.6): by the hash of the ID token's algorithm, which for Ed25519 is SHA-512."""
    digest = hashlib.new("sha512" if alg == "Ed25519" else "sha256", access_token.encode()).digest()
    return encode_base64url(digest[: len(digest) // 2])
