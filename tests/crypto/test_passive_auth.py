"""Every check of passive authentication, each with a card that is wrong in that one way; the step and the code are asserted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.cards.certificates import build_crl
from eid.cards.forgery import Authority, Forge, name_of, resign
from eid.crypto import dg13
from eid.crypto.algorithms import Scheme, build_signature_algorithm, digest
from eid.crypto.checks import chain
from eid.crypto.lds import (
    CARD_ACCESS,
    COM,
    SOD,
    build_com,
    build_dg1,
    build_security_object,
    data_group_file,
    parse_security_object,
)
from eid.crypto.passive_auth import STEPS, ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy, Tolerance
from eid.crypto.report import Result
from eid.crypto.security_infos import build_card_access
from eid.crypto.sod import parse_sod
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_set, build_tlv
from eid.crypto.trust import MAX_FACTS, TrustStore
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed
from tests.crypto.forge import HOLDER, LATER, NOW, groups_of, key_of, make_card, make_csca, make_signer, make_trust


@cache
def good() -> tuple[dict[str, bytes], TrustStore]:
    csca = make_csca()
    return make_card(make_signer(csca)), make_trust(csca)


def forged(**changes: Any) -> dict[str, bytes]:
    """A good card whose EF.SOD was forged with these changes."""
    files, _trust = good()
    signer = changes.pop("signer", None) or make_signer(make_csca())
    return {**files, SOD: Forge(**({"groups": groups_of(files), "signer": signer, "at": NOW} | changes)).build()}


def verify(
    files: dict[str, bytes], trust: TrustStore | None = None, policy: Policy = STRICT, **kwargs: Any
) -> VerifiedDocument:
    kwargs.setdefault("at", LATER)
    return verify_document(files, trust_store=trust or good()[1], policy=policy, **kwargs)


def refusal_of(
    files: dict[str, bytes], trust: TrustStore | None = None, policy: Policy = STRICT, **kwargs: Any
) -> tuple[str, str]:
    with pytest.raises(VerificationFailed) as refused:
        verify(files, trust, policy, **kwargs)
    steps: list[Any] = refused.value.evidence["steps"]  # type: ignore[assignment]
    failed = [step for step in steps if step["result"] == "failed"]
    assert [(step["step"], step["code"]) for step in failed] == [(refused.value.step, refused.value.code)]
    after = steps[steps.index(failed[0]) + 1 :]
    assert {step["code"] for step in after} <= {"earlier_failure"}
    assert {step["step"] for step in steps} == set(STEPS)
    return refused.value.step, refused.value.code


def tolerating(*tolerances: Tolerance) -> Policy:
    return Policy("test", frozenset(tolerances))


def assert_deviates(files: dict[str, bytes], code: str, tolerance: Tolerance, trust: TrustStore | None = None) -> None:
    """Refused under the strict policy with this code, and a known deviation where it is tolerated, never passed."""
    assert refusal_of(files, trust)[1] == code
    document = verify(files, trust, tolerating(tolerance))
    assert [step.code for step in document.deviations] == [code]
    assert all(step.result is not Result.PASSED for step in document.steps if step.step == document.deviations[0].step)


def test_a_good_card_passes_every_step_that_files_can_show() -> None:
    document = verify(good()[0])
    assert document.mrz.document_number == "190000101"
    assert document.details is not None and document.details.full_name == "Nguyễn Thị Hoa"
    assert document.signed_at == NOW
    assert not document.deviations
    assert [step.step for step in document.steps] == list(STEPS)
    unchecked = {step.step: step.code for step in document.steps if step.result is Result.NOT_CHECKED}
    assert unchecked == {
        "revocation": "crl_absent",
        "deviation_list": "dvl_absent",
        "active_authentication": "aa_not_done",
        "chip_authentication": "ca_not_done",
        "clone_detection": "clone_detection_not_done",
    }


@pytest.mark.parametrize("signer_kind", ["P-256", "P-384", "P-521", "bp256", "bp384", "bp512", "rsa2048"])
@pytest.mark.parametrize("csca_kind", ["P-384", "rsa3072", "bp512"])
def test_every_kind_of_key_verifies(signer_kind: str, csca_kind: str) -> None:
    csca = make_csca(csca_kind, use="kinds")
    assert verify(make_card(make_signer(csca, signer_kind)), make_trust(csca)).anchor.serial == 1


# ---- (1) (2) structure


def test_a_missing_sod_is_refused() -> None:
    files = {name: data for name, data in good()[0].items() if name != SOD}
    assert refusal_of(files) == ("sod_structure", "sod_missing")


@pytest.mark.parametrize("cut", [1, 2, 10, 600, 1])
def test_a_sod_cut_short_is_refused(cut: int) -> None:
    assert refusal_of({**good()[0], SOD: good()[0][SOD][:-cut]}) == ("sod_structure", "sod_malformed")


def test_bytes_after_the_sod_are_a_deviation() -> None:
    assert_deviates({**good()[0], SOD: good()[0][SOD] + bytes(8)}, "sod_trailing_data", Tolerance.TRAILING_DATA)


def test_a_sod_that_is_too_large_is_refused() -> None:
    assert refusal_of({**good()[0], SOD: build_tlv(0x77, bytes(300_000))}) == ("sod_structure", "sod_malformed")


def test_a_nested_bomb_is_refused() -> None:
    bomb = b""
    for _ in range(5000):
        bomb = build_tlv(0x30, bomb)
    assert refusal_of({**good()[0], SOD: build_tlv(0x77, bomb)}) == ("sod_structure", "sod_malformed")


# ---- (3) (4) CMS


def test_a_content_info_of_another_type_is_refused() -> None:
    assert refusal_of(forged(kind="1.2.840.113549.1.7.3")) == ("cms", "cms_wrong_type")


def test_an_unusual_version_is_a_deviation() -> None:
    assert_deviates(forged(version=1), "cms_version", Tolerance.CMS_VERSION)
    assert_deviates(forged(signer_version=3), "cms_version", Tolerance.CMS_VERSION)
    assert refusal_of(forged(version=2), policy=LENIENT) == ("cms", "cms_version")


@pytest.mark.parametrize("count", [0, 2])
def test_there_is_exactly_one_signer(count: int) -> None:
    assert refusal_of(forged(signers=count)) == ("cms", "cms_signer_count")


def test_a_signers_digest_must_be_listed() -> None:
    assert refusal_of(forged(listed_hash="sha512")) == ("cms", "sig_alg_mismatch")


def test_what_is_signed_must_be_a_security_object() -> None:
    assert refusal_of(forged(content_type="1.2.3.4")) == ("content_type", "econtent_type")
    data = "1.2.840.113549.1.7.1"
    files = forged(content_type=data, change_attributes=_with_content_type(data))
    assert_deviates(files, "econtent_type", Tolerance.ID_DATA_CONTENT)


def test_the_first_identifier_of_security_objects_is_accepted() -> None:
    changed = forged(content_type="1.3.27.1.1.1", change_attributes=_with_content_type("1.3.27.1.1.1"))
    assert verify(changed).mrz.surname == "NGUYEN"


def _attribute(kind: str, *values: bytes) -> bytes:
    return build_sequence(build_oid(kind), build_tlv(0x31, *values))


def _with_content_type(oid: str) -> Callable[[list[bytes]], list[bytes]]:
    return lambda attributes: [_attribute("1.2.840.113549.1.9.3", build_oid(oid)), *attributes[1:]]


# ---- (5) (6) the security object


def _content(**digests: bytes) -> bytes:
    return build_security_object({int(n[2:]): value for n, value in digests.items()}, hash_name="sha256")


def test_a_security_object_must_list_dg1_and_dg2() -> None:
    assert refusal_of(forged(content=_content(dg1=bytes(32)))) == ("security_object", "lds_malformed")


def test_a_digest_of_a_wrong_length_is_refused() -> None:
    short = _content(dg1=bytes(32), dg2=bytes(31))
    assert refusal_of(forged(content=short)) == ("security_object", "lds_hash_length")


def test_a_data_group_listed_twice_is_refused() -> None:
    pair = build_sequence(build_integer(1), build_tlv(0x04, bytes(32)))
    algorithm = build_sequence(build_oid("2.16.840.1.101.3.4.2.1"))
    content = build_sequence(build_integer(0), algorithm, build_sequence(pair, pair))
    assert refusal_of(forged(content=content)) == ("security_object", "lds_duplicate_dg")


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_does_not_fit_is_refused(version: int) -> None:
    """ICAO 9303-10, 4.6.2.2: version 1 if and only if ldsVersionInfo is there."""
    pairs = [build_sequence(build_integer(n), build_tlv(0x04, bytes(32))) for n in (1, 2)]
    algorithm = build_sequence(build_oid("2.16.840.1.101.3.4.2.1"))
    content = build_sequence(build_integer(version), algorithm, build_sequence(*pairs))
    assert refusal_of(forged(content=content)) == ("security_object", "lds_version")


def test_sha1_is_a_deviation_and_md5_is_unknown() -> None:
    assert_deviates(forged(lds_hash_name="sha1"), "weak_algorithm", Tolerance.SHA1)
    assert_deviates(forged(hash_name="sha1"), "weak_algorithm", Tolerance.SHA1)
    pairs = [build_sequence(build_integer(n), build_tlv(0x04, bytes(16))) for n in (1, 2)]
    md5 = build_sequence(build_oid("1.2.840.113549.2.5"))
    content = build_sequence(build_integer(0), md5, build_sequence(*pairs))
    assert refusal_of(forged(content=content), policy=LENIENT) == ("security_object", "unknown_algorithm")


@pytest.mark.parametrize("hash_name", ["sha224", "sha384", "sha512"])
def test_the_digest_of_data_groups_may_differ_from_the_signers(hash_name: str) -> None:
    assert verify(forged(lds_hash_name=hash_name)).chip_proved is False
    assert verify(forged(hash_name=hash_name)).chip_proved is False


# ---- (7) the signer's certificate


def test_the_signer_is_found_by_key_identifier_too() -> None:
    assert verify(forged(by_key_id=True, signer_version=3)).signer.country == "VN"


@pytest.mark.parametrize(
    "name", [name_of("Forged CSCA", upside_down=True), name_of("FORGED csca")], ids=["order", "case"]
)
def test_the_signer_is_found_by_its_issuer_in_another_form(name: x509.Name) -> None:
    """Real documents name the issuer with its parts in another order than the certificate does."""
    changed = parse_certificate(make_csca(subject=name).build()).raw_subject
    files = forged(sid=build_sequence(changed, build_integer(4711)))
    assert refusal_of(files) == ("signer_certificate", "dsc_name_form")
    assert_deviates(files, "dsc_name_form", Tolerance.SIGNER_NAME_FORM)
    assert verify(files, policy=ICAO).signer.serial == 4711


def test_a_signer_that_is_not_there_is_refused() -> None:
    issuer = parse_certificate(make_csca().build()).raw_subject
    assert refusal_of(forged(sid=build_sequence(issuer, build_integer(4712)))) == (
        "signer_certificate",
        "dsc_not_found",
    )
    assert refusal_of(forged(certificates=[])) == ("signer_certificate", "dsc_not_found")


def test_a_signer_that_is_not_there_may_come_with_the_trust_store() -> None:
    """ICAO 9303-12, table 4: the directory is the secondary way for signers' certificates. They are believed no more than
    those that a document brings."""
    signer = make_signer(make_csca())
    files, certificate = forged(signer=signer, certificates=[]), parse_certificate(signer.build())
    store = TrustStore(good()[1].anchors, signers=[parse_certificate(make_signer(make_csca(), serial=1).build())])
    assert refusal_of(files, store) == ("signer_certificate", "dsc_not_found")
    store = TrustStore(good()[1].anchors, signers=[certificate])
    assert verify(files, store).signer.raw == certificate.raw
    by_key_id = forged(signer=signer, certificates=[], by_key_id=True, signer_version=3)
    assert verify(by_key_id, store).signer.raw == certificate.raw
    other = parse_certificate(make_signer(make_csca(), starts=NOW - timedelta(days=1)).build())
    store = TrustStore(good()[1].anchors, signers=[certificate, other])
    assert refusal_of(files, store) == ("signer_certificate", "dsc_ambiguous")
    assert refusal_of(files, TrustStore((), signers=[certificate])) == ("csca", "csca_not_found")


def test_two_certificates_that_fit_the_signer_are_refused() -> None:
    certificates = [make_signer(make_csca()).build() for _ in range(2)]
    assert refusal_of(forged(certificates=certificates)) == ("signer_certificate", "dsc_ambiguous")


# ---- (8) signed attributes


@pytest.mark.parametrize("missing", [0, 1])
def test_a_missing_signed_attribute_is_refused(missing: int) -> None:
    """RFC 5652, 11.1 and 11.2."""
    changed = forged(change_attributes=lambda found: [a for n, a in enumerate(found) if n != missing])
    assert refusal_of(changed) == ("signed_attributes", "attr_missing")


def test_no_signed_attributes_at_all_are_refused() -> None:
    assert refusal_of(forged(change_attributes=lambda found: [])) == ("signed_attributes", "attr_missing")


@pytest.mark.parametrize("twice", [0, 1])
def test_a_signed_attribute_that_occurs_twice_is_refused(twice: int) -> None:
    changed = forged(change_attributes=lambda found: [*found, found[twice]])
    assert refusal_of(changed) == ("signed_attributes", "attr_duplicate")


def test_a_signed_attribute_with_two_values_is_refused() -> None:
    double = _attribute("1.2.840.113549.1.9.3", build_oid("2.23.136.1.1.1"), build_oid("2.23.136.1.1.1"))
    changed = forged(change_attributes=lambda found: [double, *found[1:]])
    assert refusal_of(changed) == ("signed_attributes", "attr_duplicate")


def test_another_signed_content_type_is_refused() -> None:
    changed = forged(change_attributes=_with_content_type("1.2.3"))
    assert refusal_of(changed) == ("signed_attributes", "content_type_mismatch")


def test_another_signed_digest_is_refused() -> None:
    other = _attribute("1.2.840.113549.1.9.4", build_tlv(0x04, bytes(32)))
    changed = forged(change_attributes=lambda found: [found[0], other, found[2]])
    assert refusal_of(changed) == ("signed_attributes", "message_digest_mismatch")


def test_unsorted_attributes_are_verified_as_sent_and_are_a_deviation() -> None:
    assert_deviates(forged(sorted_attributes=False), "attrs_not_der", Tolerance.UNSORTED_ATTRIBUTES)


# ---- (9) (10) (11) signature


def test_a_signature_algorithm_with_another_digest_is_refused() -> None:
    changed = forged(named_algorithm=build_signature_algorithm(Scheme("ecdsa", "sha512")))
    assert refusal_of(changed) == ("signature_algorithm", "sig_alg_mismatch")


def test_a_signature_algorithm_for_another_kind_of_key_is_refused() -> None:
    changed = forged(named_algorithm=build_signature_algorithm(Scheme("rsa", "sha256")))
    assert refusal_of(changed) == ("signer_key", "sig_alg_mismatch")


def test_an_unknown_signature_algorithm_is_refused() -> None:
    changed = forged(named_algorithm=build_sequence(build_oid("1.2.840.113549.1.1.4")))
    assert refusal_of(changed, policy=LENIENT) == ("signature_algorithm", "unknown_algorithm")


def test_null_parameters_of_ecdsa_are_a_deviation() -> None:
    """RFC 5758, 3.2: the parameters MUST be absent."""
    named = build_sequence(build_oid("1.2.840.10045.4.3.2"), build_tlv(0x05))
    assert_deviates(forged(named_algorithm=named), "sig_alg_params", Tolerance.ECDSA_NULL_PARAMETERS)


def _rsa_signer(kind: str = "rsa2048", **changes: Any) -> Authority:
    return make_signer(make_csca(), kind, **changes)


@pytest.mark.parametrize(("hash_name", "salt"), [("sha256", 32), ("sha512", 64), ("sha384", 20), ("sha256", 0)])
def test_pss_is_verified_by_its_own_parameters(hash_name: str, salt: int) -> None:
    """RFC 4055, 3.1: the digest comes from the parameters, never from a guess."""
    scheme = Scheme("pss", hash_name, hash_name, salt)
    assert verify(forged(signer=_rsa_signer(), scheme=scheme, hash_name=hash_name)).signer.serial == 4711


def test_pss_with_two_digests_is_verified() -> None:
    scheme = Scheme("pss", "sha256", "sha512", 32)
    assert verify(forged(signer=_rsa_signer(), scheme=scheme)).signer.serial == 4711


@pytest.mark.parametrize(
    "named",
    [
        build_sequence(build_oid("1.2.840.113549.1.1.10")),
        build_sequence(build_oid("1.2.840.113549.1.1.10"), build_tlv(0x05)),
        build_sequence(build_oid("1.2.840.113549.1.1.10"), build_sequence(build_tlv(0xA2, build_integer(65)))),
        build_sequence(build_oid("1.2.840.113549.1.1.10"), build_sequence(build_tlv(0xA3, build_integer(2)))),
        build_sequence(
            build_oid("1.2.840.113549.1.1.10"), build_sequence(build_tlv(0xA2, build_integer(20)), build_tlv(0xA0))
        ),
    ],
    ids=["absent", "null", "salt", "trailer", "order"],
)
def test_wrong_pss_parameters_are_refused(named: bytes) -> None:
    changed = forged(signer=_rsa_signer(), named_algorithm=named)
    assert refusal_of(changed, policy=LENIENT) == ("signature_algorithm", "pss_params")


def test_pss_with_another_salt_than_it_says_is_refused() -> None:
    named = build_signature_algorithm(Scheme("pss", "sha256", "sha256", 20))
    changed = forged(signer=_rsa_signer(), scheme=Scheme("pss", "sha256", "sha256", 32), named_algorithm=named)
    assert refusal_of(changed) == ("sod_signature", "sod_signature_invalid")


def test_rsa_encryption_as_signature_algorithm_means_the_signers_digest() -> None:
    """RFC 3370, 3.2."""
    named = build_sequence(build_oid("1.2.840.113549.1.1.1"), build_tlv(0x05))
    assert verify(forged(signer=_rsa_signer(), named_algorithm=named)).signer.serial == 4711


def test_a_short_rsa_key_is_a_deviation() -> None:
    assert_deviates(forged(signer=_rsa_signer("rsa1024")), "key_too_small", Tolerance.SMALL_RSA)


def test_a_signature_by_somebody_else_is_refused() -> None:
    other = key_of("P-256", "somebody else")
    assert isinstance(other, ec.EllipticCurvePrivateKey)
    changed = forged(change_signature=lambda _: other.sign(b"", ec.ECDSA(hashes.SHA256())))
    assert refusal_of(changed) == ("sod_signature", "sod_signature_invalid")
    assert refusal_of(forged(change_signature=lambda _: b"")) == ("sod_signature", "sod_signature_invalid")


# ---- (12) (13) the CSCA


def test_without_an_anchor_everything_is_refused() -> None:
    assert refusal_of(good()[0], TrustStore(())) == ("csca", "csca_not_found")


def test_an_unknown_csca_is_refused() -> None:
    stranger = make_csca(use="stranger", subject=name_of("Stranger"), issuer=name_of("Stranger"))
    assert refusal_of(good()[0], make_trust(stranger)) == ("csca", "csca_not_found")


def test_a_csca_of_the_right_name_with_another_key_is_refused() -> None:
    assert refusal_of(good()[0], make_trust(make_csca(use="namesake"))) == ("signer_chain", "dsc_signature_invalid")


def test_of_several_keys_under_one_name_the_right_one_is_found() -> None:
    """106 of 361 real CSCA names are shared by several keys."""
    trust = make_trust(make_csca(use="namesake"), make_csca(use="namesake 2"), make_csca())
    assert verify(good()[0], trust).anchor.subject_key_id == parse_certificate(make_csca().build()).subject_key_id


def test_a_csca_is_found_by_name_where_there_is_no_key_identifier() -> None:
    signer = make_signer(make_csca(), authority_key_id=False)
    assert_deviates(forged(signer=signer), "profile_dsc_no_key_id", Tolerance.NO_KEY_ID)


def test_a_csca_is_found_by_its_name_in_other_letters_and_order() -> None:
    csca = make_csca(subject=name_of("FORGED  csca", upside_down=True))
    signer = make_signer(make_csca(), authority_key_id=False)
    document = verify(forged(signer=signer), make_trust(csca), tolerating(Tolerance.NO_KEY_ID))
    assert document.anchor.country == "VN"
    assert [step.code for step in document.deviations] == ["profile_dsc_no_key_id"]


def test_a_country_in_small_letters_is_the_same_country() -> None:
    """ICAO 9303-12, table 5, has capitals; real certificates have both."""
    name = name_of("Forged CSCA", "vn")
    csca = make_csca(subject=name, issuer=name)
    files, trust = forged(signer=make_signer(make_csca(), country="vn")), make_trust(csca)
    assert refusal_of(files, trust) == ("profiles", "profile_csca_country_case")
    document = verify(files, trust, tolerating(Tolerance.COUNTRY_CASE))
    assert (document.anchor.country, document.signer.country) == ("VN", "VN")
    assert [step.code for step in document.deviations] == ["profile_csca_country_case", "profile_dsc_country_case"]


def test_a_certificate_that_names_two_algorithms_is_refused() -> None:
    """RFC 5280, 4.1.1.2."""
    certificate = make_signer(make_csca()).build()
    outer = build_oid("1.2.840.10045.4.3.2")
    at = certificate.rindex(outer)
    changed = certificate[:at] + build_oid("1.2.840.10045.4.3.3") + certificate[at + len(outer) :]
    assert refusal_of(forged(certificates=[changed])) == ("signer_chain", "cert_alg_mismatch")


def test_a_certificate_signed_by_pss_is_verified() -> None:
    csca = make_csca("rsa3072", use="pss", pss=padding.PSS(padding.MGF1(hashes.SHA512()), 64), hash=hashes.SHA512())
    signer = make_signer(csca, pss=csca.pss, hash=hashes.SHA512())
    assert verify(forged(signer=signer), make_trust(csca)).anchor.serial == 1


# ---- (14) profiles


def _under(csca: Authority, **signer: Any) -> tuple[dict[str, bytes], TrustStore]:
    return forged(signer=make_signer(csca, **signer)), make_trust(csca)


@pytest.mark.parametrize(
    ("changes", "code", "tolerance"),
    [
        ({"ca": None}, "profile_csca_no_basic_constraints", Tolerance.LEGACY_PROFILE),
        ({"ca": False}, "profile_csca_not_ca", Tolerance.LEGACY_PROFILE),
        ({"path_length": None}, "profile_csca_no_path_length", Tolerance.NO_PATH_LENGTH),
        ({"usage": None}, "profile_csca_no_key_usage", Tolerance.LEGACY_PROFILE),
        ({"usage": frozenset({"crl_sign"})}, "profile_csca_key_usage", Tolerance.LEGACY_PROFILE),
    ],
)
def test_a_csca_of_another_profile_is_a_deviation(changes: dict[str, Any], code: str, tolerance: Tolerance) -> None:
    """ICAO 9303-12, table 6."""
    files, trust = _under(make_csca(**changes))
    assert_deviates(files, code, tolerance, trust)


@pytest.mark.parametrize(
    ("changes", "code", "tolerance"),
    [
        ({"usage": None}, "profile_dsc_no_key_usage", Tolerance.LEGACY_PROFILE),
        ({"document_types": None}, "profile_dsc_no_document_types", Tolerance.NO_DOCUMENT_TYPES),
    ],
)
def test_a_signer_of_another_profile_is_a_deviation(changes: dict[str, Any], code: str, tolerance: Tolerance) -> None:
    assert_deviates(forged(signer=make_signer(make_csca(), **changes)), code, tolerance)


@pytest.mark.parametrize(
    ("changes", "step", "code"),
    [
        ({"ca": True}, "profiles", "profile_dsc_is_ca"),
        ({"usage": frozenset({"key_cert_sign"})}, "profiles", "profile_dsc_key_usage"),
        ({"extended_usage": "2.23.136.1.1.3"}, "profiles", "profile_dsc_other_role"),
        ({"extended_usage": "2.23.136.1.1.8"}, "profiles", "profile_dsc_other_role"),
        ({"critical_extension": "1.2.3.4"}, "profiles", "profile_unknown_critical"),
        ({"document_types": ("P",)}, "consistency", "profile_dsc_document_type"),
    ],
)
def test_a_signer_of_another_role_is_refused_under_every_policy(changes: dict[str, Any], step: str, code: str) -> None:
    files = forged(signer=make_signer(make_csca(), **changes))
    assert refusal_of(files) == (step, code)
    assert refusal_of(files, policy=LENIENT) == (step, code)


def test_a_csca_with_an_unknown_critical_extension_is_refused() -> None:
    files, trust = _under(make_csca(critical_extension="1.2.3.4"))
    assert refusal_of(files, trust, LENIENT) == ("profiles", "profile_unknown_critical")


def test_a_weak_digest_under_the_signers_certificate_is_a_deviation() -> None:
    csca = make_csca()
    certificate = resign(make_signer(csca).build(), csca.key, Scheme("ecdsa", "sha1"))
    assert_deviates(forged(certificates=[certificate]), "weak_algorithm", Tolerance.SHA1)


# ---- (16) validity


def test_certificates_are_judged_at_the_signing_time_never_now() -> None:
    """A signer's certificate that ended after signing still vouches for what it signed."""
    signer = make_signer(make_csca(), ends=NOW + timedelta(days=1))
    document = verify(forged(signer=signer), at=NOW + timedelta(days=900))
    assert document.signer.not_after < LATER


