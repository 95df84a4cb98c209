"""What verifiers fetch: certificates of authorities, and the revocation lists that certificates name."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask
from flask.testing import FlaskClient

from eid.keystore import current_keystore
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
