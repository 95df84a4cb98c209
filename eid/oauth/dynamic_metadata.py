"""What a client that registers itself may be, how that is refused, and how it is told (RFC 7591, section 3.2).

Such a client is for tests: nobody has reviewed what it asks for, so it learns that somebody signed in and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from eid.accounts.levels import AuthenticationLevel
from eid.clock import wall_now
from eid.config import current_settings
from eid.crypto.keys import RS256
from eid.errors import Malformed, OAuthError, Refused, Unavailable
from eid.oauth.claims import OFFLINE_ACCESS, OPENID
from eid.oauth.client_fields import FIELDS, complete_columns, read_metadata, unreadable, write_metadata
from eid.oauth.metadata import REGISTRATION
from eid.oauth.models import AuthMethod, Client, Profile
from eid.oauth.software_statements import find_statement_issuers, verify_software_statement

TEST_SCOPES = (OPENID, OFFLINE_ACCESS)
"""All that a client may ask for of which nobody has said why it should know more."""
TEST_LEVEL = AuthenticationLevel.LOA2
RESPONSE_TYPES = frozenset({"code"})
GRANT_TYPES = ("authorization_code", "refresh_token")
USUAL_NAME = "Test client"
_WHERE_NOTHING_IS_SAID = {"id_token_signed_response_alg": RS256}
"""OpenID Connect Registration, section 2; with fapi2 that algorithm is refused."""
_NOT_FOR_TESTS = frozenset({"own_scope"})


def with_statement(document: Mapping[str, Any]) -> Mapping[str, Any]:
    if "software_statement" not in document:
        return document
    statement = verify_software_statement(
        document["software_statement"],
        issuers=find_statement_issuers(),
        expected_audience=current_settings().public_url,
        now=wall_now(),
    )
    return {**document, **statement.metadata}


def read_test_client(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Every column of the test client that this metadata asks for; what is beyond tests is left out, and the answer says so."""
    with told_as_registration_error():
        for name, allowed in (("response_types", RESPONSE_TYPES), ("grant_types", frozenset(GRANT_TYPES))):
            given = metadata.get(name, [])
            if (
                not isinstance(given, list)
                or not all(isinstance(one, str) for one in given)
                or not allowed.issuperset(given)
            ):
                raise unreadable(name)
        columns = read_metadata({name: value for name, value in metadata.items() if name not in _NOT_FOR_TESTS})
    asked = columns.get("scopes", ())
    columns["scopes"] = [scope for scope in TEST_SCOPES if scope == OPENID or scope in asked]
    columns["name"] = columns.get("name") or USUAL_NAME
    if columns.get("profile") != Profile.FAPI2:
        columns = _WHERE_NOTHING_IS_SAID | columns
    is_public = columns.get("auth_method") == AuthMethod.NONE or columns.get("profile") == Profile.FAPI2
    limits = {"required_scopes": [OPENID], "highest_level": TEST_LEVEL, "requires_pkce": is_public}
    return complete_columns(columns | limits)


@contextmanager
def told_as_registration_error() -> Iterator[None]:
    """RFC 7591, section 3.2.2."""
    try:
        yield
    except Malformed as malformed:
        is_redirect = malformed.code == "redirect_uri_not_allowed"
        error = "invalid_redirect_uri" if is_redirect else "invalid_client_metadata"
        named = f" ({', '.join(malformed.fields)})" if malformed.fields else ""
        raise OAuthError(error, malformed.detail + named, reason=f"{malformed.code} {malformed.reason}") from malformed
    except (Refused, Unavailable) as refusal:
        raise OAuthError("invalid_client_metadata", refusal.detail, reason=refusal.code) from refusal


def refuse_registration_token() -> OAuthError:
    """RFC 6750, section 3.1."""
    return OAuthError(
        "invalid_token",
        "Registering needs an initial access token or a software statement; managing a client needs its registration token.",
        status=401,
        challenge='Bearer realm="eid", error="invalid_token"',
    )


def describe_dynamic_client(client: Client, *, secret: str | None = None, token: str) -> dict[str, Any]:
    """RFC 7591, section 3.2.1, and RFC 7592, section 3."""
    shown = {"client_secret": secret, "client_secret_expires_at": 0} if secret else {}
    refresh = OFFLINE_ACCESS in client.scopes
    return {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.registered_at.timestamp()),
        **shown,
        "registration_access_token": token,
        "registration_client_uri": f"{current_settings().public_url}{REGISTRATION}/{client.client_id}",
        **write_metadata(client, FIELDS),
        "grant_types": list(GRANT_TYPES if refresh else GRANT_TYPES[:1]),
        "response_types": sorted(RESPONSE_TYPES),
        "subject_type": "pairwise",
        "test_client": client.is_test,
        "waits_for_approval": client.suspended_at is not None,
    }
