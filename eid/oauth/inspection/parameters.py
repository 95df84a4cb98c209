"""What each parameter of a sign-in is, and what of it may be shown. Pure data, and the one rule of redaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eid.oauth.inspection.results import Value

LONGEST_SHOWN = 300
HIDDEN = "•••"
"""Stands for what is a secret, a token, or about a person."""

_RFC6749 = "RFC 6749, section"
_CORE = "OpenID Connect Core, section"

ABOUT: dict[str, tuple[str, str]] = {
    "client_id": ("Which service asks.", f"{_RFC6749} 2.2"),
    "response_type": ("What is asked for: a code.", f"{_RFC6749} 3.1.1"),
    "redirect_uri": ("Where the answer goes.", f"{_RFC6749} 3.1.2"),
    "scope": ("What the service asks to know.", f"{_CORE} 5.4"),
    "state": ("Binds the answer to the browser that asked.", f"{_RFC6749} 10.12"),
    "nonce": ("Binds the ID token to this request.", f"{_CORE} 3.1.2.1"),
    "code_challenge": ("The SHA-256 of a secret that only this service knows yet.", "RFC 7636, section 4.2"),
    "code_challenge_method": ("How the challenge is made: S256.", "RFC 7636, section 4.3"),
    "acr_values": ("The levels that the service wishes for.", f"{_CORE} 3.1.2.1"),
    "max_age": ("How long ago the citizen may have signed in, in seconds.", f"{_CORE} 3.1.2.1"),
    "prompt": ("Whether the citizen is asked again, or not at all.", f"{_CORE} 3.1.2.1"),
    "claims": ("Single claims that are asked for.", f"{_CORE} 5.5"),
    "authorization_details": ("What is asked for, in detail.", "RFC 9396, section 2"),
    "response_mode": ("How the answer travels.", "OAuth 2.0 Multiple Response Types, section 2.1"),
    "login_hint": ("What the citizen might sign in with.", f"{_CORE} 3.1.2.1"),
    "id_token_hint": ("Whom the service expects.", f"{_CORE} 3.1.2.1"),
    "ui_locales": ("In which language the pages are.", f"{_CORE} 3.1.2.1"),
    "display": ("How the pages are shown.", f"{_CORE} 3.1.2.1"),
    "request": ("The request as a signed token; nothing beside it counts.", "RFC 9101, section 5"),
    "request_uri": ("A reference to what was pushed.", "RFC 9126, section 2.2"),
    "resource": ("For which service the tokens are.", "RFC 8707, section 2"),
    "dpop_jkt": ("The key that must be proved with the code.", "RFC 9449, section 10"),
    "access_token": ("What userinfo and papers are read with.", f"{_RFC6749} 1.4"),
    "id_token": ("Who signed in, when and how, signed by the provider.", f"{_CORE} 2"),
    "token_type": ("How the access token is shown.", f"{_RFC6749} 7.1"),
    "expires_in": ("For how many seconds it is good.", f"{_RFC6749} 5.1"),
    "active": ("Whether the token still opens anything.", "RFC 7662, section 2.2"),
    "grant_type": ("What is redeemed.", f"{_RFC6749} 4.1.3"),
    "code": ("The code, good once and for a minute.", f"{_RFC6749} 4.1.2"),
    "code_verifier": ("The secret behind the challenge.", "RFC 7636, section 4.5"),
    "refresh_token": ("What new tokens are asked for with.", f"{_RFC6749} 6"),
    "client_secret": ("The service's secret.", f"{_RFC6749} 2.3.1"),
    "client_assertion": ("A token by which the service proves itself.", "RFC 7523, section 2.2"),
    "client_assertion_type": ("Of which kind that token is.", "RFC 7523, section 2.2"),
    "token": ("The token that is asked about or ended.", "RFC 7662, section 2.1"),
    "token_type_hint": ("Of which kind that token is.", "RFC 7009, section 2.1"),
    "post_logout_redirect_uri": (
        "Where the browser goes after signing out.",
        "OpenID Connect RP-Initiated Logout 1.0, section 2",
    ),
    "logout_hint": ("Who signs out.", "OpenID Connect RP-Initiated Logout 1.0, section 2"),
    "iss": ("Which provider says so.", "RFC 9207, section 2"),
    "aud": ("Whom it is meant for.", "RFC 7519, section 4.1.3"),
    "azp": ("To whom it was given.", f"{_CORE} 2"),
    "sub": ("The person, as this service alone knows them.", f"{_CORE} 8"),
    "exp": ("Until when it is valid.", "RFC 7519, section 4.1.4"),
    "nbf": ("From when it is valid.", "RFC 7519, section 4.1.5"),
    "iat": ("When it was made.", "RFC 7519, section 4.1.6"),
    "jti": ("Its number, so that it counts once.", "RFC 7519, section 4.1.7"),
    "auth_time": ("When the citizen signed in.", f"{_CORE} 2"),
    "acr": ("At which level the citizen signed in.", f"{_CORE} 2"),
    "amr": ("By what the citizen signed in.", "RFC 8176, section 2"),
    "at_hash": ("Binds the access token to the ID token.", f"{_CORE} 3.1.3.6"),
    "sid": ("The session, for signing out.", "OpenID Connect Front-Channel Logout 1.0, section 3"),
    "htm": ("The method of the request that it proves.", "RFC 9449, section 4.2"),
    "htu": ("The address of the request that it proves.", "RFC 9449, section 4.2"),
    "ath": ("The hash of the access token that comes with it.", "RFC 9449, section 4.2"),
    "alg": ("By which algorithm it is signed.", "RFC 7515, section 4.1.1"),
    "typ": ("Of which kind the token is.", "RFC 8725, section 3.11"),
    "kid": ("Which key signed it.", "RFC 7515, section 4.1.4"),
    "jwk": ("The key itself.", "RFC 7515, section 4.1.3"),
}

SHOWN = frozenset(
    {
        *(
            "client_id",
            "response_type",
            "redirect_uri",
            "scope",
            "code_challenge_method",
            "acr_values",
            "max_age",
            "prompt",
        ),
        *("claims", "authorization_details", "response_mode", "ui_locales", "display", "resource", "grant_type"),
        *("client_assertion_type", "token_type_hint", "post_logout_redirect_uri", "dpop_jkt", "code_challenge"),
        *("iss", "aud", "azp", "exp", "nbf", "iat", "auth_time", "acr", "amr", "htm", "htu", "alg", "typ", "kid"),
        *("error", "error_description", "token_type", "expires_in"),
    }
)
"""What is shown as it stands. Of everything else is shown that it was there: what nobody foresaw is hidden."""
MARKED = frozenset({"state", "nonce", "jti", "at_hash", "request_uri"})
"""Of these the first characters are shown, so that one can be told from another."""
_MARK = 6


def show(name: str, value: object) -> str:
    """What of this value may be shown."""
    text = (
        value if isinstance(value, str) else repr(value) if isinstance(value, bool | int | float | list) else str(value)
    )
    if name in SHOWN:
        return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
    if name in MARKED:
        return f"{text.removeprefix('urn:ietf:params:oauth:request_uri:')[:_MARK]}… ({len(text)})"
    return HIDDEN


def describe(pairs: Iterable[tuple[str, object]]) -> tuple[Value, ...]:
    """Each parameter or claim with what it is; a name that nobody knows is told too."""
    return tuple(Value(name[:60], show(name, value), *ABOUT.get(name, ("", ""))) for name, value in pairs)


def redact(values: Mapping[str, Any]) -> dict[str, str]:
    """The same for the log: names and what of the values may be kept."""
    return {name[:60]: show(name, value) for name, value in list(values.items())[:40]}
