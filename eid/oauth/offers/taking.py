"""A wallet takes an offer: by its pre-authorized code (OpenID4VCI 1.0, section 6.1), or by an authorization request that bears
its issuer_state (section 5.1.3)."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import select, update

from eid.accounts.levels import AuthenticationLevel
from eid.accounts.sent_codes import claim_code_try
from eid.audit import ActorKind, record_disclosure
from eid.clock import wall_now
from eid.db import db
from eid.errors import Malformed, OAuthError
from eid.keystore import SecretUse, current_keystore
from eid.oauth.authorization_details import Detail, parse_authorization_details, select_details
from eid.oauth.claims import find_credential_scope
from eid.oauth.grants import Tokens, check_account_active, invalid_grant, record_tokens
from eid.oauth.models import AuthorizationCode, Client
from eid.oauth.offers.models import CredentialOffer
from eid.oauth.offers.secrets import digest_tx_code
from eid.oauth.offers.wallets import is_anonymous
from eid.oauth.opaque import digest_of
from eid.oauth.parameters import Parameters
from eid.oauth.release import Release
from eid.oauth.requests import CheckedRequest
from eid.oauth.sender import UNBOUND, Confirmation


def redeem_pre_authorized_code(
    client: Client, parameters: Parameters, *, issuer: str, confirmation: Confirmation = UNBOUND
) -> Tokens:
    """Tokens for an offer, once: of many wallets that show it at the same time exactly one gets them.

    1. The request names a code, and the texted one beside it: every offer of ours has one (section 6.1).
    2. The offer exists, was not taken, is not older than five minutes; the client may have what is in it.
    3. The texted code is the right one; a try is counted before it is judged, and there are five.
    4. Authorization details, where there are any, name credentials of the offer (section 6.1.1).
    5. The account of who made it is active.
    6. This transaction is the one that takes the offer.

    Raises OAuthError: invalid_request, invalid_grant, invalid_authorization_details, unauthorized_client.
    """
    now = wall_now()
    # (1)
    code, tx_code = parameters.find_single("pre-authorized_code"), parameters.find_single("tx_code")
    if code is None or tx_code is None:
        raise OAuthError("invalid_request", "The parameter pre-authorized_code or tx_code is missing.")
    # (2)
    offer = db.session.scalar(select(CredentialOffer).where(CredentialOffer.code_digest == digest_of(code)))
    if offer is None or offer.redeemed_at is not None or offer.expires_at <= now:
        raise invalid_grant("unknown, taken or too old")
    scopes = _find_scopes(offer.configurations)
    if not is_anonymous(client) and not set(scopes) <= set(client.scopes):
        raise OAuthError("unauthorized_client", "The wallet is not registered for what is offered.")
    # (3)
    _check_tx_code(offer, tx_code)
    # (4)
    details = _read_details(parameters, offer, scopes)
    # (5)
    check_account_active(offer.person_id)
    # (6)
    record_offer_taken(offer.id, client, now=now)
    grant = _record_grant(client, offer, scopes, details, now=now, code=code)
    db.session.flush()
    record_disclosure(
        "issue_code",
        actor_kind=ActorKind.PERSON,
        actor=offer.person_id,
        person_id=offer.person_id,
        client=client.client_id,
        purpose=client.purpose,
        attributes=scopes,
        scopes=scopes,
    )
    tokens = record_tokens(
        client, grant, grant.scopes, issuer=issuer, nonce=None, refresh_token=None, now=now, confirmation=confirmation
    )
    db.session.commit()
    return tokens


def check_offered(request: CheckedRequest, person_id: int | None, *, now: datetime) -> int | None:
    """The offer that an authorization request takes up, where it names one; else None.

    Raises OAuthError for the client: invalid_request where there is no such offer any more, access_denied where it is somebody
    else's.
    """
    if not request.issuer_state:
        return None
    query = select(CredentialOffer).where(CredentialOffer.state_digest == digest_of(request.issuer_state))
    offer = db.session.scalar(query)
    if offer is None or offer.redeemed_at is not None or offer.expires_at <= now:
        raise request.refusal("invalid_request", "The offer that issuer_state names is over.")
    if person_id not in (None, offer.person_id):
        raise request.refusal("access_denied", "The offer was made for somebody else.")
    return offer.id


def record_offer_taken(offer_id: int, client: Client, *, now: datetime) -> None:
    """The offer is taken by this transaction and by no other; else OAuthError: invalid_grant."""
    taking = (
        update(CredentialOffer)
        .where(CredentialOffer.id == offer_id, CredentialOffer.redeemed_at.is_(None))
        .values(redeemed_at=now, client_id=client.client_id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(taking).rowcount != 1:  # type: ignore[attr-defined]
        raise invalid_grant("taken meanwhile")


def _check_tx_code(offer: CredentialOffer, tx_code: str) -> None:
    secret = current_keystore().find_secret(SecretUse.LOOKUPS)
    shown = digest_tx_code(tx_code, uri_digest=offer.uri_digest, secret=secret)
    expected, which = offer.tx_code_digest, CredentialOffer.id == offer.id
    if not claim_code_try(CredentialOffer.tries, CredentialOffer.expires_at, which):
        raise invalid_grant("no try left")
    if not hmac.compare_digest(shown, expected):
        raise invalid_grant("wrong tx_code")


def _find_scopes(configurations: list[str]) -> list[str]:
    found = [scope.name for one in configurations if (scope := find_credential_scope(one)) is not None]
    return list(dict.fromkeys(found))


def _read_details(parameters: Parameters, offer: CredentialOffer, scopes: list[str]) -> tuple[Detail, ...]:
    try:
        asked = parse_authorization_details(parameters.find("authorization_details"), client_scopes=scopes)
    except Malformed as malformed:
        raise OAuthError("invalid_authorization_details", malformed.detail) from malformed
    if any(detail.get("credential_configuration_id") not in offer.configurations for detail in asked):
        raise OAuthError("invalid_authorization_details", "Something is asked for that was not offered.")
    return tuple(select_details(asked, granted=scopes))


def _record_grant(
    client: Client,
    offer: CredentialOffer,
    scopes: list[str],
    details: tuple[Detail, ...],
    *,
    now: datetime,
    code: str,
) -> AuthorizationCode:
    """Who made the offer gave their passcode, and who takes it has their phone: two factors, whatever the session had shown."""
    grant = AuthorizationCode(
        code_digest=digest_of(code),
        client_id=client.id,
        person_id=offer.person_id,
        account_id=offer.account_id,
        session_id=offer.session_id,
        scopes=[] if details else scopes,
        release=Release(() if details else tuple(scopes), tuple(scopes), {}, details).to_json(),
        redirect_uri="",
        code_challenge="",
        resources=[],
        acr=max(offer.acr, AuthenticationLevel.LOA2),
        amr=list(dict.fromkeys([*offer.amr, "sms", "mfa"])),
        authenticated_at=offer.authenticated_at,
        issued_at=now,
        expires_at=now,
        redeemed_at=now,
    )
    db.session.add(grant)
    return grant
