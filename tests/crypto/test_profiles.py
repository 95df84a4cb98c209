"""Step 14: every departure from the profiles of ICAO 9303-12 has a code of its own and, where real certificates have it, a
setting of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from eid.cards.forgery import Authority, Forge
from eid.crypto.checks.profiles import (
    DEVIATION_LIST_SIGNER,
    MASTER_LIST_SIGNER,
    check_csca_profile,
    check_signer_profile,
    judge_csca_profile,
)
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy, Tolerance
from eid.crypto.report import Report, Result
from eid.crypto.tlv import build_sequence, build_tlv
from eid.crypto.x509 import DOCUMENT_TYPES, EXTENDED_KEY_USAGE, NAME_CHANGE, parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import LATER, NOW, groups_of, make_card, make_csca, make_signer, make_trust
from tests.crypto.test_specimens import DATA

USAGES = frozenset({"key_cert_sign", "crl_sign"})
NAME_CONSTRAINTS, NETSCAPE = "2.5.29.30", "2.16.840.1.113730.1.1"


def results_of(csca: Authority, signer: Authority, policy: Policy) -> tuple[str, list[str | None]]:
    """The code that refuses a card of this signer, empty where none does, and the deviations that pass."""
    files = make_card(make_signer(make_csca()))
    files[SOD] = Forge(groups=groups_of(files), signer=signer, at=NOW).build()
    try:
        document = verify_document(files, trust_store=make_trust(csca), policy=policy, at=LATER)
    except VerificationFailed as refusal:
        assert refusal.step == "profiles"
        return refusal.code, []
    assert all(step.result is Result.KNOWN_DEVIATION for step in document.steps if step.step == "profiles")
    return "", [step.code for step in document.deviations]


@pytest.mark.parametrize(
    ("changes", "code", "tolerance", "in_icao"),
    [
        ({"ca": None}, "profile_csca_no_basic_constraints", Tolerance.LEGACY_PROFILE, False),
        ({"ca": False}, "profile_csca_not_ca", Tolerance.LEGACY_PROFILE, False),
        ({"path_length": None}, "profile_csca_no_path_length", Tolerance.NO_PATH_LENGTH, True),
        ({"path_length": 1}, "profile_csca_path_length", Tolerance.PATH_LENGTH, True),
        ({"miscast": frozenset({"basic_constraints"})}, "profile_csca_criticality", "extension_criticality", True),
        ({"miscast": frozenset({"usage"})}, "profile_csca_criticality", "extension_criticality", True),
        ({"more": [(NAME_CHANGE, True, b"\x05\x00")]}, "profile_csca_criticality", "extension_criticality", True),
        ({"usage": None}, "profile_csca_no_key_usage", Tolerance.LEGACY_PROFILE, False),
        ({"usage": frozenset({"crl_sign"})}, "profile_csca_key_usage", Tolerance.LEGACY_PROFILE, False),
        ({"usage": frozenset({"key_cert_sign"})}, "profile_csca_no_crl_sign", Tolerance.LEGACY_PROFILE, False),
        ({"usage": USAGES | {"digital_signature"}}, "profile_csca_extra_key_usage", "extra_key_usage", True),
        ({"subject_key_id": False}, "profile_csca_no_key_id", Tolerance.NO_KEY_ID, True),
        ({"key_period": None}, "profile_csca_no_key_period", Tolerance.NO_KEY_PERIOD, True),
        ({"document_types": ("P",)}, "profile_csca_extra_extension", Tolerance.EXTRA_EXTENSION, True),
        ({"more": [(NETSCAPE, False, b"\x03\x01\x00")]}, "profile_csca_extra_extension", "extra_extension", True),
    ],
)
def test_each_departure_of_a_csca(changes: dict[str, Any], code: str, tolerance: str, *, in_icao: bool) -> None:
    """ICAO 9303-12, tables 5 and 6, first column."""
    csca = make_csca(**changes)
    assert results_of(csca, make_signer(make_csca()), STRICT) == (code, [])
    assert results_of(csca, make_signer(make_csca()), Policy("test", frozenset({Tolerance(tolerance)}))) == ("", [code])
    assert (Tolerance(tolerance) in ICAO.tolerates) is in_icao


@pytest.mark.parametrize(
    ("changes", "code", "tolerance"),
    [
        ({"ca": False}, "profile_dsc_extra_extension", Tolerance.EXTRA_EXTENSION),
        ({"extended_usage": "1.2.3"}, "profile_dsc_extra_extension", Tolerance.EXTRA_EXTENSION),
        ({"name_change": True}, "profile_dsc_extra_extension", Tolerance.EXTRA_EXTENSION),
        ({"usage": None}, "profile_dsc_no_key_usage", Tolerance.LEGACY_PROFILE),
        (
            {"usage": frozenset({"digital_signature", "content_commitment"})},
            "profile_dsc_extra_key_usage",
            "extra_key_usage",
        ),
        ({"miscast": frozenset({"usage"})}, "profile_dsc_criticality", Tolerance.EXTENSION_CRITICALITY),
        ({"authority_key_id": False}, "profile_dsc_no_key_id", Tolerance.NO_KEY_ID),
        ({"key_period": None}, "profile_dsc_no_key_period", Tolerance.NO_KEY_PERIOD),
        ({"document_types": None}, "profile_dsc_no_document_types", Tolerance.NO_DOCUMENT_TYPES),
    ],
)
def test_each_departure_of_a_document_signer(changes: dict[str, Any], code: str, tolerance: str) -> None:
    """ICAO 9303-12, tables 5 and 6, third column."""
    signer = make_signer(make_csca(), **changes)
    assert results_of(make_csca(), signer, STRICT) == (code, [])
    assert results_of(make_csca(), signer, Policy("test", frozenset({Tolerance(tolerance)}))) == ("", [code])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ca": True}, "profile_dsc_is_ca"),
        ({"usage": frozenset({"key_agreement"})}, "profile_dsc_key_usage"),
        ({"usage": frozenset({"digital_signature", "key_cert_sign"})}, "profile_dsc_key_usage"),
        ({"extended_usage": MASTER_LIST_SIGNER}, "profile_dsc_other_role"),
        ({"extended_usage": DEVIATION_LIST_SIGNER}, "profile_dsc_other_role"),
        ({"critical_extension": "1.2.3.4"}, "profile_unknown_critical"),
        ({"more": [(NAME_CONSTRAINTS, True, b"\x30\x00")]}, "profile_unknown_critical"),
    ],
)
def test_what_no_policy_lets_pass(changes: dict[str, Any], code: str) -> None:
    for policy in (STRICT, LENIENT):
        assert results_of(make_csca(), make_signer(make_csca(), **changes), policy) == (code, [])


@pytest.mark.parametrize("role", [MASTER_LIST_SIGNER, DEVIATION_LIST_SIGNER])
def test_signers_of_lists_have_a_profile_of_their_own(role: str) -> None:
    """ICAO 9303-12, table 6, fourth column: a critical extended key usage, no document types, a period if they like."""
    good: dict[str, Any] = {"extended_usage": role, "document_types": None, "key_period": None}

    def code_of(**changes: Any) -> str:
        report = Report(STRICT, ["profiles"])
        try:
            check_signer_profile(report, parse_certificate(make_signer(make_csca(), **good | changes).build()), role)
        except VerificationFailed as refusal:
            return refusal.code
        return ""

    assert code_of() == ""
    assert code_of(miscast=frozenset({"extended_usage"})) == "profile_dsc_criticality"
    assert code_of(document_types=("P",)) == "profile_dsc_extra_extension"
    assert code_of(extended_usage=None) == "profile_role"
    other = ({MASTER_LIST_SIGNER, DEVIATION_LIST_SIGNER} - {role}).pop()
    assert code_of(extended_usage=other) == "profile_dsc_other_role"


@pytest.mark.parametrize("serial", [0, -1, 1 << 159])
def test_a_serial_number_is_positive_and_of_twenty_octets_at_most(serial: int) -> None:
    """ICAO 9303-12, table 5; RFC 5280, 4.1.2.2."""
    csca = dataclasses.replace(parse_certificate(make_csca().build()), serial=serial)
    signer = dataclasses.replace(parse_certificate(make_signer(make_csca()).build()), serial=serial)
    report = Report(LENIENT, ["profiles"])
    check_csca_profile(report, csca)
    check_signer_profile(report, signer, None)
    assert [step.code for step in report.steps] == ["profile_csca_serial_number", "profile_dsc_serial_number"]
    with pytest.raises(VerificationFailed) as refused:
        check_csca_profile(Report(STRICT, ["profiles"]), csca)
    assert refused.value.code == "profile_csca_serial_number"
    assert Tolerance.SERIAL_NUMBER in ICAO.tolerates
    check_csca_profile(Report(STRICT, ["profiles"]), dataclasses.replace(csca, serial=(1 << 159) - 1))


def test_true_in_another_writing_than_der_is_a_deviation() -> None:
    csca = make_csca(ca=None, more=[("2.5.29.19", True, build_sequence(build_tlv(0x01, b"\x01"), b"\x02\x01\x00"))])
    assert results_of(csca, make_signer(make_csca()), STRICT) == ("profile_csca_boolean", [])
    tolerating = Policy("test", frozenset({Tolerance.BOOLEAN_ENCODING}))
    assert results_of(csca, make_signer(make_csca()), tolerating) == ("", ["profile_csca_boolean"])


QUIRKS = {
    "KU_no_keyCertSign": {"profile_csca_key_usage"},
    "ca_false": {"profile_csca_not_ca"},
    "no_basicConstraints": {"profile_csca_no_basic_constraints"},
    "no_keyUsage": {"profile_csca_no_key_usage"},
    "negative_serial": {"profile_csca_serial_number"},
}


@pytest.mark.skipif(not DATA.is_dir(), reason="real certificates are data beside the repository, which are not here")
def test_every_quirk_of_real_certificates_is_named_and_never_silent() -> None:
    for path in sorted((DATA / "quirks").glob("*.cer")):
        report = Report(LENIENT, ["profiles"])
        report.begin("profiles", malformed="profile_malformed")
        check_csca_profile(report, parse_certificate(path.read_bytes()))
        codes = {step.code for step in report.steps}
        for quirk, expected in QUIRKS.items():
            if path.name.startswith(quirk):
                assert expected <= codes, path.name


@pytest.mark.skipif(not DATA.is_dir(), reason="real certificates are data beside the repository, which are not here")
def test_no_real_certificate_is_refused_for_a_departure_without_a_name() -> None:
    """Of all quirks there are, lenient lets every one pass, and icao those that lend nobody a signature."""
    for path in sorted((DATA / "quirks").glob("*.cer")):
        for policy in (ICAO, LENIENT):
            report = Report(policy, ["profiles"])
            try:
                check_csca_profile(report, parse_certificate(path.read_bytes()))
            except VerificationFailed as refusal:
                assert policy is ICAO and refusal.code.startswith("profile_csca_"), path.name
            except Malformed as refusal:
                raise AssertionError(path.name) from refusal


def test_extensions_that_are_not_of_a_role_are_told_by_name() -> None:
    report = Report(LENIENT, ["profiles"])
    csca = make_csca(document_types=("P",), extended_usage="1.2.3", miscast=frozenset({"usage"}))
    check_csca_profile(report, parse_certificate(csca.build()))
    told = {step.code: step.detail for step in report.steps}
    assert told["profile_csca_extra_extension"].endswith("(document types, extended key usage)")
    assert told["profile_csca_criticality"].endswith("(key usage)")
    assert {DOCUMENT_TYPES, EXTENDED_KEY_USAGE} <= set(parse_certificate(csca.build()).places.extensions)


def test_what_was_judged_once_is_told_in_the_step_that_it_is_told_in() -> None:
    """A CSCA that issues a signer in one chain certifies a link in another."""
    csca = parse_certificate(make_csca(key_period=None).build())
    report = Report(LENIENT, ["profiles", "link_certificates"])
    for step in ("profiles", "link_certificates", "profiles"):
        report.begin(step, malformed="profile_malformed")
        judge_csca_profile(report, csca)
    told = [(step.step, step.code) for step in report.steps]
    assert told == [(name, "profile_csca_no_key_period") for name in ("profiles", "link_certificates", "profiles")]
