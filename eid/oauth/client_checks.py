"""Whether the values of a registration go together, and are such that a client may have them. Pure; addresses are not called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from eid.errors import Malformed
from eid.oauth.claims import OPENID, known_scopes
from eid.oauth.client_choices import ClientChoices, check_client_choices
from eid.oauth.client_metadata import (
    ALWAYS_SUPPORTED,
    ClientKeys,
    ResponseAlgorithms,
    check_client_keys,
    check_response_algorithms,
)
from eid.oauth.grant_types import ExtraGrants, check_extra_grants, needs_redirect_uri
from eid.oauth.logout.addresses import LogoutAddresses, check_logout_addresses
from eid.oauth.models import STRICT_PROFILES, ApplicationType, AuthMethod, Profile
from eid.oauth.redirects import check_redirect_uri_registrable
from eid.oauth.signals.scopes import SIGNAL_SCOPES

LONGEST_NAME, LONGEST_PURPOSE, LONGEST_CONTACT, MOST_CONTACTS = 120, 300, 254, 10

Columns = Mapping[str, Any]
Part = TypeVar("Part")


def pick(kind: Callable[..., Part], columns: Columns) -> Part:
    """The fields of this dataclass out of the columns of the same names."""
    chosen = {field.name: columns[field.name] for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in chosen.items()})


def check_registration(columns: Columns, *, supported: Collection[AuthMethod] = ALWAYS_SUPPORTED) -> None:
    """Raise Malformed unless a client can be like this; every check of the table holds. `columns` are complete."""
    for check in REGISTRATION_CHECKS:
        check(columns)
    check_client_keys(
        pick(ClientKeys, columns),
        profile=Profile(columns["profile"]),
        auth_method=AuthMethod(columns["auth_method"]),
        supported=supported,
    )


def check_name(columns: Columns) -> None:
    for name in (columns["name"], columns["foreign_name"] or columns["name"]):
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise Malformed("client_name", "A service needs a name of at most 120 characters.")


def check_purpose(columns: Columns) -> None:
    for text in (columns["purpose"], columns["legal_basis"], *columns["scope_purposes"].values()):
        if len(text) > LONGEST_PURPOSE or not (text == "" or text.isprintable()):
            raise Malformed("client_purpose", "A purpose has at most 300 characters, on one line.")


def check_redirect_uris(columns: Columns) -> None:
    if not columns["redirect_uris"] and needs_redirect_uri(pick(ExtraGrants, columns)):
        raise Malformed("redirect_uri_not_allowed", "A service needs at least one redirect address.")
    for uri in columns["redirect_uris"]:
        check_redirect_uri_registrable(uri, native=_is_native(columns))


def check_scopes(columns: Columns) -> None:
    unknown = sorted(set(columns["scopes"]) - {scope.name for scope in known_scopes()})
    if unknown:
        raise Malformed("scope_unknown", "At least one of these scopes does not exist.", reason=unknown[0])
    if not {OPENID, *columns["required_scopes"]} <= set(columns["scopes"]):
        raise Malformed("scope_required", "What a service requires must be among what it may ask for.")


def check_own_scopes(columns: Columns) -> None:
    papers = {scope.name for scope in known_scopes() if scope.find_claims is not None or scope.credentials}
    if not set(columns["own_scopes"]) <= papers | set(SIGNAL_SCOPES):
        raise Malformed("scope_own", "In its own name a service can ask for papers and security events only.")
    if columns["own_scopes"] and columns["auth_method"] == AuthMethod.NONE:
        raise Malformed("client_public", "A service that keeps no secret can ask for nothing in its own name.")


def check_logout(columns: Columns) -> None:
    addresses = pick(LogoutAddresses, columns)
    check_logout_addresses(addresses, redirect_uris=columns["redirect_uris"], native=_is_native(columns))


def check_choices(columns: Columns) -> None:
    check_client_choices(pick(ClientChoices, columns), has_keys=_has_keys(columns))


def check_grants(columns: Columns) -> None:
    profile, auth_method = Profile(columns["profile"]), AuthMethod(columns["auth_method"])
    check_extra_grants(
        pick(ExtraGrants, columns), profile=profile, auth_method=auth_method, has_keys=_has_keys(columns)
    )


def check_algorithms(columns: Columns) -> None:
    keys = pick(ClientKeys, columns)
    check_response_algorithms(pick(ResponseAlgorithms, columns), keys, profile=Profile(columns["profile"]))


def check_pkce(columns: Columns) -> None:
    is_public, is_strict = columns["auth_method"] == AuthMethod.NONE, columns["profile"] in STRICT_PROFILES
    if not columns["requires_pkce"] and (is_public or is_strict):
        raise Malformed("client_pkce", "A service that keeps no secret needs PKCE.")


def check_consent_days(columns: Columns) -> None:
    days = columns["consent_days"]
    if days is not None and not 1 <= days <= 365:
        raise Malformed("consent_days", "A consent lasts from 1 to 365 days.")


def check_levels(columns: Columns) -> None:
    ceiling = columns["highest_level"]
    if ceiling is not None and columns["default_level"] > ceiling:
        raise Malformed("client_level", "A service cannot begin at a level above its highest one.")


def check_contacts(columns: Columns) -> None:
    contacts: Sequence[str] = columns["contacts"]
    if len(contacts) > MOST_CONTACTS or any("@" not in one or len(one) > LONGEST_CONTACT for one in contacts):
        raise Malformed("client_contacts", "Contacts are at most ten e-mail addresses.")


REGISTRATION_CHECKS: tuple[Callable[[Columns], None], ...] = (
    check_name,
    check_purpose,
    check_redirect_uris,
    check_scopes,
    check_own_scopes,
    check_logout,
    check_choices,
    check_grants,
    check_algorithms,
    check_pkce,
    check_consent_days,
    check_levels,
    check_contacts,
)
"""All that a registration is checked for without asking anybody, but for its keys, which come last."""


def _has_keys(columns: Columns) -> bool:
    return columns["jwks"] is not None or columns["jwks_uri"] is not None


def _is_native(columns: Columns) -> bool:
    return bool(columns["application_type"] == ApplicationType.NATIVE)
