"""Inspecting what the developer of a service pastes: the provider's own checks, and nothing is written, fetched or kept."""

from __future__ import annotations

from dataclasses import replace

from eid.clock import wall_now
from eid.crypto.jwks import PublicKey
from eid.errors import Malformed, Unavailable, VerificationFailed
from eid.keystore import KeyUse, SecretUse, current_keystore
from eid.oauth.client_keys import find_kept_keys
from eid.oauth.client_metadata import signing_algorithms
from eid.oauth.inspection.authorization import inspect_parameters
from eid.oauth.inspection.parameters import describe
from eid.oauth.inspection.pasting import Kind, Pasted, recognise
from eid.oauth.inspection.refusals import inspect_error
from eid.oauth.inspection.results import Check, Inspection, Outcome, not_judged
from eid.oauth.inspection.tokens import (
    PROOF_STEPS,
    inspect_assertion,
    inspect_id_token,
    inspect_proof,
    inspect_request_object,
)
from eid.oauth.models import Client, Profile
from eid.oauth.parameters import Parameters, parse_parameters
from eid.oauth.profiles import rules_of
from eid.oauth.request_objects import verify_request_object

PROVED_AT = {"token": "/oauth/token", "par": "/oauth/par", "userinfo": "/oauth/userinfo"}
"""Where a DPoP proof may be meant for."""


def inspect_pasted(client: Client, text: str, *, issuer: str, is_pushed: bool = False, at: str = "token") -> Inspection:
    """What the provider would say of this, were it sent by this client now. Raises Malformed as recognise."""
    pasted = recognise(text, client_id=client.client_id)
    match pasted.kind:
        case Kind.AUTHORIZATION:
            return _inspect_authorization(client, pasted, issuer, is_pushed=is_pushed)
        case Kind.REQUEST_OBJECT:
            return _inspect_request_object(client, pasted.text, issuer, is_pushed=is_pushed)
        case Kind.ASSERTION:
            return inspect_assertion(
                pasted.text,
                keys=_find_keys(client),
                algorithms=signing_algorithms(client.profile, client.auth_method),
                client_id=client.client_id,
                issuer=issuer,
                is_strict=client.profile == Profile.FAPI2,
                now=wall_now(),
            )
        case Kind.PROOF:
            return _inspect_proof(pasted.text, issuer, at)
        case Kind.ID_TOKEN:
            return inspect_id_token(
                pasted.text,
                keys=current_keystore().find_known_jwks(KeyUse.ID_TOKEN),
                client_id=client.client_id,
                issuer=issuer,
                now=wall_now(),
            )
    return _inspect_error(pasted)


def _inspect_authorization(client: Client, pasted: Pasted, issuer: str, *, is_pushed: bool) -> Inspection:
    """A request object stands for all that is beside it (RFC 9101, section 6.3)."""
    parameters = parse_parameters(pasted.pairs)
    if parameters.find("request") is not None and _has_keys(client):
        return _inspect_request_object(client, parameters.find("request") or "", issuer, is_pushed=is_pushed)
    if (parameters.find("request_uri") or "").startswith("urn:ietf:params:oauth:request_uri:"):
        note = "What was pushed is the request, and was checked when it was pushed; paste its body to look at it."
        return Inspection(Kind.AUTHORIZATION, describe(pasted.pairs), (), note)
    checks = inspect_parameters(client, parameters, issuer=issuer, is_pushed=is_pushed, is_signed=False)
    return Inspection(Kind.AUTHORIZATION, describe(pasted.pairs), checks)


def _inspect_request_object(client: Client, token: str, issuer: str, *, is_pushed: bool) -> Inspection:
    """First the token, then, where it holds, what it asks for."""
    rules, keys, now = rules_of(client.profile), _find_keys(client), wall_now()
    found = inspect_request_object(
        token,
        keys=keys,
        algorithms=rules.signing_algorithms,
        client_id=client.client_id,
        issuer=issuer,
        is_strict=rules.must_bound_request_objects,
        now=now,
    )
    if not found.is_accepted:
        return found
    parameters: Parameters = verify_request_object(
        token,
        keys=keys,
        algorithms=rules.signing_algorithms,
        expected_client=client.client_id,
        expected_audience=issuer,
        is_strict=rules.must_bound_request_objects,
        now=now,
    )
    checks = inspect_parameters(client, parameters, issuer=issuer, is_pushed=is_pushed, is_signed=True)
    return replace(found, checks=(*found.checks, *checks))


def _inspect_proof(token: str, issuer: str, at: str) -> Inspection:
    """As at the address for which it is meant; what binds it to an access token cannot be judged without that token."""
    path = PROVED_AT.get(at, PROVED_AT["token"])
    found = inspect_proof(
        token,
        method="POST" if path != PROVED_AT["userinfo"] else "GET",
        uri=f"{issuer}{path}",
        needs_nonce=path != PROVED_AT["userinfo"],
        nonce_secret=current_keystore().find_secret(SecretUse.LOOKUPS),
        now=wall_now(),
    )
    return replace(found, checks=tuple(_without_token(check) for check in found.checks))


def _without_token(check: Check) -> Check:
    [ath] = [step for step in PROOF_STEPS if step.name == "ath"]
    return not_judged(ath) if check.name == "ath" and check.outcome is Outcome.PASSED else check


def _inspect_error(pasted: Pasted) -> Inspection:
    found = inspect_error(pasted.text)
    others = describe((name, value) for name, value in pasted.pairs if name != "error")
    return replace(found, values=(*found.values, *others))


def _has_keys(client: Client) -> bool:
    return client.jwks is not None or client.jwks_uri is not None


def _find_keys(client: Client) -> tuple[PublicKey, ...]:
    """The client's keys as they are known, without asking anybody; none where they cannot be read."""
    try:
        return find_kept_keys(client)
    except (Malformed, Unavailable, VerificationFailed):
        return ()  # the step `key` then says that none is known
