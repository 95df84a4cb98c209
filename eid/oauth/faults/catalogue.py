"""The thirty faults: what goes wrong, how a correct relying service reacts, and where that is written. Pure data.

"OpenID Connect Core, section 3.1.3.7" numbers its items as errata set 2 has them. The texts are English; pages translate them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from eid.errors import NotFound
from eid.late_dataclasses import frozen
from eid.oauth.faults import mutators


class Kind(StrEnum):
    PROTOCOL = "protocol"
    TOKEN = "token"
    KEY = "key"
    LEVEL = "level"
    CONSENT = "consent"
    TIME = "time"


class Place(StrEnum):
    """Which answer of the provider the fault is in."""

    ANSWER = "answer"
    """The authorization response, at the redirect URI."""
    ID_TOKEN = "id_token"
    """The ID token of a redeemed code."""
    TOKENS = "tokens"
    """The token endpoint's answer to a code."""
    REFRESH = "refresh"
    """The token endpoint's answer to a refresh token."""
    USERINFO = "userinfo"
    KEYS = "keys"
    """The key set, at the trial's own address."""
    DISCOVERY = "discovery"
    """The provider's description, at the trial's own address."""
    PAPER = "paper"
    """A paper as a signed token, whose status is then read."""
    NOTICE = "notice"
    """What the service is told without asking."""


class Evidence(StrEnum):
    """From what the provider can tell how the service reacted."""

    CODE_NOT_REDEEMED = "code_not_redeemed"
    TOKEN_NOT_USED = "token_not_used"
    TOKEN_USED = "token_used"
    """Here the service must go on."""
    WAITED = "waited"
    DECLARED = "declared"
    """From nothing: the service's developer has to say."""