@pytest.mark.parametrize(
    "changes",
    [{"ends": NOW - timedelta(days=1)}, {"starts": NOW + timedelta(days=1)}],
    ids=["expired", "not yet valid"],
)
def test_a_signer_that_was_not_valid_at_signing_is_refused(changes: dict[str, Any]) -> None:
    files = forged(signer=make_signer(make_csca(), **changes))
    assert refusal_of(files) == ("validity", "dsc_not_valid_at_signing")


@pytest.mark.parametrize(
    "changes",
    [{"ends": NOW - timedelta(days=1)}, {"starts": NOW - timedelta(days=1)}],
    ids=["expired", "younger than what it certified"],
)
def test_a_csca_that_was_not_valid_is_refused(changes: dict[str, Any]) -> None:
    files, trust = _under(make_csca(**changes))
    assert refusal_of(files, trust) == ("validity", "csca_not_valid")


def test_a_key_that_signs_outside_its_period_is_refused() -> None:
    """RFC 3280, 4.2.1.4; ICAO 9303-12, 7.1.1.3."""
    over = (NOW - timedelta(days=9), NOW - timedelta(days=1))
    files = forged(signer=make_signer(make_csca(), key_period=over))
    assert refusal_of(files) == ("validity", "profile_dsc_key_usage_period")
    files, trust = _under(make_csca(key_period=(NOW, LATER)))
    assert refusal_of(files, trust) == ("validity", "profile_csca_key_usage_period")


