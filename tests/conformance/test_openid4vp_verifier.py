"""OpenID4VP 1.0 verifier (oid4vp-1final-verifier-test-plan), as HAIP has it: one test a module, under its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eid.clock import wall_now
from eid.crypto.cbor import Cbor
from eid.crypto.keys import generate_signing_key
from eid.crypto.sd_jwt import SdJwt, bind_sd_jwt, parse_sd_jwt
from eid.presentations.unverified import read_unverified
from eid.wallet.held import Held
from tests.presentations.conftest import citizen, clinic, get_token, make_citizen, mdoc_wallet, service, wallet
from tests.presentations.conversation import LICENCE_QUERY, MDL_QUERY, Service, Wallet, alter_token

__all__ = ["citizen", "clinic", "get_token", "make_citizen", "mdoc_wallet", "service", "wallet"]


def bound(shown: SdJwt, held: Held, asked: Any, **changes: Any) -> str:
    """The presentation, bound anew, with one thing about the binding changed."""
    how: dict[str, Any] = {"key": held.key, "audience": asked.client_id, "nonce": asked.nonce, "now": wall_now()}
    return str(bind_sd_jwt(shown, **(how | changes)))


def refused(service: Service, wallet: Wallet, alter: Any) -> tuple[str, str]:
    """Step and code with which the altered presentation is refused: over HTTP to the wallet, and to who asked."""
    opened = service.ask(LICENCE_QUERY)
    asked = wallet.read(opened).asked
    [shown] = wallet.choose(asked)["licence"]
    answer = wallet.send(asked, {"licence": [alter(parse_sd_jwt(shown), asked)]})
    assert (answer.status_code, answer.get_json()["error"]) == (422, "invalid_request")
    found = service.read(opened)
    assert found.status_code == 422
    body: Mapping[str, Cbor] = found.get_json()
    return str(body["step"]), str(body["code"])


@pytest.mark.parametrize(("holder", "query"), [("wallet", LICENCE_QUERY), ("mdoc_wallet", MDL_QUERY)])
def test_oid4vp_1final_verifier_happy_flow(
    service: Service, holder: str, query: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    """A signed request is read and answered encrypted; what was shown is accepted, in both formats."""
    wallet: Wallet = request.getfixturevalue(holder)
    opened = service.ask(query)
    assert wallet.answer(opened).status_code == 200
    assert service.read(opened).status_code == 200


def test_oid4vp_1final_verifier_minimal_cnf_jwk(service: Service, wallet: Wallet) -> None:
    """A holder's key of kty, crv, x and y alone suffices: nothing else of it is looked for."""
    held = wallet.held[0]
    confirmation = read_unverified(parse_sd_jwt(held.credential).issuer_jwt)[1]["cnf"]
    assert set(confirmation["jwk"]) == {"kty", "crv", "x", "y"}
    opened = service.ask(LICENCE_QUERY)
    assert wallet.answer(opened).status_code == 200
    assert service.look(opened)["state"] == "verified"


def test_oid4vp_1final_verifier_request_uri_method_post(service: Service, wallet: Wallet) -> None:
    """The request is given by POST too, with the wallet's nonce in it, for this reading alone."""
    opened = service.ask(LICENCE_QUERY)
    assert "request_uri_method=post" in opened["wallet_uri"]
    first, second = (wallet.read(opened, method="POST", nonce=nonce).asked for nonce in ("one", "two"))
    assert first == second
    claims = read_unverified(wallet.fetch(opened, method="POST").text)[1]
    assert "wallet_nonce" not in claims
    assert wallet.send(first, wallet.choose(first)).status_code == 200


def test_oid4vp_1final_verifier_request_uri_fetched_twice(service: Service, wallet: Wallet) -> None:
    """The request may be fetched again before it is answered, and is the same."""
    opened = service.ask(LICENCE_QUERY)
    assert wallet.read(opened).asked == wallet.read(opened).asked
    assert wallet.answer(opened).status_code == 200


@pytest.mark.parametrize("part", ["client_id", "nonce", "response_uri", "encryption_key"])
def test_oid4vp_1final_verifier_invalid_session_transcript(service: Service, mdoc_wallet: Wallet, part: str) -> None:
    """A device that signed over another session is refused, whichever part of the session differs."""
    opened = service.ask(MDL_QUERY)
    asked = mdoc_wallet.read(opened).asked
    other: Any = mdoc_wallet.read(service.ask(MDL_QUERY)).asked.encryption_key if part == "encryption_key" else "other"
    shown = mdoc_wallet.choose(replace(asked, **{part: other}))
    assert mdoc_wallet.send(asked, shown).status_code == 422
    found = service.read(opened).get_json()
    assert (found["step"], found["code"]) == ("device_auth", "device_signature")


def test_oid4vp_1final_verifier_invalid_kb_jwt_signature(service: Service, wallet: Wallet) -> None:
    """A key binding whose signature does not hold is refused, and so is one by another key."""
    altered = refused(
        service, wallet, lambda shown, asked: str(replace(shown, key_binding=alter_token(shown.key_binding)))
    )
    other = refused(
        service, wallet, lambda shown, asked: bound(shown, wallet.held[0], asked, key=generate_signing_key())
    )
    assert altered == other == ("key_binding", "key_binding_signature")


def test_oid4vp_1final_verifier_invalid_credential_signature(service: Service, wallet: Wallet) -> None:
    """A credential whose issuer's signature does not hold is refused, however well it is bound."""
    found = refused(
        service,
        wallet,
        lambda shown, asked: bound(replace(shown, issuer_jwt=alter_token(shown.issuer_jwt)), wallet.held[0], asked),
    )
    assert found == ("signature", "token_signature")


def test_oid4vp_1final_verifier_invalid_sd_hash(service: Service, wallet: Wallet) -> None:
    """A binding over other disclosures than those that are shown is refused."""
    found = refused(service, wallet, lambda shown, asked: str(replace(shown, disclosures=shown.disclosures[::-1])))
    assert found == ("sd_hash", "sd_hash_mismatch")


def test_oid4vp_1final_verifier_invalid_kb_jwt_nonce(service: Service, wallet: Wallet) -> None:
    """A binding for another request is refused."""
    found = refused(service, wallet, lambda shown, asked: bound(shown, wallet.held[0], asked, nonce="another"))
    assert found == ("nonce", "nonce_mismatch")


def test_oid4vp_1final_verifier_invalid_kb_jwt_aud(service: Service, wallet: Wallet) -> None:
    """A binding for another verifier is refused; the prefix is part of the name."""
    for audience in ("x509_hash:other", "without-prefix"):
        found = refused(
            service, wallet, lambda shown, asked, to=audience: bound(shown, wallet.held[0], asked, audience=to)
        )
        assert found == ("aud", "token_audience")


def test_oid4vp_1final_verifier_kb_jwt_iat_in_past(service: Service, wallet: Wallet) -> None:
    """A binding made a year ago is refused."""
    then = wall_now() - timedelta(days=365)
    found = refused(service, wallet, lambda shown, asked: bound(shown, wallet.held[0], asked, now=then))
    assert found == ("time", "key_binding_stale")


def test_oid4vp_1final_verifier_kb_jwt_iat_in_future(service: Service, wallet: Wallet) -> None:
    """A binding that will be made in a year is refused."""
    then = wall_now() + timedelta(days=365)
    found = refused(service, wallet, lambda shown, asked: bound(shown, wallet.held[0], asked, now=then))
    assert found == ("time", "key_binding_stale")
