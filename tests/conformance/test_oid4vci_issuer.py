"""oid4vci-1_0-issuer-test-plan and oid4vci-1_0-issuer-haip-test-plan, a test a module, with a wallet of profile haip: attested,
DPoP-bound, its requests pushed."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64decode
from itertools import pairwise
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jws
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from eid.clock import wall_now
from eid.oauth.attestations import CLIENT_TYP
from eid.oauth.wallet_attesting import sign_attestation
from tests.conformance.wallets import (
    FORMATS,
    LICENCE,
    MDL,
    Wallet,
    open_wallet,
    read_mdoc,
    read_vc,
    spoil,
    wallet,
    wallet_app,
)
from tests.oauth.conftest import ISSUER
from tests.oauth.proving import HeldKey

__all__ = ["wallet", "wallet_app"]

POP = "oauth-client-attestation-pop+jwt"


@pytest.fixture(scope="module")
def token(wallet: Wallet) -> str:
    return str(wallet.tokens()["access_token"])


def refused(answer: TestResponse, error: str, status: int = 400) -> None:
    """Section 8.3.1: never encrypted, ASCII, and nothing else in it."""
    assert (answer.status_code, answer.get_json()["error"]) == (status, error), answer.text
    assert answer.mimetype == "application/json"
    assert set(answer.get_json()) <= {"error", "error_description"}
    assert answer.get_json()["error_description"].isascii()


def keys_in(credential: str, configuration: str) -> Any:
    """The holder's key in a credential: x of its point."""
    if configuration == LICENCE:
        return urlsafe_b64decode(read_vc(credential)["cnf"]["jwk"]["x"] + "=")
    return read_mdoc(credential)[0].device_key[-2]


