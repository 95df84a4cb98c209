"""The metadata of a client as one table: what a program calls each field (RFC 7591, section 2, and the specifications that add to
it), where it is kept, and how it is read and written. Pure; whether the values go together is said by client_checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eid.accounts.levels import AuthenticationLevel
from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.oauth.client_certificates import SUBJECT_KINDS
from eid.oauth.models import ApplicationType, AuthMethod, Profile, TokenFormat

DEFAULT_LEVEL = AuthenticationLevel.LOA2
MOST_VALUES = 50
LONGEST_TEXT = 2000


@frozen
class MetadataField:
    name: str
    """As it is called on the wire."""
    column: str
    read: Callable[[Any], Any]
    """The value of the column from that of JSON; raises ValueError for what is none."""
    default: Any = None
    write: Callable[[Any], Any] = lambda value: value
    is_always_told: bool = False
    """Whether it is in the answer even where it is empty."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not value.isprintable():
        raise ValueError("a text on one line")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise ValueError("a list of texts")
    return list(dict.fromkeys(_text(one) for one in value))


def _words(value: Any) -> list[str]:
    return list(dict.fromkeys(_text(value).split()))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("an object")
    return value


def _level(value: Any) -> AuthenticationLevel:
    """The first of `default_acr_values` (OpenID Connect Registration, section 2)."""
    return AuthenticationLevel((_texts(value) or [""])[0])


FIELDS: tuple[MetadataField, ...] = (
    MetadataField("client_name", "name", _text, "", is_always_told=True),
    MetadataField("client_name#en", "foreign_name", _text),
    MetadataField("purpose", "purpose", _text, "", is_always_told=True),
    MetadataField("redirect_uris", "redirect_uris", _texts, (), list, is_always_told=True),
    MetadataField("scope", "scopes", _words, (), " ".join),
    MetadataField("backchannel_token_delivery_mode", "backchannel_token_delivery_mode", _text),
    MetadataField("backchannel_client_notification_endpoint", "backchannel_client_notification_endpoint", _text),
    MetadataField(
        "backchannel_authentication_request_signing_alg", "backchannel_authentication_request_signing_alg", _text
    ),
    MetadataField("own_scope", "own_scopes", _words, (), " ".join),
    MetadataField("token_endpoint_auth_method", "auth_method", AuthMethod, None, str),
    MetadataField("token_endpoint_auth_signing_alg", "token_endpoint_auth_signing_alg", _text),
    MetadataField("jwks", "jwks", _object),
    MetadataField("jwks_uri", "jwks_uri", _text),
    MetadataField("id_token_signed_response_alg", "id_token_signed_response_alg", _text, "ES256"),
    MetadataField("id_token_encrypted_response_alg", "id_token_encrypted_response_alg", _text),
    MetadataField("id_token_encrypted_response_enc", "id_token_encrypted_response_enc", _text),
    MetadataField("userinfo_signed_response_alg", "userinfo_signed_response_alg", _text),
    MetadataField("userinfo_encrypted_response_alg", "userinfo_encrypted_response_alg", _text),
    MetadataField("userinfo_encrypted_response_enc", "userinfo_encrypted_response_enc", _text),
    MetadataField("sector_identifier_uri", "sector_identifier_uri", _text),
    MetadataField("application_type", "application_type", ApplicationType, ApplicationType.WEB, str),
    MetadataField("post_logout_redirect_uris", "post_logout_redirect_uris", _texts, (), list),
    MetadataField("backchannel_logout_uri", "backchannel_logout_uri", _text),
    MetadataField("frontchannel_logout_uri", "frontchannel_logout_uri", _text),
    MetadataField("profile", "profile", Profile, Profile.BASIC, str),
    MetadataField("dpop_bound_access_tokens", "dpop_bound_access_tokens", _flag, False),
    MetadataField(
        "tls_client_certificate_bound_access_tokens", "tls_client_certificate_bound_access_tokens", _flag, False
    ),
    MetadataField("require_pushed_authorization_requests", "require_pushed_authorization_requests", _flag, False),
    MetadataField("require_signed_request_object", "require_signed_request_object", _flag, False),
    MetadataField("access_token_format", "access_token_format", TokenFormat, TokenFormat.OPAQUE, str),
    MetadataField("resources", "resources", _texts, (), list),
    MetadataField("backchannel_logout_session_required", "backchannel_logout_session_required", _flag, False),
    MetadataField("frontchannel_logout_session_required", "frontchannel_logout_session_required", _flag, False),
    MetadataField("contacts", "contacts", _texts, (), list),
    MetadataField("default_acr_values", "default_level", _level, DEFAULT_LEVEL, lambda level: [str(level)]),
)
"""Every field that a registration may name. A new one is a line here and a column of `clients`."""

