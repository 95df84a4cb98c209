"""What verifiers fetch: the signed trust list, certificates of authorities, and the revocation lists that certificates name."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.credentials.configurations import KEPT
from eid.crypto.trust_entries import TrustKind
from eid.crypto.trust_list import verify_trust_list
from eid.errors import VerificationFailed
from eid.key_rotation import rotate_signing_keys, withdraw_signing_key
from eid.keystore import KeyUse, current_keystore
from tests.engines import one_engine
from tests.oauth.conftest import ISSUER

pytestmark = one_engine


@pytest.mark.parametrize("authority", ["iaca", "verifier-ca"])
def test_an_authority_is_published(client: FlaskClient, authority: str) -> None:
    answer = client.get(f"/api/v1/trust/{authority}")
    assert (answer.status_code, answer.content_type) == (200, "application/pem-certificate-chain")
    (root,) = x509.load_pem_x509_certificates(answer.data)
    assert client.get(f"/api/v1/trust/{authority}/1.cer").data == root.public_bytes(Encoding.DER)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_revocation_list_that_a_certificate_names_is_there_and_signed(app: Flask, client: FlaskClient) -> None:
    """ISO/IEC 18013-5, table B.3: cRLDistributionPoints"""
    signer = x509.load_der_x509_certificate(current_keystore().find_mdoc_signer().certificate)
    (point,) = signer.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    address = point.full_name[0].value
    assert address.startswith(ISSUER)
    answer = client.get(address.removeprefix(ISSUER))
    assert (answer.status_code, answer.content_type) == (200, "application/pkix-crl")
    listed = x509.load_der_x509_crl(answer.data)
    (root,) = x509.load_pem_x509_certificates(client.get("/api/v1/trust/iaca").data)
    assert listed.is_signature_valid(root.public_key())  # type: ignore[arg-type]
    assert listed.issuer == signer.issuer
    assert len(listed) == 0


@pytest.mark.parametrize("path", ["nobody", "csca", "nobody/1.cer", "iaca/2.cer", "iaca/0.cer", "iaca/2.crl"])
def test_nobody_is_not_published(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1/trust/{path}")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "authority_unknown")


def pins() -> set[str]:
    return {current_keystore().find_signing_key(KeyUse.TRUST_LIST).kid}


def fetch(client: FlaskClient, accept: str | None = None) -> str:
    answer = client.get("/api/v1/trust-list", headers={} if accept is None else {"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, accept or "application/eid-trust-list+jwt")
    return answer.text


def test_the_trust_list_names_all_that_signs(app: Flask, client: FlaskClient) -> None:
    found = verify_trust_list(fetch(client), pinned=pins(), now=wall_now(), expected_issuer=ISSUER)
    kids = {key["kid"] for key in client.get("/.well-known/jwt-vc-issuer").get_json()["jwks"]["keys"]}
    [papers] = found.find_entries(TrustKind.PAPER_KEY, at=wall_now())
    assert papers.jwk is not None and papers.jwk["kid"] in kids
    [root] = found.find_entries(TrustKind.IACA_ROOT, at=wall_now())
    assert root.certificate == client.get("/api/v1/trust/iaca/1.cer").data
    [signer] = found.find_entries(TrustKind.MDOC_SIGNER, at=wall_now())
    assert signer.certificate == current_keystore().find_mdoc_signer().certificate
    assert found.find_entries(TrustKind.VERIFIER_ROOT, at=wall_now())
    assert found.find_entries(TrustKind.CSCA, at=wall_now())
    assert {paper["paper"] for paper in found.authorities[0].papers} == set(KEPT)
    lists = found.authorities[0].status_lists
    assert lists is not None and client.get(lists.removeprefix(ISSUER)).status_code == 200


def test_its_number_never_falls(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(wall_now(), tick=False) as clock:
        first = verify_trust_list(fetch(client), pinned=pins(), now=wall_now())
        clock.shift(timedelta(seconds=1))
        verify_trust_list(fetch(client), pinned=pins(), now=wall_now(), last_sequence=first.sequence + 1)


def test_whoever_pinned_the_old_key_finds_the_new_one_while_both_sign(app: Flask, client: FlaskClient) -> None:
    """Pinned once, found for ever: announced before it signs, and signed with both after"""
    with time_machine.travel(wall_now(), tick=False) as clock:
        old = pins()
        (following,) = rotate_signing_keys(KeyUse.TRUST_LIST).following
        assert following.key.kid in verify_trust_list(fetch(client), pinned=old, now=wall_now()).signers
        clock.move_to(following.signs_from + timedelta(days=300))
        with pytest.raises(VerificationFailed) as refusal:
            verify_trust_list(fetch(client), pinned=old, now=wall_now())
        assert refusal.value.code == "trust_list_pin"
        both = fetch(client, "application/jose+json")
        for pinned in (old, {following.key.kid}):
            assert following.key.kid in verify_trust_list(both, pinned=pinned, now=wall_now()).signers


def test_a_key_that_was_withdrawn_is_listed_as_such_and_its_certificate_revoked(
    app: Flask, client: FlaskClient
) -> None:
    leaked = current_keystore().issuing_keys.find_signer(KeyUse.MDOC)
    withdraw_signing_key(KeyUse.MDOC, leaked.key.kid)
    assert current_keystore().find_mdoc_signer().certificate != leaked.certificate
    found = verify_trust_list(fetch(client), pinned=pins(), now=wall_now())
    assert [entry.certificate for entry in found.find_withdrawn()] == [leaked.certificate]
    assert leaked.certificate not in [e.certificate for e in found.find_entries(TrustKind.MDOC_SIGNER, at=wall_now())]
    listed = x509.load_der_x509_crl(client.get("/api/v1/trust/iaca/1.crl").data)
    serial = x509.load_der_x509_certificate(leaked.certificate).serial_number
    assert listed.get_revoked_certificate_by_serial_number(serial) is not None
    assert len(x509.load_der_x509_crl(client.get("/api/v1/trust/verifier-ca/1.crl").data)) == 0


def test_no_other_form_is_given(client: FlaskClient) -> None:
    assert client.get("/api/v1/trust-list", headers={"Accept": "text/html"}).status_code == 406
