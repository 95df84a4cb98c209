"""Relying services: what a service has to know, the addresses, a sign-in that works when copied, and how to register."""

from __future__ import annotations

from flask import Blueprint, render_template

from eid.callers import Caller, callable_by
from eid.config import current_settings
from eid.oauth.claims import known_scopes
from eid.oauth.metadata import build_metadata
from eid.web.service_words import GRANTS

blueprint = Blueprint("services", __name__)

ADDRESSES = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
FACTS = (
    "response_types_supported",
    "code_challenge_methods_supported",
    "token_endpoint_auth_methods_supported",
    "id_token_signing_alg_values_supported",
    "subject_types_supported",
    "acr_values_supported",
)


@blueprint.get("/services/")
@callable_by(Caller.ANYBODY)
def show_services() -> str:
    issuer = current_settings().public_url
    metadata = build_metadata(issuer)
    return render_template(
        "services/guide.html",
        issuer=issuer,
        addresses=[(name, metadata[name]) for name in ADDRESSES],
        facts_of_protocol=[(name, ", ".join(metadata[name])) for name in FACTS],
        scopes=known_scopes(),
        grants=list(GRANTS.values()),
    )