AT_THE_TERMINAL = tuple(
    field for field in FIELDS[: [f.name for f in FIELDS].index("resources") + 1] if "#" not in field.name
)
"""What `eid clients register` prints, in that order."""

NOT_NAMED: dict[str, Any] = {
    "tls_subject_kind": None,
    "tls_subject": None,
    "required_scopes": (),
    "legal_basis": "",
    "scope_purposes": {},
    "highest_level": None,
    "consent_days": None,
    "requires_pkce": True,
    "extra_grant_types": (),
}
"""Columns of a registration that bear no name of their own in a program's metadata, and what they are where nobody says."""

DEFAULTS: dict[str, Any] = {field.column: field.default for field in FIELDS} | NOT_NAMED
USUAL_METHODS = {
    Profile.BASIC: AuthMethod.SECRET_BASIC,
    Profile.FAPI2: AuthMethod.PRIVATE_KEY_JWT,
    Profile.HAIP: AuthMethod.ATTESTATION,
}


def complete_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Every column of a registration: as given, else as usual; lists are lists of their own."""
    known = DEFAULTS | dict(columns)
    known["auth_method"] = known["auth_method"] or USUAL_METHODS[Profile(known["profile"])]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in known.items()}


def columns_of(client: object) -> dict[str, Any]:
    """Every column of a client's registration, as it is now."""
    return {name: getattr(client, name) for name in DEFAULTS}


def read_metadata(document: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that this metadata names; what is unknown is not looked at (RFC 7591, section 2), null is as if left out.

    Raises Malformed (client_metadata), naming the field.
    """
    columns: dict[str, Any] = {}
    for field in FIELDS:
        value = document.get(field.name)
        if value is not None:
            try:
                columns[field.column] = field.read(value)
            except ValueError as error:
                raise unreadable(field.name) from error
    return columns | _read_subject(document)


def write_metadata(client: object, fields: tuple[MetadataField, ...] = FIELDS) -> dict[str, Any]:
    """The metadata of a client under the names of the wire (RFC 7591, section 3.2.1); what is empty is left out."""
    found: dict[str, Any] = {}
    for field in fields:
        value = getattr(client, field.column)
        if value or field.is_always_told:
            found[field.name] = field.write(value)
        if field.name == "jwks_uri" and (kind := getattr(client, "tls_subject_kind", None)):
            found[kind] = getattr(client, "tls_subject", None)
    return found


def unreadable(name: str) -> Malformed:
    return Malformed("client_metadata", "A field of the registration cannot be read.", reason=name, fields={name: [""]})


def _read_subject(document: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 8705, section 2.1.2: one of five names of a certificate."""
    given = [(kind, document[kind]) for kind in SUBJECT_KINDS if document.get(kind) is not None]
    if len(given) > 1 or any(not isinstance(value, str) for _kind, value in given):
        raise unreadable("tls_client_auth_subject_dn")
    return {"tls_subject_kind": given[0][0], "tls_subject": given[0][1]} if given else {}
