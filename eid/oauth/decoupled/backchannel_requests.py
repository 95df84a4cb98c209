"""What a backchannel authentication request must be (CIBA Core, section 7.1; FAPI-CIBA, section 5.2.2). Pure.

What it asks for is checked as at the authorization endpoint; here is what it has beyond that.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from eid.errors import OAuthError
from eid.late_dataclasses import frozen
from eid.oauth.grant_types import PING
from eid.oauth.parameters import Parameters

DEFAULT_LIFE = 120
"""Seconds for which a question waits; the phone shows it for the first of them (eid.accounts.phone_questions)."""
LONGEST_LIFE = 600
LONGEST_MESSAGE = 64
LONGEST_NOTIFICATION_TOKEN = 1024
HINTS = ("login_hint", "id_token_hint", "login_hint_token")
AUTHENTICATION = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type", "request"})
"""What may stand beside a signed request (section 7.1.1)."""
REQUIRED_CLAIMS = ("iss", "aud", "exp", "iat", "nbf", "jti")
"""Section 7.1.1."""

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""RFC 6750, section 2.1."""
_SECONDS = re.compile(r"[1-9][0-9]{0,8}")


@frozen
class BackchannelWishes:
    """What a request has beyond what it asks for."""

    life: int
    """Seconds."""
    message: str
    notification_token: str | None
    hint_kind: str
    hint: str


def read_wishes(parameters: Parameters, *, mode: str | None) -> BackchannelWishes:
    """Raise OAuthError: invalid_request, invalid_binding_message, unless each of them can be met.

    1. One hint, and no more, says who is asked. A `login_hint_token` is none that we know.
    2. The message can be shown on a small screen, and leads nowhere.
    3. A client that is told has said with what token.
    4. The expiry is a number of seconds; a longer one than ours is cut.
    """
    # (1)
    hints = [name for name in HINTS if parameters.find(name) is not None]
    if len(hints) != 1:
        raise OAuthError("invalid_request", "Exactly one hint says who is asked: login_hint or id_token_hint.")
    if hints == ["login_hint_token"]:
        raise OAuthError("invalid_request", "A login_hint_token is not understood here; send login_hint.")
    # (2)
    message = _require(parameters, "binding_message", _is_message, "invalid_binding_message") or ""
    # (3)
    token = _require(parameters, "client_notification_token", _is_token, "invalid_request")
    if mode == PING and token is None:
        raise OAuthError("invalid_request", "In mode ping client_notification_token is needed.")
    # (4)
    wanted = _require(parameters, "requested_expiry", lambda text: bool(_SECONDS.fullmatch(text)), "invalid_request")
    life = min(int(wanted), LONGEST_LIFE) if wanted else DEFAULT_LIFE
    return BackchannelWishes(life, message, token if mode == PING else None, hints[0], parameters.values[hints[0]])


def check_encapsulated(parameters: Parameters) -> None:
    """Raise OAuthError: invalid_request where something stands beside a signed request but the client's proof."""
    beside = sorted(parameters.values.keys() - AUTHENTICATION)
    if beside:
        raise OAuthError(
            "invalid_request", "With a signed request nothing else stands beside it.", reason=beside[0][:40]
        )


def _require(parameters: Parameters, name: str, holds: Callable[[str], bool], error: str) -> str | None:
    value = parameters.find(name)
    if value is not None and not holds(value):
        raise OAuthError(error, f"The parameter {name} cannot be used.")
    return value


def _is_message(text: str) -> bool:
    return len(text) <= LONGEST_MESSAGE and text.isprintable() and "://" not in text


def _is_token(text: str) -> bool:
    return len(text) <= LONGEST_NOTIFICATION_TOKEN and bool(_TOKEN.fullmatch(text))
