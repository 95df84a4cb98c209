"""FAPI 2.0 with certificates, beyond the modules of the suite: what is refused of a bank whose connection shows another
certificate than it should, and how certificates go with assertions and DPoP (RFC 8705; RFC 9440).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import Flask
from joserfc.jwk import ECKey

from eid.config import EXTENSION
from eid.oauth.client_certificates import ClientCertificate
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.models import AuthMethod
from tests.conformance.fapi2 import (
    CERTIFICATE,
    Bank,
    CertifiedBank,
    Variant,
    certificate_of,
    certified,
    error_of,
    open_bank,
    open_certified_bank,
)
from tests.oauth.assertions import jwks_of, proof_of
from tests.oauth.conftest import ISSUER
from tests.oauth.test_client_certificates import certify, header_of, key_of

OURS = ["/oauth/par", "/oauth/token", "/oauth/introspect", "/oauth/revoke"]
NOBODY = (401, "invalid_client")
WRONG: dict[str, dict[str, Any]] = {
    "of an authority that nobody believes": {"signer": "impostor"},
    "signed by itself": {"issuer": "CN=bank,O=Ngân hàng Thử,C=VN", "signer": "bank"},
    "that has ended": {"ends": timedelta(seconds=-1)},
    "that has not begun": {"begins": timedelta(hours=1)},
    "for servers": {"usage": ExtendedKeyUsageOID.SERVER_AUTH},
}


@pytest.fixture(scope="module")
def variant() -> Variant:
    return Variant.MTLS


@pytest.mark.parametrize("path", OURS)
def test_a_bank_is_nobody_without_its_certificate(bank: Bank, second: CertifiedBank, path: str) -> None:
    """RFC 8705, section 2.1, wherever clients prove themselves; a name that the authority gave to somebody else is no better"""
    form = {"token": "unknown"} if path in OURS[2:] else bank.request()
    assert error_of(bank.post(path, form, proof=None)) == NOBODY
    assert error_of(bank.post(path, form, proof=header_of(second.certificate))) == NOBODY
    for changes in WRONG.values():
        assert error_of(bank.post(path, form, proof=header_of(certificate_of("bank", **changes)))) == NOBODY
    assert bank.post("/oauth/introspect", {"token": "unknown"}).get_json() == {"active": False}


def test_a_refused_certificate_uses_up_nothing(bank: Bank) -> None:
    code = bank.code()
    wrong = header_of(certificate_of("bank", signer="impostor"))
    assert error_of(bank.redeem(code, proof=wrong)) == NOBODY
    assert bank.redeem(code).status_code == 200


def test_a_certificate_counts_from_the_proxy_alone(bank: Bank) -> None:
    """RFC 9440, section 4: whoever else writes it into the field is nobody, and bears no token that is bound to it"""
    header = {CERTIFICATE: bank.hold("")}
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    browser = bank.app.test_client()
    form = bank.request()
    assert error_of(browser.post("/oauth/par", data=form, headers=header, environ_base=elsewhere)) == NOBODY
    shown = header | {"Authorization": f"Bearer {bank.tokens()['access_token']}"}
    assert error_of(browser.get("/oauth/userinfo", headers=shown, environ_base=elsewhere)) == (401, "invalid_token")
    assert browser.get("/oauth/userinfo", headers=shown).status_code == 200


def test_a_token_is_worth_nothing_with_no_certificate_or_another(bank: Bank, second: CertifiedBank) -> None:
    """RFC 8705, section 3: 401 and invalid_token, also with the second client's certificate, and with one of the same name"""
    token = bank.tokens()["access_token"]
    namesake = certificate_of("bank", key=key_of("stolen"))
    for proof in (None, header_of(second.certificate), header_of(namesake)):
        refused = bank.read(token, proof=proof)
        assert error_of(refused) == (401, "invalid_token")
        assert refused.headers["WWW-Authenticate"].startswith('Bearer realm="eid", error="invalid_token"')
    assert error_of(bank.read(token, scheme="DPoP")) == (401, "invalid_token")
    assert bank.read(token).status_code == 200


def test_introspection_tells_the_certificate(bank: CertifiedBank) -> None:
    """RFC 8705, section 3.2"""
    told = bank.post("/oauth/introspect", {"token": bank.tokens()["access_token"]}).get_json()
    assert (told["active"], told["token_type"]) == (True, "Bearer")
    assert told["cnf"] == {"x5t#S256": ClientCertificate(bank.certificate).thumbprint}


def test_a_bank_may_renew_its_certificate_and_its_refresh_token_goes_on(bank: CertifiedBank) -> None:
    """RFC 8705, sections 2.1 and 7.1: the name says who it is, and new tokens are bound to what is shown now"""
    first = bank.tokens()
    renewed = replace(bank, certificate=certificate_of("bank", key=key_of("renewed")))
    again = renewed.refresh(first["refresh_token"])
    assert again.status_code == 200
    token = again.get_json()["access_token"]
    assert renewed.read(token).status_code == 200
    assert error_of(bank.read(token)) == (401, "invalid_token")
    assert bank.read(first["access_token"]).status_code == 200


