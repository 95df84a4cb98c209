"""Every certificate and list that is issued has what the profile makes mandatory and nothing that it forbids."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509

from eid.cards.certificates import CSCA_SIGNS, SIGNER_SIGNS
from eid.crypto.algorithms import parse_scheme
from eid.crypto.key_kinds import KeyKind, Padding
from eid.crypto.public_keys import parse_public_key
from eid.crypto.sod import parse_signed_data
from eid.crypto.x509 import Certificate, parse_certificate
from tests.cards.issue_everything import CHOICES, Everything

NAMES = {
    "2.5.29.35": "AKI", "2.5.29.14": "SKI", "2.5.29.15": "KU", "2.5.29.16": "PKUP", "2.5.29.17": "SAN", "2.5.29.18": "IAN",
    "2.5.29.19": "BC", "2.5.29.37": "EKU", "2.5.29.31": "CDP", "2.23.136.1.1.6.2": "types",
}  # fmt: skip
ALWAYS = {"AKI", "KU", "PKUP", "SAN", "IAN", "CDP", "SKI"}
PROFILES = {
    "csca": ALWAYS | {"BC"},
    "link": ALWAYS | {"BC"},
    "signer": ALWAYS | {"types"},
    "list-signer": ALWAYS | {"EKU"},
}
"""ICAO 9303-12, 7.1.1: mandatory extensions of each role, with those optional ones that we choose (a CSCA's own AKI, a
signer's SKI). Everything else there is forbidden or not ours to say."""
CRITICAL = {"KU", "BC", "EKU"}


def roles(everything: Everything) -> dict[str, list[Certificate]]:
    found: dict[str, list[Certificate]] = {role: [] for role in PROFILES}
    for name, data in everything.certificates.items():
        found[name.split("-")[0]].append(parse_certificate(data))
    master_list = parse_signed_data(everything.published["master-list.ml"], max_bytes=1_000_000)
    found["list-signer"] = [one for one in master_list.certificates if one.basic_constraints is None]
    return found


def test_each_role_has_its_extensions_critical_where_they_must_be(everything: Everything) -> None:
    """ICAO 9303-12, 7.1.1, table of extensions."""
    found = roles(everything)
    assert [len(found[role]) for role in PROFILES] == [2, 1, 3, 1]
    for role, certificates in found.items():
        for certificate in certificates:
            extensions = x509.load_der_x509_certificate(certificate.raw).extensions
            names = {NAMES[found.oid.dotted_string]: found.critical for found in extensions}
            assert set(names) == PROFILES[role]
            assert {name for name, critical in names.items() if critical} == CRITICAL & set(names)


def test_each_role_may_do_what_it_is_for(everything: Everything) -> None:
    """ICAO 9303-12, 7.1.1: keyCertSign and cRLSign, path length 0; digitalSignature alone; ID documents; master lists."""
    found = roles(everything)
    for certificate in found["csca"] + found["link"]:
        assert (certificate.key_usage, certificate.basic_constraints) == ({5, 6}, (True, 0))
    for certificate in found["signer"] + found["list-signer"]:
        assert (certificate.key_usage, certificate.basic_constraints) == ({0}, None)
    assert {certificate.document_types for certificate in found["signer"]} == {("ID",)}
    assert {certificate.extended_key_usage for certificate in found["list-signer"]} == {("2.23.136.1.1.3",)}


def test_names_countries_and_serial_numbers_are_as_they_must_be(everything: Everything) -> None:
    """ICAO 9303-12, 7.1: the country in capitals, the same in subject and issuer; serial numbers positive, at most twenty
    octets; version 3; the same algorithm inside and outside."""
    serials = set()
    for certificates in roles(everything).values():
        for certificate in certificates:
            loaded = x509.load_der_x509_certificate(certificate.raw)
            assert loaded.version is x509.Version.v3
            assert (certificate.country, certificate.issuer_country) == ("VN", "VN")
            assert 0 < certificate.serial < 2**159
            assert certificate.algorithm.raw == certificate.tbs_algorithm.raw
            serials.add(certificate.serial)
    assert len(serials) == 7


def test_alternative_names_say_where_to_ask_and_which_state_the_documents_name(everything: Everything) -> None:
    """ICAO 9303-12, 7.1.1: contact data, and a directory name whose locality is the code that the MRZ has."""
    for certificates in roles(everything).values():
        for certificate in certificates:
            loaded = x509.load_der_x509_certificate(certificate.raw).extensions
            for kind in (x509.SubjectAlternativeName, x509.IssuerAlternativeName):
                uri, name = loaded.get_extension_for_class(kind).value  # type: ignore[attr-defined]
                assert uri.value == "http://localhost:8000"
                assert name.value.rfc4514_string() == "L=VNM"
            [point] = loaded.get_extension_for_class(x509.CRLDistributionPoints).value
            assert point.full_name is not None and point.reasons is None and point.crl_issuer is None
            assert point.full_name[0].value == "http://localhost:8000/trust/csca-0001.crl"


def test_keys_sign_for_as_long_as_their_role_and_certificates_outlive_the_longest_card(everything: Everything) -> None:
    """ICAO 9303-12, 4.2: a CSCA's key three to five years, a signer's three months, certificates as long as documents."""
    found = roles(everything)
    for role, longest in (("csca", CSCA_SIGNS), ("signer", SIGNER_SIGNS), ("link", CSCA_SIGNS)):
        for certificate in found[role]:
            starts, ends = certificate.private_key_usage_period
            assert starts is not None and ends is not None
            assert longest <= ends - starts <= longest + timedelta(hours=1)
            assert certificate.not_before == starts
            assert certificate.not_after - ends >= timedelta(days=365 * 45 if role == "link" else 365 * 50)
    assert max(one.not_after for one in found["signer"]) <= max(one.not_after for one in found["csca"])


def test_a_link_is_the_new_csca_in_the_old_ones_words(everything: Everything) -> None:
    """ICAO 9303-12, 4.2.1 and 7.1: subject, key and key identifier of the new one; issuer and key identifier of the old."""
    found = roles(everything)
    [old, new], [link] = found["csca"], found["link"]
    assert (link.raw_subject, link.raw_public_key, link.subject_key_id) == (
        new.raw_subject, new.raw_public_key, new.subject_key_id,
    )  # fmt: skip
    assert (link.raw_issuer, link.authority_key_id) == (old.raw_subject, old.subject_key_id)
    assert new.raw_subject == old.raw_subject and new.subject_key_id != old.subject_key_id


def test_keys_are_of_the_kinds_that_the_settings_ask_for(everything: Everything) -> None:
    choice, found = CHOICES[everything.name], roles(everything)
    for role, setting, default in (("csca", "csca_key", KeyKind.P_384), ("signer", "signer_key", KeyKind.P_256)):
        for certificate in found[role]:
            key = parse_public_key(certificate.raw_public_key)
            bits, kind = key.key_size, choice.get(setting, default)
            names = {"P-256": "secp256r1", "P-384": "secp384r1"}
            named = f"RSA-{bits}" if not hasattr(key, "curve") else key.curve.name
            assert named == names.get(str(kind), str(kind))
    schemes = {parse_scheme(one.algorithm).kind for ones in found.values() for one in ones}
    assert len(schemes) == 1
    expected = {Padding.PSS: "pss", Padding.PKCS1: "rsa"}[choice.get("rsa_padding", Padding.PSS)]  # type: ignore[index]
    assert schemes <= {"ecdsa", expected}


def test_a_revocation_list_has_what_its_profile_demands_and_no_more(everything: Everything) -> None:
    """ICAO 9303-12, 7.2: AKI and number, neither critical; no reasons; thisUpdate and nextUpdate."""
    crl = x509.load_der_x509_crl(everything.published["csca-0001.crl"])
    assert {(found.oid.dotted_string, found.critical) for found in crl.extensions} == {
        ("2.5.29.35", False),
        ("2.5.29.20", False),
    }
    [revoked] = list(crl)
    assert len(revoked.extensions) == 0
    assert crl.next_update_utc is not None
    assert crl.last_update_utc <= everything.at < crl.next_update_utc
    newest = roles(everything)["csca"][-1]
    assert (
        crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        == newest.subject_key_id
    )
