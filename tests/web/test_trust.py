"""Verifiers find what certificates name at the address that they name."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from cryptography import x509
from flask import Flask
from flask.testing import FlaskClient

from eid.cards import authority
from eid.crypto.trust_files import parse_trust_store


def test_a_certificates_distribution_point_leads_to_its_list(app: Flask, client: FlaskClient) -> None:
    """ICAO 9303-12, 7.1: where the list is, is said in every certificate."""
    signer = x509.load_der_x509_certificate(authority.find_document_signer().certificate)
    [point] = signer.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name is not None
    answer = client.get(urlsplit(point.full_name[0].value).path)
    assert (answer.status_code, answer.mimetype) == (200, "application/pkix-crl")
    crl = x509.load_der_x509_crl(answer.data)
    assert crl.issuer == signer.issuer and crl.get_revoked_certificate_by_serial_number(signer.serial_number) is None


def test_everything_published_is_there_and_makes_a_trust_store(app: Flask, client: FlaskClient) -> None:
    names = authority.list_publications()
    files = [client.get(f"/trust/{name}") for name in names]
    assert {answer.status_code for answer in files} == {200}
    store = parse_trust_store([answer.data for answer in files])
    assert len(store.anchors) == 1 and len(store.revocation_lists) == 1


@pytest.mark.parametrize("name", ["csca-0002.cer", "x", "..", "csca-0001.pem", "%2e%2e%2fkeys%2fcsca-0001.pem"])
def test_nothing_else_is(app: Flask, client: FlaskClient, name: str) -> None:
    authority.publish_trust()
    assert client.get(f"/trust/{name}").status_code in (308, 404)