def test_a_signing_time_after_the_time_given_is_refused() -> None:
    assert refusal_of(good()[0], at=NOW - timedelta(days=1)) == ("validity", "signed_in_future")


def test_without_a_signing_time_the_callers_time_counts() -> None:
    files = forged(at=None)
    assert verify(files).signed_at is None
    ended = forged(at=None, signer=make_signer(make_csca(), ends=NOW + timedelta(days=1)))
    assert refusal_of(ended) == ("validity", "dsc_not_valid_at_signing")


def test_without_any_time_nothing_is_judged_by_now() -> None:
    document = verify(forged(at=None), at=None)
    unchecked = {step.step for step in document.steps if step.code == "time_unknown"}
    assert unchecked == {"validity", "document_expiry"}


def test_an_expired_document_is_a_deviation_of_its_own() -> None:
    after = datetime(2030, 3, 13, 12, tzinfo=UTC)
    assert refusal_of(good()[0], at=after) == ("document_expiry", "document_expired")
    document = verify(good()[0], policy=tolerating(Tolerance.EXPIRED_DOCUMENT), at=after)
    assert [step.step for step in document.deviations] == ["document_expiry"]
    assert verify(good()[0], at=after - timedelta(days=1)).mrz.expiry == "300312"


# ---- (17) revocation


