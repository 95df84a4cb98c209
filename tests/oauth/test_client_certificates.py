"""Clients that prove themselves by a certificate, which a proxy passes on."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from eid.config import EXTENSION
from eid.errors import Malformed, VerificationFailed
from eid.oauth.client_certificates import (
    ClientCertificate,
    check_subject,
    parse_client_certificate,
    verify_certified_client,
    verify_self_signed_client,
)
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.models import AuthMethod
from tests.engines import one_engine
from tests.oauth.assertions import jwks_of, register_keyed

NOW = datetime.now(UTC).replace(microsecond=0)
NAME = "CN=bank,O=Ngân hàng Thử,C=VN"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def key_of(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certify(
    subject: str,
    key: Any,
    *,
    issuer: str = "CN=authority",
    signer: str = "authority",
    names: tuple[x509.GeneralName, ...] = (),
    usage: Any = ExtendedKeyUsageOID.CLIENT_AUTH,
    is_authority: bool = False,
    begins: timedelta = -timedelta(days=1),
    ends: timedelta = timedelta(days=30),
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key_of(signer).public_key()), critical=False)
    )
    if is_authority:
        usages = dict.fromkeys(_KEY_USAGES, False) | {"key_cert_sign": True}
        builder = builder.add_extension(x509.KeyUsage(**usages), critical=True).add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
    elif usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key_of(signer), hashes.SHA256())


_KEY_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
ANCHOR = certify("CN=authority", key_of("authority"), is_authority=True)
NAMES = (
    x509.DNSName("bank.example"),
    x509.UniformResourceIdentifier("https://bank.example/client"),
    x509.IPAddress(ip_address("192.0.2.7")),
    x509.RFC822Name("api@bank.example"),
)


def client_certificate(**changes: Any) -> x509.Certificate:
    return certify(NAME, changes.pop("key", key_of("bank")), names=changes.pop("names", NAMES), **changes)


def header_of(certificate: x509.Certificate) -> str:
    """RFC 9440, section 2.1"""
    return f":{base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()}:"


def judge(shown: x509.Certificate, kind: str = "subject_dn", subject: str = NAME, **changes: Any) -> None:
    verify_certified_client(
        ClientCertificate(shown, changes.pop("chain", ())),
        anchors=changes.pop("anchors", [ANCHOR]),
        expected_kind=f"tls_client_auth_{kind}",
        expected_subject=subject,
        now=NOW,
    )


def step_of(*given: Any, **changes: Any) -> str:
    with pytest.raises(VerificationFailed) as refused:
        judge(*given, **changes)
    return refused.value.step


@pytest.mark.parametrize(
    ("kind", "subject", "other"),
    [
        ("subject_dn", NAME, "CN=bank,O=Ngân hàng Thử"),
        ("subject_dn", NAME, "C=VN,O=Ngân hàng Thử,CN=bank"),
        ("san_dns", "BANK.example", "example"),
        ("san_uri", "https://bank.example/client", "https://bank.example/Client"),
        ("san_ip", "192.0.2.7", "192.0.2.8"),
        ("san_email", "api@bank.example", "bank.example"),
    ],
)
def test_a_certificate_is_known_by_the_name_that_was_registered(kind: str, subject: str, other: str) -> None:
    """RFC 8705, section 2.1.2"""
    judge(client_certificate(), kind, subject)
    assert step_of(client_certificate(), kind, other) == "subject"
    if kind != "subject_dn":
        assert step_of(client_certificate(names=()), kind, subject) == "subject"


def test_a_certificate_without_other_names_and_usages_is_known_by_its_subject() -> None:
    judge(client_certificate(names=(), usage=None))


def test_an_authority_must_vouch_for_it_for_clients_and_now() -> None:
    """RFC 8705, section 2.1"""
    self_signed = client_certificate(issuer=NAME, signer="bank")
    impostor = client_certificate(signer="impostor")
    for shown in (self_signed, impostor, client_certificate(usage=ExtendedKeyUsageOID.SERVER_AUTH)):
        assert step_of(shown) == "chain"
    assert step_of(client_certificate(ends=timedelta(0) - timedelta(seconds=1))) == "chain"
    assert step_of(client_certificate(begins=timedelta(seconds=1))) == "chain"
    assert step_of(client_certificate(), anchors=[]) == "chain"


def test_authorities_may_be_between() -> None:
    """RFC 9440, section 2.3: the rest of the chain comes along"""
    between = certify("CN=between", key_of("between"), is_authority=True)
    shown = client_certificate(issuer="CN=between", signer="between")
    judge(shown, chain=(between,))
    assert step_of(shown) == "chain"
    service = client_certificate()
    assert step_of(certify(NAME, key_of("x"), issuer=NAME, signer="bank"), chain=(service,)) == "chain"


def test_a_short_key_is_refused() -> None:
    """FAPI 2.0 Security Profile, section 5.4.1"""
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(VerificationFailed) as refused:
        judge(client_certificate(key=weak))
    assert refused.value.step in ("chain", "key")
    own = certify(NAME, weak)
    with pytest.raises(VerificationFailed) as refused:
        verify_self_signed_client(ClientCertificate(own), keys=[], now=NOW)
    assert refused.value.step == "subject"


def test_the_thumbprint_is_that_of_the_specification() -> None:
    """RFC 8705, section 3.1: base64url of the SHA-256 of the DER"""
    shown = parse_client_certificate(header_of(ANCHOR))
    digest = ANCHOR.fingerprint(hashes.SHA256())
    assert shown.thumbprint == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.mark.parametrize("header", ["rubbish", "::", ":AAAA:", ":", ":é:", f"{header_of(ANCHOR)}, {header_of(ANCHOR)}"])
def test_what_is_no_certificate_is_refused(header: str) -> None:
    for fields in ((header, ""), (header_of(ANCHOR), header + ",")):
        with pytest.raises(Malformed) as refused:
            parse_client_certificate(*fields)
        assert refused.value.code == "client_certificate"


def test_whatever_is_changed_in_a_certificate_only_a_refusal_comes_out() -> None:
    """Another version of X.509, a key on no curve, names that are none"""
    der, rng, seen = client_certificate().public_bytes(Encoding.DER), random.Random(7), set()
    for place in range(len(der)):
        changed = bytearray(der)
        changed[place] = rng.randrange(256)
        try:
            shown = parse_client_certificate(f":{base64.b64encode(changed).decode()}:")
            verify_self_signed_client(shown, keys=[], now=NOW)
        except (Malformed, VerificationFailed) as refused:
            seen.add(refused.code)
    assert {"client_certificate", "certificate_subject", "certificate_weak"} <= seen


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("tls_client_auth_subject_dn", "bank"),
        ("tls_client_auth_subject_dn", ""),
        ("tls_client_auth_san_ip", "bank"),
        ("tls_client_auth_san_dns", ""),
        ("tls_client_auth_san_dns", "*.example"),
        ("tls_client_auth_san_other", "x"),
        ("", "x"),
    ],
)
def test_a_subject_that_no_certificate_bears_is_not_registered(kind: str, subject: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_subject(kind, subject)
    assert refused.value.code == "tls_subject"


@pytest.fixture
def behind_proxy(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """A service behind a proxy at 127.0.0.1, with an authority of its own."""
    (tmp_path / "authorities.pem").write_bytes(ANCHOR.public_bytes(Encoding.PEM))
    app.extensions[EXTENSION] = replace(
        app.extensions[EXTENSION],
        client_certificate_proxies=(ip_network("127.0.0.1/32"),),
        client_certificate_authorities=tmp_path / "authorities.pem",
    )
    yield app


CERTIFIED = {
    "auth_method": AuthMethod.TLS,
    "keys": ClientKeys(tls_subject_kind="tls_client_auth_subject_dn", tls_subject=NAME),
    "own_scopes": ["health_insurance"],
}


def ask(client: FlaskClient, client_id: str, shown: str = "", peer: str = "127.0.0.1", chain: str = "") -> int:
    headers = {name: value for name, value in (("Client-Cert", shown), ("Client-Cert-Chain", chain)) if value}
    answer = client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": client_id},
        headers=headers,
        environ_base={"REMOTE_ADDR": peer},
    )
    return answer.status_code


@one_engine
def test_a_client_is_let_in_by_its_certificate_from_our_proxy_alone(behind_proxy: Flask, client: FlaskClient) -> None:
    """RFC 8705, section 2.1; RFC 9440, section 4: from anybody else the field is not looked at"""
    bank = register_keyed(**CERTIFIED)
    shown = header_of(client_certificate())
    assert ask(client, bank.client_id, shown) == 200
    assert ask(client, bank.client_id, shown, peer="198.51.100.7") == 401
    assert ask(client, bank.client_id) == 401
    assert ask(client, bank.client_id, header_of(client_certificate(signer="impostor"))) == 401
    assert ask(client, bank.client_id, "rubbish") == 400


@one_engine
def test_a_client_is_let_in_by_a_certificate_that_it_signed_itself(behind_proxy: Flask, client: FlaskClient) -> None:
    """RFC 8705, section 2.2: whose key is among those that it registered"""
    key = ECKey.import_key(
        key_of("bank").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), {"kid": "tls"}
    )
    bank = register_keyed(
        auth_method=AuthMethod.SELF_SIGNED_TLS, keys=ClientKeys(jwks_of(key)), own_scopes=["health_insurance"]
    )
    assert ask(client, bank.client_id, header_of(client_certificate(issuer=NAME, signer="bank"))) == 200
    assert ask(client, bank.client_id, header_of(client_certificate(key=key_of("other")))) == 401
    old = client_certificate(issuer=NAME, signer="bank", ends=-timedelta(seconds=1))
    assert ask(client, bank.client_id, header_of(old)) == 401


@one_engine
def test_certificates_are_offered_only_where_somebody_tells_us_of_them(app: Flask, client: FlaskClient) -> None:
    with pytest.raises(Malformed) as refused:
        register_keyed(**CERTIFIED)
    assert refused.value.code == "client_auth_unsupported"
    found = client.get("/.well-known/openid-configuration").get_json()["token_endpoint_auth_methods_supported"]
    assert not {"tls_client_auth", "self_signed_tls_client_auth"} & set(found)


@one_engine
def test_discovery_says_that_certificates_are_taken(behind_proxy: Flask, client: FlaskClient) -> None:
    found = client.get("/.well-known/openid-configuration").get_json()
    for endpoint in ("token", "revocation", "introspection"):
        methods = found[f"{endpoint}_endpoint_auth_methods_supported"]
        assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)


@one_engine
@pytest.mark.parametrize(
    "keys",
    [
        ClientKeys(),
        ClientKeys(tls_subject_kind="tls_client_auth_san_dns"),
        ClientKeys(tls_subject="bank.example"),
        ClientKeys(tls_subject_kind="tls_client_auth_san_dns", tls_subject="*"),
    ],
)
def test_a_certified_client_names_one_subject(behind_proxy: Flask, keys: ClientKeys) -> None:
    with pytest.raises(Malformed) as refused:
        register_keyed(auth_method=AuthMethod.TLS, keys=keys)
    assert refused.value.code == "tls_subject"