def test_a_bank_that_signed_its_certificate_itself_goes_the_whole_way(fapi_app: Flask) -> None:
    """RFC 8705, section 2.2: with a key that it registered, and while the certificate lasts"""
    pem = key_of("own").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = ClientKeys(jwks_of(ECKey.import_key(pem, {"kid": "own"})))
    opened = open_bank(fapi_app, 106, auth_method=AuthMethod.SELF_SIGNED_TLS, keys=keys)

    def sign(name: str = "own", **changes: Any) -> Any:
        return certify("CN=own", key_of(name), issuer="CN=own", signer=name, **changes)

    own = CertifiedBank(opened.app, opened.registered, opened.browser, opened.person_id, certificate=sign())
    tokens = own.tokens()
    assert own.read(tokens["access_token"]).status_code == 200
    for other in (sign("foreign"), sign(ends=timedelta(seconds=-1))):
        assert error_of(own.push(proof=header_of(other))) == NOBODY
        assert error_of(own.refresh(tokens["refresh_token"], proof=header_of(other))) == NOBODY
    assert own.refresh(tokens["refresh_token"]).status_code == 200


def test_a_certificate_goes_with_an_assertion_and_dpop_with_a_certificate(fapi_app: Flask, bank: CertifiedBank) -> None:
    """The suite's mixed variants: private_key_jwt with tokens bound to certificates, and certificates with DPoP"""
    asserting = open_bank(fapi_app, 107)
    form = {"Client-Cert": header_of(bank.certificate)}
    bound = asserting.post("/oauth/token", redemption(asserting), proof=None)
    assert error_of(bound) == (400, "invalid_request")
    sent = redemption(asserting) | asserting.authenticate()
    tokens = asserting.app.test_client().post("/oauth/token", data=sent, headers=form).get_json()
    assert tokens["token_type"] == "Bearer"
    assert error_of(asserting.read(tokens["access_token"], proof=None, scheme="Bearer")) == (401, "invalid_token")
    assert bank.read(tokens["access_token"]).status_code == 200

    proof = bank.prove("/oauth/token")
    held = form | {"DPoP": proof}
    sent = redemption(bank) | bank.authenticate()
    tokens = bank.app.test_client().post("/oauth/token", data=sent, headers=held).get_json()
    assert tokens["token_type"] == "DPoP"
    assert error_of(bank.read(tokens["access_token"])) == (401, "invalid_token")


def redemption(bank: Bank) -> dict[str, str]:
    return bank.redemption(bank.code())


def test_a_bank_with_a_certificate_proves_itself_in_no_other_way(bank: Bank) -> None:
    """FAPI 2.0 Security Profile, section 5.3.2.1: what was registered, though its keys would sign an assertion"""
    refused = bank.post("/oauth/par", bank.request() | proof_of(bank.client_id))
    assert error_of(refused) == NOBODY


def test_two_banks_of_one_name_are_one_to_the_authority(fapi_app: Flask, bank: CertifiedBank) -> None:
    """RFC 8705, section 2.1.2: the name is all that tells clients apart, and each of these still needs its own client_id"""
    namesake = open_certified_bank(fapi_app, 108)
    assert certified("bank")["keys"].tls_subject == namesake.registered.client.tls_subject
    assert error_of(namesake.redeem(bank.code())) == (400, "invalid_grant")


@pytest.fixture
def aliased(fapi_app: Flask) -> Iterator[str]:
    """A host of its own where the proxy asks for certificates, so that citizens' browsers are not asked for one."""
    before = fapi_app.extensions[EXTENSION]
    address = "https://mtls.eid.example"
    fapi_app.extensions[EXTENSION] = replace(before, client_certificate_url=address)
    yield address
    fapi_app.extensions[EXTENSION] = before


def test_discovery_names_the_host_that_asks_for_certificates(bank: Bank, aliased: str) -> None:
    """RFC 8705, section 5: the other addresses stay, and every alias is one of them elsewhere"""
    found = bank.app.test_client().get("/.well-known/openid-configuration").get_json()
    aliases = found["mtls_endpoint_aliases"]
    for name, address in aliases.items():
        assert address.removeprefix(aliased) == found[name].removeprefix(ISSUER)
    assert {"token_endpoint", "pushed_authorization_request_endpoint", "userinfo_endpoint"} <= set(aliases)
    assert not {"authorization_endpoint", "end_session_endpoint"} & set(aliases)


def test_without_such_a_host_discovery_names_none(bank: Bank) -> None:
    assert "mtls_endpoint_aliases" not in bank.app.test_client().get("/.well-known/openid-configuration").get_json()


def test_at_that_host_everything_goes_as_at_the_other(bank: Bank, aliased: str) -> None:
    """A proof by DPoP is for the address that was called, of those two that are ours; any other host is the published one"""
    client = bank.app.test_client()
    header = {CERTIFICATE: bank.hold("")}
    for base, htu, status in (
        (aliased, aliased, 200),
        (aliased, ISSUER, 400),
        (ISSUER, aliased, 400),
        ("https://evil.example", "https://evil.example", 400),
    ):
        proof = {"DPoP": bank.key.prove("POST", f"{htu}/oauth/token", nonce=bank.nonce())}
        sent = redemption(bank) | bank.authenticate()
        answer = client.post("/oauth/token", base_url=base, data=sent, headers=header | proof)
        assert answer.status_code == status, answer.text