def header_of(token: str) -> dict[str, Any]:
    part = token.split(".")[0]
    return dict(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def test_oid4vci_1_0_issuer_metadata_test(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, sections 12.2.2 to 12.3: the metadata is whole, its addresses are ours, and both documents agree."""
    answer = wallet.get("/.well-known/openid-credential-issuer", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    metadata = answer.get_json()
    assert metadata["credential_issuer"] == ISSUER
    endpoints = [name for name in metadata if name.endswith("_endpoint")]
    assert {"credential_endpoint", "nonce_endpoint", "deferred_credential_endpoint", "notification_endpoint"} == set(
        endpoints
    )
    assert all(metadata[name].startswith(f"{ISSUER}/") for name in endpoints)
    assert metadata["batch_credential_issuance"]["batch_size"] >= 2
    assert (
        metadata["credential_request_encryption"]["jwks"]["keys"][0].items()
        >= {"alg": "ECDH-ES", "crv": "P-256"}.items()
    )
    assert metadata["credential_response_encryption"]["enc_values_supported"] == ["A128GCM", "A256GCM"]
    for one in metadata["credential_configurations_supported"].values():
        assert ("vct" if one["format"] == "dc+sd-jwt" else "doctype") in one
        assert one["cryptographic_binding_methods_supported"] and set(one["proof_types_supported"]) == {
            "jwt",
            "attestation",
        }
        locales = [each["locale"] for each in one["credential_metadata"]["display"]]
        assert locales == ["vi", "en"]
    licence = metadata["credential_configurations_supported"][LICENCE]["credential_metadata"]
    assert [each["name"] for each in licence["display"]] == ["Giấy phép lái xe", "Driving licence"]
    server = wallet.get("/.well-known/oauth-authorization-server").get_json()
    scopes = {one["scope"] for one in metadata["credential_configurations_supported"].values()}
    assert server["issuer"] == ISSUER and scopes <= set(server["scopes_supported"])
    assert "attest_jwt_client_auth" in server["token_endpoint_auth_methods_supported"]
    assert server["client_attestation_signing_alg_values_supported"] == ["ES256"]
    assert server["client_attestation_pop_signing_alg_values_supported"] == ["ES256"]
    assert "openid_credential" in server["authorization_details_types_supported"]
    assert server["authorization_response_iss_parameter_supported"] is True


def test_oid4vci_1_0_issuer_metadata_test_signed(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 12.2.3: the same, signed by who has a certificate of the published authority."""
    answer = wallet.get("/.well-known/openid-credential-issuer", headers={"Accept": "application/jwt"})
    assert (answer.status_code, answer.mimetype) == (200, "application/jwt")
    header = header_of(answer.text)
    assert (header["typ"], header["alg"]) == ("openidvci-issuer-metadata+jwt", "ES256")
    [signer] = [x509.load_der_x509_certificate(b64decode(one)) for one in header["x5c"]]
    root = x509.load_pem_x509_certificates(wallet.get("/api/v1/trust/iaca").data)[0]
    signer.verify_directly_issued_by(root)
    pem = signer.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = 16 * 1024
    claims = json.loads(jws.deserialize_compact(answer.text, ECKey.import_key(pem), registry=registry).payload)
    assert claims["sub"] == ISSUER and abs(claims["iat"] - wall_now().timestamp()) < 60
    assert claims.items() >= wallet.metadata().items()


@pytest.mark.parametrize("configuration", FORMATS)
def test_oid4vci_1_0_issuer_happy_flow(wallet: Wallet, configuration: str) -> None:
    """OpenID4VCI 1.0, sections 5, 6, 8 and 11: by scope and by authorization details; the wallet says that it has it, twice."""
    answered = wallet.authorize()
    assert (answered["iss"], answered["state"]) == (ISSUER, "the-state")
    tokens = wallet.redeem(answered["code"]).get_json()
    assert tokens["token_type"] == "DPoP" and "id_token" not in tokens
    details = [{"type": "openid_credential", "credential_configuration_id": configuration}]
    named = wallet.tokens(scope=None, authorization_details=json.dumps(details))
    [identifier] = named["authorization_details"][0]["credential_identifiers"]
    by_name = {"credential_configuration_id": None, "credential_identifier": identifier}
    for access, changes in ((tokens["access_token"], {}), (named["access_token"], by_name)):
        answer = wallet.ask(access, configuration, **changes)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), answer.text
        [issued] = answer.get_json()["credentials"]
        assert keys_in(issued["credential"], configuration) == urlsafe_b64decode(wallet.holder.jwk()["x"] + "=")
        told = {"notification_id": answer.get_json()["notification_id"], "event": "credential_accepted"}
        for _ in range(2):
            assert wallet.call("/oauth/notifications", access, json=told).status_code == 204
    if configuration == LICENCE:
        claims, header = read_vc(issued["credential"]), header_of(issued["credential"])
        assert claims["vct"] == wallet.metadata()["credential_configurations_supported"][LICENCE]["vct"]
        assert header["typ"] == "dc+sd-jwt" and len(header["x5c"]) == 1
        assert claims["exp"] and claims["status"]["status_list"]
    else:
        mso, elements = read_mdoc(issued["credential"])
        assert mso.doc_type == "org.iso.18013.5.1.mDL" and mso.status
        assert set(elements) == {"org.iso.18013.5.1"}


def test_oid4vci_1_0_issuer_happy_flow_additional_requests(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3: further requests with one token, whatever they accept."""
    for accept in ("application/json; charset=utf-8", "*/*", "application/json, application/*+json, */*"):
        assert wallet.ask(token, accept=accept).status_code == 200


def test_oid4vci_1_0_issuer_happy_flow_multiple_clients(wallet: Wallet) -> None:
    """OpenID4VCI 1.0, section 8: two wallets are given credentials at the same time, and neither with the other's token."""
    other = open_wallet(wallet.app, wallet.browser, wallet.person_id, "Ví Khác")
    tokens = [str(one.tokens()["access_token"]) for one in (wallet, other)]
    for one, access in zip((wallet, other), tokens, strict=True):
        assert one.ask(access).status_code == 200
    stolen = other.ask(tokens[0])
    assert (stolen.status_code, stolen.get_json()["error"]) == (401, "invalid_token")


def test_oid4vci_1_0_issuer_happy_flow_skip_notification(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 11: nobody has to notify."""
    assert wallet.ask(token).status_code == 200
    assert wallet.ask(token).status_code == 200


@pytest.mark.parametrize("configuration", FORMATS)
def test_oid4vci_1_0_issuer_batch_issuance(wallet: Wallet, token: str, configuration: str) -> None:
    """OpenID4VCI 1.0, sections 8.3 and 15.6.2: one credential a key, of the same data, and nothing that links two of them."""
    keys = [HeldKey.generate() for _ in range(8)]
    answer = wallet.ask(token, configuration, proofs={"jwt": [wallet.prove(key) for key in keys]})
    issued = [one["credential"] for one in answer.get_json()["credentials"]]
    proved = {urlsafe_b64decode(key.jwk()["x"] + "=") for key in keys}
    assert {keys_in(one, configuration) for one in issued} == proved and len(issued) == 8
    if configuration == LICENCE:
        found = [read_vc(one) for one in issued]
        places = [one["status"]["status_list"] for one in found]
        assert all(one[name] % 3600 == 0 for one in found for name in ("iat", "exp"))
        disclosures = [each for one in issued for each in one.split("~")[1:-1]]
        assert len(set(disclosures)) == len(disclosures)
        assert len({json.dumps(one["classes"]) for one in found}) == 1
    else:
        objects = [read_mdoc(one) for one in issued]
        places = [mso.status["status_list"] for mso, _ in objects]
        assert all(mso.validity.signed_at.minute == mso.validity.signed_at.second == 0 for mso, _ in objects)
        assert len({json.dumps(elements, default=str, sort_keys=True) for _, elements in objects}) == 1
    indices = [place["idx"] for place in places]
    assert len({place["uri"] for place in places}) == 1 and len(set(indices)) == 8
    assert len({second - first for first, second in pairwise(indices)}) > 1


def test_oid4vci_1_0_issuer_fail_invalid_nonce(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3.1.2: invalid_nonce."""
    refused(wallet.ask(token, proofs={"jwt": [wallet.prove(nonce="made-up")]}), "invalid_nonce")


def test_oid4vci_1_0_issuer_fail_invalid_jwt_proof_signature(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3.1.2: invalid_proof."""
    refused(wallet.ask(token, proofs={"jwt": [spoil(wallet.prove())]}), "invalid_proof")


def test_oid4vci_1_0_issuer_fail_invalid_key_attestation_signature(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, appendices D.1, F.1 and F.3: an attestation is believed where its signature holds, alone or in a proof."""
    attestation = wallet.attest_keys([wallet.holder])
    good = wallet.ask(token, proofs={"attestation": [attestation]})
    assert good.status_code == 200, good.text
    within = wallet.prove(header={"key_attestation": attestation})
    assert wallet.ask(token, proofs={"jwt": [within]}).status_code == 200
    refused(wallet.ask(token, proofs={"attestation": [spoil(attestation)]}), "invalid_proof")
    within = wallet.prove(header={"key_attestation": spoil(attestation)})
    refused(wallet.ask(token, proofs={"jwt": [within]}), "invalid_proof")


def test_oid4vci_1_0_issuer_fail_invalid_client_attestation_signature(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 6."""
    refused(wallet.push(wallet.credentials(spoil(wallet.attest()))), "invalid_client", 401)


def test_oid4vci_1_0_issuer_fail_invalid_client_attestation_pop_signature(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 6."""
    refused(wallet.push(wallet.credentials(proof=spoil(wallet.prove_instance()))), "invalid_client", 401)


def attest_by_provider(wallet: Wallet, **changes: Any) -> str:
    """An attestation that the demo's provider signed, with other claims than it gives itself; None leaves one out."""
    claims = {"sub": wallet.client_id, "cnf": {"jwk": wallet.instance.jwk()}} | changes
    return sign_attestation({name: value for name, value in claims.items() if value is not None}, CLIENT_TYP)


def test_oid4vci_1_0_issuer_fail_client_attestation_exp_in_past(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 5.1: exp."""
    assert wallet.push(wallet.credentials(attest_by_provider(wallet))).status_code == 201
    late = attest_by_provider(wallet, exp=int(wall_now().timestamp()) - 300)
    refused(wallet.push(wallet.credentials(late)), "invalid_client", 401)


def test_oid4vci_1_0_issuer_fail_client_attestation_no_sub(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 5.1: sub."""
    refused(wallet.push(wallet.credentials(attest_by_provider(wallet, sub=None))), "invalid_client", 401)


def test_oid4vci_1_0_issuer_fail_client_attestation_pop_wrong_aud(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 5.2: aud."""
    elsewhere = wallet.prove_instance(aud="https://elsewhere.example")
    refused(wallet.push(wallet.credentials(proof=elsewhere)), "invalid_client", 401)


def test_oid4vci_1_0_issuer_fail_mismatched_client_attestation_pop_key(wallet: Wallet) -> None:
    """draft-ietf-oauth-attestation-based-client-auth, section 6: the proof is by the attested key."""
    refused(wallet.push(wallet.credentials(proof=wallet.prove_instance(HeldKey.generate()))), "invalid_client", 401)


def test_oid4vci_1_0_issuer_fail_missing_proof(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3.1.2: invalid_proof where the field is missing."""
    refused(wallet.ask(token, proofs=None), "invalid_proof")


@pytest.mark.parametrize(
    "changed",
    [{"alg": "RSA-OAEP-256"}, {"alg": None}, {"crv": "P-384"}],
)
def test_oid4vci_1_0_issuer_fail_unsupported_encryption_algorithm(
    wallet: Wallet, token: str, changed: dict[str, Any]
) -> None:
    """OpenID4VCI 1.0, sections 8.3.1.2 and 10: invalid_encryption_parameters; and what the metadata has is done."""
    private = ec.generate_private_key(ec.SECP256R1())
    jwk = {**ECKey(private, private).as_dict(private=False), "alg": "ECDH-ES", "use": "enc", "kid": "answer"}  # type: ignore[call-arg, arg-type]
    wanted = {"jwk": jwk, "enc": "A256GCM"}
    answer = wallet.ask(token, sealed=wallet.seal, credential_response_encryption=wanted)
    assert (answer.status_code, answer.mimetype) == (200, "application/jwt"), answer.text
    assert header_of(answer.text).items() >= {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "answer"}.items()
    opened = jwe.decrypt_compact(answer.text, ECKey(private, private), algorithms=["ECDH-ES", "A256GCM"])  # type: ignore[call-arg, arg-type]
    assert len(json.loads(opened.plaintext or b"")["credentials"]) == 1
    bad = {name: value for name, value in (jwk | changed).items() if value is not None}
    for spoiled in ({"jwk": bad, "enc": "A256GCM"}, {"jwk": jwk, "enc": "A128CBC-HS256"}, {"jwk": jwk}):
        asked = wallet.ask(token, sealed=wallet.seal, credential_response_encryption=spoiled)
        refused(asked, "invalid_encryption_parameters")


def test_oid4vci_1_0_issuer_fail_unknown_credential_configuration(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3.1.2: unknown_credential_configuration."""
    refused(wallet.ask(token, "passport_sd_jwt"), "unknown_credential_configuration")


def test_oid4vci_1_0_issuer_fail_unknown_credential_identifier(wallet: Wallet, token: str) -> None:
    """OpenID4VCI 1.0, section 8.3.1.2: unknown_credential_identifier."""
    changes = {"credential_configuration_id": None, "credential_identifier": MDL}
    refused(wallet.ask(token, **changes), "unknown_credential_identifier")


def test_oid4vci_1_0_issuer_fail_on_access_token_in_query(wallet: Wallet, token: str) -> None:
    """FAPI 2.0 Security Profile, section 5.3.4: a token in the address is refused, alone or beside one in the header."""
    path = f"/oauth/credentials?access_token={token}"
    assert wallet.post(path, json={"credential_configuration_id": LICENCE}).status_code == 401
    refused(wallet.call(path, token, json={"credential_configuration_id": LICENCE}), "invalid_request")