def _crl(*revoked: int, at: datetime = NOW, key: str = "csca", csca: Authority | None = None) -> bytes:
    csca = csca or make_csca()
    certificate = x509.load_der_x509_certificate(csca.build())
    return build_crl(certificate, key_of("P-384", key), at=at, revoked=revoked).public_bytes(Encoding.DER)


def test_a_signer_on_no_list_passes_and_a_revoked_one_is_refused() -> None:
    """RFC 5280, 6.3."""
    document = verify(good()[0], make_trust(make_csca(), crls=[_crl(1, 2, 3)]))
    assert [step.result for step in document.steps if step.step == "revocation"] == [Result.PASSED]
    assert refusal_of(good()[0], make_trust(make_csca(), crls=[_crl(4711)])) == ("revocation", "dsc_revoked")


def test_the_newest_list_counts() -> None:
    crls = [_crl(), _crl(4711, at=NOW + timedelta(days=1))]
    assert refusal_of(good()[0], make_trust(make_csca(), crls=crls)) == ("revocation", "dsc_revoked")


def test_a_stale_list_is_a_deviation() -> None:
    trust = make_trust(make_csca(), crls=[_crl(at=NOW - timedelta(days=200))])
    assert_deviates(good()[0], "crl_stale", Tolerance.STALE_CRL, trust)


