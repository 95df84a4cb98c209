"""The steps of the token endpoint, and which of them a refusal failed. Pure.

The service's own developer learns here more than the answer says, but nothing about the person: that an account was locked looks
like a code that expired.
"""

from __future__ import annotations

from eid.oauth.inspection.results import Check, Step, walk

CODE_STEPS = (
    Step("form", "The request is a form, each parameter once.", "RFC 6749, section 3.2"),
    Step("client", "The service proved itself as it is registered.", "RFC 6749, section 2.3"),
    Step("grant_type", "The grant is one that there is.", "RFC 6749, section 4.1.3"),
    Step("sender", "It proves a key, where that is demanded.", "RFC 9449, section 5"),
    Step("known", "The code is known, and this service's.", "RFC 6749, section 4.1.3"),
    Step("unused", "The code was not redeemed before.", "RFC 6749, section 4.1.2"),
    Step("in_time", "The code is not older than a minute, and nothing behind it has ended.", "RFC 6749, section 4.1.2"),
    Step("redirect_uri", "The redirect URI is that of the request.", "RFC 6749, section 4.1.3"),
    Step("verifier", "The verifier fits the challenge.", "RFC 7636, section 4.6"),
    Step("key", "The key is that of the request.", "RFC 9449, section 10"),
    Step("resource", "The resources are those of the request.", "RFC 8707, section 2.2"),
)
REFRESH_STEPS = (
    *CODE_STEPS[:4],
    Step("known", "The refresh token is known, and this service's.", "RFC 6749, section 6"),
    Step("in_time", "Neither it nor what is behind it has ended.", "RFC 6749, section 6"),
    Step("unused", "It is the newest of its family.", "RFC 9700, section 4.14.2"),
    Step("key", "It is shown with the key that it is bound to.", "RFC 9449, section 5"),
    Step("scope", "Nothing is asked for that was not granted.", "RFC 6749, section 6"),
    Step("resource", "The resources are those of the request.", "RFC 8707, section 2.2"),
)
TOKEN_STEPS = (
    Step("token", "The access token is known and has not ended.", "RFC 6750, section 3.1"),
    Step("proof", "Whoever shows it proves its key, where it is bound to one.", "RFC 9449, section 7"),
    Step("scope", "It covers what is asked for.", "RFC 6750, section 3.1"),
    Step("level", "The sign-in behind it is strong and recent enough.", "RFC 9470, section 3"),
)

_BY_REASON = {
    "unknown, or another client's": "known",
    "redeemed before": "unused",
    "refresh token used again": "unused",
    "redirect_uri differs": "redirect_uri",
    "code_verifier missing or wrong": "verifier",
    "another DPoP key than that of the authorization request": "key",
    "no key is proved any more": "key",
    "a public client with another key": "key",
}
_BY_ERROR = {
    "invalid_client": "client",
    "unauthorized_client": "grant_type",
    "unsupported_grant_type": "grant_type",
    "invalid_target": "resource",
    "invalid_scope": "scope",
    "invalid_dpop_proof": "sender",
    "use_dpop_nonce": "sender",
    "invalid_grant": "in_time",
}
_OF_TOKENS = {
    "unauthorized": "token",
    "invalid_token": "token",
    "invalid_dpop_proof": "proof",
    "use_dpop_nonce": "proof",
    "insufficient_scope": "scope",
    "insufficient_user_authentication": "level",
}


def trace_redemption(sent: dict[str, str], *, error: str, reason: str, detail: str) -> tuple[Check, ...]:
    """Which steps a request to the token endpoint passed, by how it was refused; all, where it was not."""
    steps = REFRESH_STEPS if sent.get("grant_type") == "refresh_token" else CODE_STEPS
    failing = _BY_REASON.get(reason) or _BY_ERROR.get(error, "form")
    return walk(steps, [failing] if error else [], detail)


def trace_token(*, error: str, detail: str) -> tuple[Check, ...]:
    """The same where an access token is shown."""
    return walk(TOKEN_STEPS, [_OF_TOKENS.get(error, "token")] if error else [], detail)