class Duty(StrEnum):
    """How the clause says it (RFC 2119)."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"
    """Not counted in a score."""


@frozen
class Fault:
    name: str
    kind: Kind
    place: Place
    what: str
    reaction: str
    clause: str
    mutate: Any
    """A function of eid.oauth.faults.mutators; None where the seam does all of it."""
    evidence: Evidence = Evidence.DECLARED
    duty: Duty = Duty.MUST


_CORE = "OpenID Connect Core, section 3.1.3.7, item"
_REFUSES = "It refuses the ID token, uses no token of this answer, and signs nobody in."
_STOPS = "It does not redeem the code and signs nobody in."
_TELLS = "It signs nobody in, says so plainly, and lets the citizen try again."


def _in_answer(name: str, what: str, clause: str, mutate: Any) -> Fault:
    return Fault(name, Kind.PROTOCOL, Place.ANSWER, what, _STOPS, clause, mutate, Evidence.CODE_NOT_REDEEMED)


def _in_token(name: str, kind: Kind, what: str, clause: str, mutate: Any, duty: Duty = Duty.MUST) -> Fault:
    return Fault(name, kind, Place.ID_TOKEN, what, _REFUSES, clause, mutate, Evidence.TOKEN_NOT_USED, duty)


FAULTS: tuple[Fault, ...] = (
    _in_answer(
        "answer_issuer_wrong",
        "The authorization response names another provider as its iss.",
        "RFC 9207, section 2.4",
        mutators.change_issuer_of_answer,
    ),
    _in_answer(
        "answer_issuer_missing",
        "The authorization response has no iss, although the provider says that it always has one.",
        "RFC 9207, section 2.4",
        mutators.drop_issuer_of_answer,
    ),
    _in_answer(
        "state_wrong",
        "The authorization response bears another state than the request.",
        "RFC 6749, section 10.12",
        mutators.change_state,
    ),
    Fault(
        "code_swapped",
        Kind.PROTOCOL,
        Place.ANSWER,
        "The code is that of another sign-in at the service, with another PKCE challenge: the token endpoint refuses it.",
        _TELLS,
        "RFC 7636, section 4.6",
        mutators.keep_answer,
    ),
    Fault(
        "code_expired",
        Kind.TIME,
        Place.ANSWER,
        "The code has expired when it arrives: the token endpoint answers invalid_grant.",
        _TELLS,
        "RFC 6749, section 5.2",
        mutators.keep_answer,
    ),
    Fault(
        "error_unknown",
        Kind.PROTOCOL,
        Place.ANSWER,
        "The authorization response is an error with a code that no specification has.",
        _TELLS,
        "RFC 6749, section 4.1.2.1",
        mutators.refuse_for_unknown_reason,
    ),
    Fault(
        "consent_denied",
        Kind.CONSENT,
        Place.ANSWER,
        "The citizen agreed, and the service is told access_denied.",
        "It signs nobody in and treats the refusal as a decision, not as a failure.",
        "RFC 6749, section 4.1.2.1",
        mutators.deny,
    ),
    Fault(
        "token_endpoint_busy",
        Kind.PROTOCOL,
        Place.TOKENS,
        "The token endpoint answers 503 with Retry-After: 5; the code stays good.",
        "It waits for five seconds before it tries again, or gives up.",
        "RFC 9110, section 10.2.3",
        None,
        Evidence.WAITED,
        Duty.SHOULD,
    ),
    _in_token(
        "issuer_wrong", Kind.TOKEN, "The ID token's iss is another provider.", f"{_CORE} 2", mutators.change_issuer
    ),
    _in_token(
        "audience_wrong", Kind.TOKEN, "The ID token's aud is another service.", f"{_CORE} 3", mutators.change_audience
    ),
    _in_token(
        "authorized_party_wrong",
        Kind.TOKEN,
        "The ID token is for this service and one that it does not know, and its azp is the other.",
        f"{_CORE}s 3 to 5",
        mutators.change_authorized_party,
    ),
    _in_token(
        "nonce_wrong",
        Kind.TOKEN,
        "The ID token's nonce is not that of the request.",
        f"{_CORE} 11",
        mutators.change_nonce,
    ),
    _in_token(
        "access_token_hash_wrong",
        Kind.TOKEN,
        "The ID token's at_hash is that of another access token.",
        "OpenID Connect Core, section 3.1.3.8",
        mutators.change_access_token_hash,
        Duty.MAY,
    ),
    _in_token(
        "algorithm_none",
        Kind.KEY,
        "The ID token's alg is none and nobody signed it.",
        f"{_CORE} 7",
        mutators.leave_unsigned,
    ),
    _in_token(
        "algorithm_confused",
        Kind.KEY,
        "The ID token's alg is HS256, with the published key as the secret.",
        "RFC 8725, section 3.1",
        mutators.sign_with_public_key,
    ),
    _in_token(
        "key_unknown",
        Kind.KEY,
        "The ID token names a key that is published nowhere.",
        f"{_CORE} 6",
        mutators.name_unknown_key,
    ),
    _in_token(
        "key_of_stranger",
        Kind.KEY,
        "The ID token names the provider's key and is signed by another.",
        f"{_CORE} 6",
        mutators.sign_with_another_key,
    ),
    Fault(
        "key_rotated",
        Kind.KEY,
        Place.ID_TOKEN,
        "The ID token is signed by a new key, published at this moment at the trial's address of keys.",
        "It fetches the keys again because it does not know the kid, and then goes on.",
        "OpenID Connect Core, section 10.1.1",
        mutators.sign_with_next_key,
        Evidence.TOKEN_USED,
        Duty.SHOULD,
    ),
    Fault(
        "keys_unreachable",
        Kind.KEY,
        Place.KEYS,
        "The trial's address of keys answers 503, once.",
        "It goes on with keys that it has, or signs nobody in; it never goes on without verifying.",
        f"{_CORE} 6",
        None,
    ),
    Fault(
        "discovery_of_another",
        Kind.PROTOCOL,
        Place.DISCOVERY,
        "The provider's description, at the trial's address, names another issuer.",
        "It refuses the description and goes on with none of its addresses.",
        "OpenID Connect Discovery 1.0, section 4.3",
        mutators.move_discovery,
    ),
    _in_token(
        "level_too_low",
        Kind.LEVEL,
        "The ID token's acr is LoA1, whatever was asked for.",
        f"{_CORE} 12",
        mutators.lower_level,
        Duty.SHOULD,
    ),
    _in_token(
        "sign_in_too_old",
        Kind.LEVEL,
        "The ID token's auth_time is thirty days ago; it matters to a service that sends max_age.",
        f"{_CORE} 13",
        mutators.age_sign_in,
        Duty.SHOULD,
    ),
    _in_token("id_token_expired", Kind.TIME, "The ID token expired yesterday.", f"{_CORE} 9", mutators.expire),
    _in_token(
        "id_token_of_tomorrow",
        Kind.TIME,
        "The ID token's iat is tomorrow.",
        f"{_CORE} 10",
        mutators.issue_in_future,
        Duty.MAY,
    ),
    Fault(
        "person_changed",
        Kind.TOKEN,
        Place.USERINFO,
        "Userinfo is of somebody else: its sub is not that of the ID token.",
        "It throws away what userinfo says.",
        "OpenID Connect Core, section 5.3.2",
        mutators.tell_of_another,
    ),
    Fault(
        "userinfo_unsigned",
        Kind.TOKEN,
        Place.USERINFO,
        "Userinfo comes as plain JSON to a service that registered for a signed answer.",
        "It throws away what userinfo says.",
        "OpenID Connect Core, section 5.3.4",
        mutators.keep_claims,
    ),
    Fault(
        "attribute_withheld",
        Kind.CONSENT,
        Place.USERINFO,
        "Userinfo has nothing but sub: the citizen withheld all that can be withheld.",
        "It goes on without, or says what it cannot do; it does not fail.",
        "OpenID Connect Core, section 5.3.2",
        mutators.withhold,
    ),
    Fault(
        "refresh_token_revoked",
        Kind.CONSENT,
        Place.REFRESH,
        "The refresh token is answered with invalid_grant, because its grant was revoked.",
        "It throws the refresh token away and has the citizen sign in anew.",
        "RFC 6749, section 5.2",
        None,
    ),
    Fault(
        "status_revoked",
        Kind.CONSENT,
        Place.PAPER,
        "The paper's token is good, and the status list that it names says that it is not valid.",
        "It reads the status list and refuses the paper.",
        "draft-ietf-oauth-status-list-20, section 8.3",
        None,
    ),
    Fault(
        "notice_replayed",
        Kind.PROTOCOL,
        Place.NOTICE,
        "The last notice that the service was sent comes once more, with the same jti.",
        "It answers as before and does nothing twice.",
        "OpenID Connect Back-Channel Logout, section 2.6",
        None,
        duty=Duty.MAY,
    ),
)

_BY_NAME = {fault.name: fault for fault in FAULTS}


def find_fault(name: str) -> Fault:
    """Raises NotFound."""
    if name not in _BY_NAME:
        raise NotFound("fault_unknown", "There is no fault of this name.")
    return _BY_NAME[name]


def find_clash(fault: Fault, *, signs_userinfo: bool, id_token_alg: str, is_encrypted: bool) -> str:
    """Why this fault cannot be played to a client that is registered so; empty where it can. In one public sentence."""
    if is_encrypted and fault.place in (Place.ID_TOKEN, Place.USERINFO):
        return "Answers to this service are encrypted; faults inside them cannot be played."
    if fault.name == "userinfo_unsigned" and not signs_userinfo:
        return "This service is registered for userinfo that nobody signs."
    if fault.name == "key_rotated" and id_token_alg != "ES256":
        return "A new key can be played to services whose ID tokens are signed with ES256."
    return ""