def test_a_list_of_unknown_age_is_not_counted_as_checked() -> None:
    document = verify(good()[0], make_trust(make_csca(), crls=[_crl()]), at=None)
    assert [step.code for step in document.steps if step.step == "revocation"] == ["crl_age_unknown"]


def test_a_list_under_the_anchors_own_name_counts_too() -> None:
    """An anchor that was renamed is found by its key identifier, and its list bears its new name."""
    renamed = make_csca(subject=name_of("Renamed"), issuer=name_of("Renamed"))
    trust = make_trust(renamed, crls=[_crl(4711, csca=renamed)])
    assert refusal_of(good()[0], trust) == ("signer_chain", "issuer_name_mismatch")
    assert refusal_of(good()[0], trust, tolerating(Tolerance.ISSUER_NAME)) == ("revocation", "dsc_revoked")


def test_a_store_remembers_a_chain_and_its_steps_but_no_other_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    trust = make_trust(make_csca())
    first = verify(good()[0], trust)
    monkeypatch.setattr(chain, "verify_signature", _never)
    again = verify(good()[0], trust)
    assert again.steps == first.steps
    assert again.anchor is first.anchor
    with pytest.raises(AssertionError):
        verify(good()[0], make_trust(make_csca()))
    with pytest.raises(AssertionError):
        verify(good()[0], trust, LENIENT)


