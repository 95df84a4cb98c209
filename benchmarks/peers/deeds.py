"""What users do: one flow of each kind, made for a provider."""

from __future__ import annotations

import json

from joserfc import jwt
from joserfc.jwk import KeySet

from benchmarks.peers.browser import Failed, build_request
from benchmarks.peers.load import Deed, User, play
from benchmarks.peers.serving import Contender
from benchmarks.peers.sign_ins import Provider, sign_in, take_own_token


def sign_in_again(provider: Provider) -> Deed:
    """Somebody with a live session and a remembered consent: three requests."""

    async def deed(user: User) -> None:
        await sign_in(user, provider)

    return deed


def sign_in_by_form(provider: Provider) -> Deed:
    """Somebody whom the provider has never seen in this browser: form, consent, and all else."""

    async def deed(user: User) -> None:
        user.browser.cookies.clear()
        await sign_in(user, provider, **provider.asks_again)

    return deed


def take_token(provider: Provider, **more: str) -> Deed:
    async def deed(user: User) -> None:
        await take_own_token(user.browser, provider, **more)

    return deed


def fetch(path: str, host: str) -> Deed:
    """One document that is the same for everybody."""
    request = build_request("GET", path, host, b"", {}, {})

    async def deed(user: User) -> None:
        answer = await user.browser.connection.ask(request)
        if answer.status != 200 or not answer.body:
            raise Failed(f"HTTP {answer.status}")

    return deed


async def settle(contender: Contender, users: range, cookies: dict[int, dict[str, str]]) -> None:
    """Afterwards each user has signed in and consented once, the browsers hold their sessions, and what the provider signed has
    been verified with the keys that it publishes. Raises JoseError, Failed."""
    provider, server = contender.provider, contender.server

    async def deed(user: User) -> None:
        tokens = await sign_in(user, provider)
        keys = await user.browser.get(provider.jwks)
        id_token = jwt.decode(tokens["id_token"], KeySet.import_key_set(json.loads(keys.body)), ["ES256", "RS256"])
        if id_token.claims["aud"] not in (provider.client_id, [provider.client_id]):
            raise Failed("an ID token for somebody else")

    for group in range(users.start, users.stop, 8):
        some = range(group, min(group + 8, users.stop))
        load = await play(deed, port=server.port, host=server.host, users=some, seconds=0.0, cookies=cookies)
        if load.failures:
            raise Failed(f"{server.name}: {load.failures.most_common(1)[0][0]}")
