"""The form with which somebody registers a service: what they wrote, kept as it is, and what it means. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from eid.accounts.levels import AuthenticationLevel
from eid.errors import Malformed
from eid.oauth.claims import OPENID
from eid.oauth.client_certificates import SUBJECT_KINDS
from eid.oauth.client_fields import complete_columns
from eid.oauth.grant_types import CIBA, EXTRA_GRANT_TYPES, POLL
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile

TEXTS = (
    "name",
    "foreign_name",
    "purpose",
    "legal_basis",
    "default_level",
    "highest_level",
    "profile",
    "auth_method",
    "application_type",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "jwks",
    "jwks_uri",
    "sector_identifier_uri",
    "contacts",
    "tls_subject_kind",
    "tls_subject",
    "resources",
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
)
"""Fields of one value; those of several have one on each line."""
LISTS = ("scopes", "required_scopes")
GRANTS = "extra_grant_types"
FORM_COLUMNS = (
    *TEXTS,
    *LISTS,
    GRANTS,
    "scope_purposes",
    "backchannel_logout_session_required",
    "frontchannel_logout_session_required",
)
"""The columns that the form decides; the others stay as they are."""
PURPOSE = "purpose_of_"
"""Before a scope's name: what it is asked for."""
LONGEST_VALUE = 8000

Form = dict[str, Any]


def keep_form(given: Mapping[str, Sequence[str]], *, scopes: Sequence[str]) -> Form:
    """What was written, however wrong it is, as far as the form has such fields and they are not endless."""
    form: Form = {name: (list(given.get(name, ())) or [""])[0].strip()[:LONGEST_VALUE] for name in TEXTS}
    form |= {name: [one for one in given.get(name, ()) if one in scopes] for name in LISTS}
    form[GRANTS] = [one for one in given.get(GRANTS, ()) if one in EXTRA_GRANT_TYPES]
    purposes = {scope: (list(given.get(PURPOSE + scope, ())) or [""])[0].strip()[:LONGEST_VALUE] for scope in scopes}
    return form | {"scope_purposes": {scope: text for scope, text in purposes.items() if text}}


def read_form(form: Form, *, now: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every column of the client that this form asks for; `now` are those of the client that it would change.

    What is asked for has a purpose each and rests on something; the rest is for client_checks. Raises Malformed: client_choice,
    client_legal_basis, client_purpose_missing, jwks_malformed.
    """
    scopes = [OPENID, *(scope for scope in form["scopes"] if scope != OPENID)]
    purposes = {scope: form["scope_purposes"].get(scope, "") for scope in scopes if scope != OPENID}
    if not form["purpose"] or not all(purposes.values()):
        raise Malformed(
            "client_purpose_missing", "Say what the service is for, and why it needs each thing it asks for."
        )
    if not form["legal_basis"]:
        raise Malformed("client_legal_basis", "Say on which legal basis the service asks.")
    return complete_columns(
        {
            **(now or {}),
            "name": form["name"],
            "foreign_name": form["foreign_name"] or None,
            "purpose": form["purpose"],
            "legal_basis": form["legal_basis"],
            "scopes": scopes,
            "required_scopes": [OPENID, *(one for one in form["required_scopes"] if one in purposes)],
            "scope_purposes": purposes,
            "profile": _choose(Profile, form["profile"]),
            "application_type": _choose(ApplicationType, form["application_type"]),
            "auth_method": _choose(AuthMethod, form["auth_method"]),
            "default_level": _choose(AuthenticationLevel, form["default_level"]),
            "highest_level": _choose(AuthenticationLevel, form["highest_level"] or form["default_level"]),
            "redirect_uris": split_lines(form["redirect_uris"]),
            "post_logout_redirect_uris": split_lines(form["post_logout_redirect_uris"]),
            "backchannel_logout_uri": form["backchannel_logout_uri"] or None,
            "backchannel_logout_session_required": bool(form["backchannel_logout_uri"]),
            "frontchannel_logout_uri": form["frontchannel_logout_uri"] or None,
            "frontchannel_logout_session_required": bool(form["frontchannel_logout_uri"]),
            "jwks": _read_jwks(form["jwks"]),
            "jwks_uri": form["jwks_uri"] or None,
            "sector_identifier_uri": form["sector_identifier_uri"] or None,
            "contacts": split_lines(form["contacts"]),
            **_read_subject(form),
            **_read_grants(form),
        }
    )


def write_form(client: Client) -> Form:
    """The form as its owner would have filled it in for the client as it is now."""
    form: Form = {}
    for name in TEXTS:
        value = getattr(client, name)
        if name == "jwks":
            form[name] = "" if value is None else json.dumps(value, indent=1)
        else:
            form[name] = "\n".join(value) if isinstance(value, list) else str(value or "")
    form |= {name: [one for one in getattr(client, name) if one != OPENID] for name in LISTS}
    form[GRANTS] = list(client.extra_grant_types)
    return form | {"scope_purposes": dict(client.scope_purposes)}


def fill_form(form: Form, client: Client | None) -> Form:
    """The form with a value for every field: as written, else as the client is now, where it would change one."""
    return EMPTY_FORM | (write_form(client) if client is not None else {}) | form


EMPTY_FORM: Form = dict.fromkeys(TEXTS, "") | {
    "scopes": [],
    "required_scopes": [],
    GRANTS: [],
    "scope_purposes": {},
    "profile": str(Profile.BASIC),
    "application_type": str(ApplicationType.WEB),
    "auth_method": str(AuthMethod.SECRET_BASIC),
    "default_level": str(AuthenticationLevel.LOA2),
    "highest_level": str(AuthenticationLevel.LOA2),
}


def split_lines(text: str) -> list[str]:
    """Each line once, without what is around it."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _read_subject(form: Form) -> dict[str, Any]:
    """RFC 8705, section 2.1.2. Nothing for a form of before there was this field: then it stays as it is."""
    if "tls_subject" not in form:
        return {}
    subject = form["tls_subject"] or None
    return {"tls_subject": subject, "tls_subject_kind": subject and (form["tls_subject_kind"] or SUBJECT_KINDS[0])}


def _read_grants(form: Form) -> dict[str, Any]:
    """What it may ask the token endpoint for beyond codes. Nothing for a form of before there were these fields."""
    if GRANTS not in form:
        return {}
    mode = (form["backchannel_token_delivery_mode"] or POLL) if CIBA in form[GRANTS] else None
    return {
        GRANTS: list(form[GRANTS]),
        "resources": split_lines(form["resources"]),
        "backchannel_token_delivery_mode": mode,
        "backchannel_client_notification_endpoint": form["backchannel_client_notification_endpoint"] or None,
        "backchannel_authentication_request_signing_alg": form["backchannel_authentication_request_signing_alg"]
        or None,
    }


def _choose(kind: Any, value: str) -> Any:
    if value not in list(kind):
        raise Malformed("client_choice", "Choose one of what is offered.", reason=kind.__name__)
    return kind(value)


def _read_jwks(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("jwks_malformed", "The keys must be a JWK Set, in JSON.") from error