def _never(*_: object, **__: object) -> None:
    raise AssertionError("a signature was verified anew")


def test_what_a_store_remembers_is_bounded() -> None:
    store = TrustStore(())
    for number in range(3 * MAX_FACTS):
        store.remember(("fact", number), number)
    assert sum(store.recall(("fact", number)) is not None for number in range(3 * MAX_FACTS)) <= MAX_FACTS


def test_a_list_by_somebody_else_is_refused() -> None:
    trust = make_trust(make_csca(), crls=[_crl(key="stranger")])
    assert refusal_of(good()[0], trust) == ("revocation", "crl_invalid")


def test_a_list_from_the_future_is_refused() -> None:
    trust = make_trust(make_csca(), crls=[_crl(at=LATER + timedelta(days=2))])
    assert refusal_of(good()[0], trust) == ("revocation", "crl_invalid")


# ---- (20) data groups


@pytest.mark.parametrize("number", [1, 2, 13, 14, 15])
def test_a_changed_data_group_is_refused(number: int) -> None:
    name = data_group_file(number)
    changed = bytearray(good()[0][name])
    changed[-1] ^= 1
    assert refusal_of({**good()[0], name: bytes(changed)}) == ("data_groups", "dg_hash_mismatch")


def test_a_data_group_of_another_card_is_refused() -> None:
    other = make_card(make_signer(make_csca()), holder=dataclasses.replace(HOLDER, pin="901190000102"))
    assert refusal_of({**good()[0], "EF.DG1": other["EF.DG1"]}) == ("data_groups", "dg_hash_mismatch")


