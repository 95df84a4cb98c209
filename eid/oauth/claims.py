"""Scopes and the claims behind them (OpenID Connect Core, section 5; the papers' scopes come from outside). Pure.

One table answers every question about a scope: what the citizen reads, which claims it gives; another says what each claim is.
`eid.app` adds one scope a paper, which says itself where its claim comes from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from eid.late_dataclasses import frozen
from eid.oauth.opaque import encode_base64url


class PersonFacts(NamedTuple):
    """All that the standard scopes can tell of a person; None is what was not looked up, and so is not told."""

    pin: str
    surname: str
    middle_name: str
    given_name: str
    birth_date: date
    sex: str
    """"M" or "F"."""
    account_level: int
    street: str
    commune: str
    phone: str | None
    email: str | None
    technical_id: str | None
    address: str | None
    region: str | None

    @property
    def full_name(self) -> str:
        """Family, middle, given: the order of every Vietnamese document."""
        return " ".join(filter(None, (self.surname, self.middle_name, self.given_name)))


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


def _address(facts: PersonFacts) -> Mapping[str, Any] | None:
    """OpenID Connect Core, section 5.1.1."""
    if facts.address is None:
        return None
    parts = {"street_address": facts.street, "locality": facts.commune, "region": facts.region}
    return {"formatted": facts.address, **{k: v for k, v in parts.items() if v}, "country": "VN"}


_GENDERS = {"M": "male", "F": "female"}

_VALUES: dict[str, Callable[[PersonFacts], Any]] = {
    "name": lambda facts: facts.full_name,
    "family_name": lambda facts: facts.surname,
    "middle_name": lambda facts: facts.middle_name or None,
    "given_name": lambda facts: facts.given_name,
    "birthdate": lambda facts: facts.birth_date.isoformat(),
    "gender": lambda facts: _GENDERS[facts.sex],
    "pin": lambda facts: facts.pin,
    "account_level": lambda facts: facts.account_level,
    "address": _address,
    "phone_number": lambda facts: facts.phone,
    "phone_number_verified": lambda facts: True if facts.phone else None,
    "email": lambda facts: facts.email,
    "email_verified": lambda facts: False if facts.email else None,
    # the names that services ported from the national portal read
    "TechID": lambda facts: facts.technical_id,
    "LoaiTaiKhoan": lambda facts: "1",
    "HoVaTen": lambda facts: facts.full_name,
    "SoDinhDanh": lambda facts: facts.pin,
    "NgayThangNamSinh": lambda facts: f"{facts.birth_date:%Y%m%d}",
    "citizenPid": lambda facts: facts.pin,
    "fullName": lambda facts: facts.full_name,
    "birthDate": lambda facts: f"{facts.birth_date:%Y%m%d}",
    "accountType": lambda facts: "1",
    "accountLevel": lambda facts: str(facts.account_level),
}
"""What each claim of the standard scopes says; None where there is nothing to say."""


OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
_ONLY_HERE = "An identifier that only this service knows"
_NAME, _BORN, _SEX = "Full name", "Date of birth", "Sex"
_PIN, _LEVEL = "Personal identification number", "Type and level of your account"


def _scope(name: str, title: str, *attributes: Attribute) -> Scope:
    """A scope whose claims are those of its attributes."""
    claims = tuple(claim for attribute in attributes for claim in attribute.claims)
    return Scope(name, title, attributes, claims)


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
    ),
    _scope(
        "identity",
        "Your identity as the register has it",
        Attribute(_PIN, ("pin",)),
        Attribute(_NAME, ("name",)),
        Attribute(_BORN, ("birthdate",)),
        Attribute(_SEX, ("gender",)),
        Attribute("Level of your account", ("account_level",)),
    ),
    _scope("address", "Your registered address", Attribute("Place of residence", ("address",))),
    _scope(
        "phone",
        "Your phone number",
        Attribute("Phone number", ("phone_number", "phone_number_verified")),
    ),
    _scope(
        "email",
        "Your e-mail address",
        Attribute("E-mail address", ("email", "email_verified")),
    ),
    _scope(
        "vneid",
        "Your identity in the national portal's form",
        Attribute(_ONLY_HERE, ("TechID",)),
        Attribute(_LEVEL, ("LoaiTaiKhoan", "accountType", "accountLevel")),
        Attribute(_NAME, ("HoVaTen", "fullName")),
        Attribute(_PIN, ("SoDinhDanh", "citizenPid")),
        Attribute(_BORN, ("NgayThangNamSinh", "birthDate")),
    ),
    Scope(
        OFFLINE_ACCESS,
        "To read this again while you are away",
        (Attribute("For thirty days, or until you withdraw it"),),
    ),
)

_scopes: dict[str, Scope] = {scope.name: scope for scope in STANDARD_SCOPES}
_papers: set[str] = set()


def register_scopes(papers: Iterable[Scope]) -> None:
    """From now on there are the standard scopes and these, and no others, in this process."""
    _scopes.clear()
    _scopes.update({scope.name: scope for scope in (*STANDARD_SCOPES, *papers)})
    _papers.clear()
    _papers.update(scope.name for scope in _scopes.values() if scope.is_paper)


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


def select_papers(names: Iterable[str]) -> list[str]:
    """Those of these names that are papers', in the order given."""
    return [name for name in names if name in _papers]


def find_credential_scope(configuration: object) -> Scope | None:
    """The scope that stands for this credential_configuration_id, where there is one."""
    return next((scope for scope in _scopes.values() if configuration in scope.credentials), None)


def is_only_by_name(item: str) -> bool:
    """Whether this is an attribute of a paper, as `paper.attribute`, that the whole of it does not include."""
    scope = _scopes.get(item.partition(".")[0])
    return scope is not None and item in scope.only_by_name


def build_values(facts: PersonFacts, names: Iterable[str]) -> dict[str, Any]:
    """Those of these claims that a standard scope has and the facts have a value for."""
    values = {name: _VALUES[name](facts) for name in names if name in _VALUES}
    return {name: value for name, value in values.items() if value is not None}


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
    digest = (hashlib.sha512 if alg == "Ed25519" else hashlib.sha256)(access_token.encode()).digest()
    return encode_base64url(digest[: len(digest) // 2])
