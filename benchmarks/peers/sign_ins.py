"""A whole sign-in as OpenID Connect Core, section 3.1, has it: authorize, the service's pages, code, tokens, userinfo.

Everything that a client has to check without a key is checked, so that a flow that was refused never counts as a fast one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from benchmarks.peers.browser import Answer, Browser, Failed
from benchmarks.peers.load import User

REDIRECT_URI = "https://client.example/callback"
MAX_STEPS = 12
FORM_IS_AGAIN = "a form was refused"

Fill = Callable[[str, int], Mapping[str, object]]
"""The fields to send from this page, for the user with this number. Raises Failed for a page that it does not know."""


@dataclass(frozen=True)
class Provider:
    """Where a provider's addresses are, who the client is, and how its pages are filled in."""

    authorize: str
    token: str
    userinfo: str
    jwks: str
    discovery: str
    client_id: str
    client_secret: str
    fill: Fill
    own_scope: str = ""
    """What the client asks for in its own name."""
    own_client_suffix: str = ""
    """Where a client has but one grant: what the other client's client_id ends with, which asks in its own name."""
    asks_again: Mapping[str, str] = field(default_factory=lambda: {"prompt": "consent"})
    """What makes the provider ask for a consent that it remembers."""

    def basic(self, suffix: str = "") -> str:
        """RFC 6749, section 2.3.1."""
        pair = f"{quote(self.client_id + suffix, safe='')}:{quote(self.client_secret, safe='')}"
        return "Basic " + base64.b64encode(pair.encode()).decode()


async def sign_in(user: User, provider: Provider, **more: str) -> dict[str, Any]:
    """The tokens of one sign-in, after userinfo was read with them."""
    verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(12)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid profile",
        "state": state,
        "nonce": state,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **more,
    }
    ended = await _browse(user, f"{provider.authorize}?{urlencode(asked)}", provider.fill)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(ended).query).items()}
    if answer.get("state") != state or "code" not in answer:
        raise Failed(f"no code: {answer.get('error', 'and no error')}")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
    }
    tokens = _read(
        await user.browser.post(provider.token, form, Authorization=provider.basic()), "access_token", "id_token"
    )
    _read(await user.browser.get(provider.userinfo, Authorization=f"Bearer {tokens['access_token']}"), "sub", "name")
    return tokens


async def _browse(user: User, address: str, fill: Fill) -> str:
    """The address at the end of redirects and forms: the client's own."""
    browser, seen = user.browser, set()
    for _ in range(MAX_STEPS):
        if address.startswith(REDIRECT_URI):
            return address
        answer = await browser.get(address)
        if answer.status == 200:
            page = answer.body.decode()
            if address in seen:
                raise Failed(FORM_IS_AGAIN)
            seen.add(address)
            answer = await browser.post(address, fill(page, user.number), Referer=f"https://{browser.host}{address}")
        if answer.status not in (301, 302, 303):
            raise Failed(FORM_IS_AGAIN if answer.status == 200 else f"HTTP {answer.status} at a page")
        address = answer.headers["location"]
    raise Failed("led around without end")


async def take_own_token(browser: Browser, provider: Provider, **more: str) -> dict[str, Any]:
    """A token in the client's own name (RFC 6749, section 4.4)."""
    form = {"grant_type": "client_credentials", "scope": provider.own_scope, **more}
    return _read(
        await browser.post(provider.token, form, Authorization=provider.basic(provider.own_client_suffix)),
        "access_token",
    )


def _read(answer: Answer, *needed: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(answer.body)
    except ValueError:
        found = None
    if answer.status != 200 or not isinstance(found, dict):
        raise Failed(f"HTTP {answer.status} {found.get('error', '') if isinstance(found, dict) else ''}".strip())
    missing = [name for name in needed if not found.get(name)]
    if missing:
        raise Failed(f"an answer without {missing[0]}")
    return found