def test_a_data_group_that_was_not_signed_is_refused() -> None:
    assert refusal_of({**good()[0], "EF.DG11": b"\x6b\x00"}) == ("data_groups", "dg_not_in_sod")


def test_a_data_group_that_was_not_read_is_not_believed_and_not_hidden() -> None:
    document = verify({n: d for n, d in good()[0].items() if n not in ("EF.DG2", "EF.DG13")})
    assert set(document.data_groups) == {1, 14, 15}
    assert document.details is None
    assert [s.detail for s in document.steps if s.code == "dg_not_read"] == [
        "EF.SOD lists, but nobody read: DG2, DG13."
    ]


def test_without_dg1_there_is_nothing_to_verify() -> None:
    files = {name: data for name, data in good()[0].items() if name != "EF.DG1"}
    assert refusal_of(files) == ("data_groups", "dg_missing")


@pytest.mark.parametrize("listed", [(1, 2, 13, 14), (1, 2, 3, 13, 14, 15), (1, 1, 2, 13, 14, 15)])
def test_a_com_that_differs_is_a_deviation(listed: tuple[int, ...]) -> None:
    assert_deviates({**good()[0], COM: build_com(listed)}, "com_mismatch", Tolerance.COM_DIFFERS)


def test_a_com_of_another_version_is_a_deviation() -> None:
    changed = good()[0][COM].replace(b"0108", b"0107")
    assert_deviates({**good()[0], COM: changed}, "com_mismatch", Tolerance.COM_DIFFERS)


def test_a_com_may_be_missing() -> None:
    assert verify({n: d for n, d in good()[0].items() if n != COM}).mrz.sex == "F"


# ---- (21) consistency


def _with_group(number: int, data: bytes) -> dict[str, bytes]:
    """A card signed over another file as this data group."""
    groups = {**groups_of(good()[0]), number: data}
    sod = Forge(groups=groups, signer=make_signer(make_csca()), at=NOW).build()
    return {**good()[0], data_group_file(number): data, SOD: sod}


def _mrz_with(old: str, new: str) -> bytes:
    text = good()[0]["EF.DG1"][5:].decode()
    assert old in text
    return build_dg1(text.replace(old, new, 1))


def test_a_wrong_check_digit_is_a_deviation() -> None:
    """ICAO 9303-3, 4.9."""
    text = good()[0]["EF.DG1"][5:].decode()
    wrong = str((int(text[59]) + 1) % 10)
    files = _with_group(1, build_dg1(text[:59] + wrong + text[60:]))
    assert_deviates(files, "mrz_check_digit", Tolerance.MRZ_CHECK_DIGITS)


def test_the_country_of_document_signer_and_csca_must_be_one() -> None:
    signer = make_signer(make_csca(), country="FR")
    assert refusal_of(forged(signer=signer)) == ("consistency", "country_mismatch")
    csca = make_csca(country="FR", use="french")
    assert refusal_of(*_under(csca)) == ("consistency", "country_mismatch")
    assert refusal_of(*_under(csca, country="FR")) == ("consistency", "country_mismatch")


def test_a_csca_without_a_country_is_a_deviation() -> None:
    files, trust = _under(make_csca(country=None, use="stateless"))
    assert_deviates(files, "country_absent", Tolerance.NO_COUNTRY, trust)


@pytest.mark.parametrize(
    "changes",
    [
        {"pin": "901190000102"},
        {"full_name": "Nguyễn Thị Hương"},
        {"birth_date": "13/03/1990"},
        {"sex": "Nam"},
        {"expires_on": "12/03/2031"},
        {"expires_on": dg13.NO_EXPIRY},
    ],
)
def test_a_dg13_of_another_person_is_refused(changes: dict[str, str]) -> None:
    details = dataclasses.replace(dg13.parse_dg13(good()[0]["EF.DG13"]), **changes)
    assert refusal_of(_with_group(13, dg13.build_dg13(details))) == ("consistency", "dg13_mismatch")


def test_a_dg13_without_some_fields_is_accepted() -> None:
    details = dg13.PersonalDetails(pin="901190000101")
    assert verify(_with_group(13, dg13.build_dg13(details))).details == details


def test_a_dg13_that_cannot_be_read_is_refused() -> None:
    assert refusal_of(_with_group(13, b"\x6d\x00")) == ("consistency", "dg13_malformed")


# ---- (22) (24) (25) the chip


def test_active_authentication_counts_only_with_a_dg15_that_is_signed() -> None:
    """ICAO 9303-11, 6.1: DG15 is an attacker's until EF.SOD binds it."""
    groups = {n: d for n, d in groups_of(good()[0]).items() if n != 15}
    files = {n: d for n, d in good()[0].items() if n not in ("EF.DG15", COM)}
    files[SOD] = Forge(groups=groups, signer=make_signer(make_csca()), at=NOW).build()
    answer = ChipAnswer(bytes(8), bytes(64))
    assert refusal_of(files, chip_answer=answer) == ("active_authentication", "aa_not_bound")


def test_a_chip_without_any_key_is_called_copyable() -> None:
    groups = {n: d for n, d in groups_of(good()[0]).items() if n in (1, 2)}
    files = {"EF.DG1": groups[1], "EF.DG2": groups[2]}
    files[SOD] = Forge(groups=groups, signer=make_signer(make_csca()), at=NOW).build()
    assert verify(files).steps[-1].code == "clone_detection_absent"


def test_a_weakened_card_access_is_refused() -> None:
    """ICAO 9303-11, 4.2: EF.CardAccess is read unprotected; DG14 repeats it."""
    weaker = build_card_access().replace(bytes.fromhex("02010d"), bytes.fromhex("02010c"))
    assert refusal_of({**good()[0], CARD_ACCESS: weaker}) == ("access_control", "access_downgraded")
    silent = build_set([])
    assert refusal_of({**good()[0], CARD_ACCESS: silent}) == ("access_control", "access_downgraded")


# ---- every byte


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_changed_byte_in_any_file_is_refused(data: st.DataObject) -> None:
    """EF.SOD signs the data groups and repeats EF.COM; EF.CardAccess is signed by nobody, but DG14 repeats it."""
    files, _trust = good()
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    changed = bytearray(files[name])
    changed[at] ^= data.draw(st.integers(1, 255))
    refusal_of({**files, name: bytes(changed)})


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_is_in_the_files_only_a_refusal_comes_out(data: st.DataObject) -> None:
    files, _trust = good()
    name = data.draw(st.sampled_from(sorted(files)))
    junk = data.draw(st.binary(max_size=64))
    at = data.draw(st.integers(0, len(files[name])))
    until = data.draw(st.integers(at, min(len(files[name]), at + 64)))
    changed = files[name][:at] + junk + files[name][until:]
    if changed != files[name]:
        refusal_of({**files, name: changed}, policy=STRICT)


def test_the_answer_says_which_setting_would_let_it_pass() -> None:
    with pytest.raises(VerificationFailed) as refused:
        verify(forged(version=1))
    failed = [step["detail"] for step in refused.value.evidence["steps"] if step["result"] == "failed"]  # type: ignore[attr-defined]
    assert failed == [
        "The signed data are of an unusual version. The setting cms_version (policy icao or lenient) would let it pass."
    ]


def test_policies_grow_from_strict_to_lenient() -> None:
    assert STRICT.tolerates < ICAO.tolerates < LENIENT.tolerates
    assert LENIENT.tolerates == set(Tolerance)


def test_the_security_object_is_what_was_signed() -> None:
    security_object = parse_security_object(parse_sod(good()[0][SOD]).content)
    assert security_object.digests[2] == digest("sha256", good()[0]["EF.DG2"])
    assert list(security_object.digests) == [1, 2, 13, 14, 15]
