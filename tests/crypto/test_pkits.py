"""NIST's Public Key Interoperability Test Suite, as far as chains of chip cards are of its kind.

Each path of PKITS leads over authorities of many names, none of which calls itself a link, so it is judged by a policy
that tolerates such links and what the suite's certificates lack of 9303's profile, and that demands revocation lists.
The table says of each of its numbers what must come out, or why it does not apply.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import cryptography_vectors
import pytest

from eid.crypto.checks import chain, revocation, validity
from eid.crypto.policy import Demand, Policy, Tolerance
from eid.crypto.report import Report
from eid.crypto.revocation_lists import RevocationList, read_revocation_list
from eid.crypto.tlv import SEQUENCE, parse_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import Malformed, VerificationFailed

DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2020, 6, 1, tzinfo=UTC)
POLICY = Policy(
    "pkits",
    frozenset(
        {
            Tolerance.NO_PATH_LENGTH,
            Tolerance.PATH_LENGTH,
            Tolerance.NO_KEY_PERIOD,
            Tolerance.NO_DOCUMENT_TYPES,
            Tolerance.EXTENSION_CRITICALITY,
            Tolerance.EXTRA_KEY_USAGE,
            Tolerance.SERIAL_NUMBER,
            Tolerance.VALIDITY_NOT_NESTED,
            Tolerance.LINK_NAME_CHANGE,
        }
    ),
).demanding(Demand.REVOCATION_LIST)

APPLIES = """
4.1.1 ValidCertificatePathTest1
4.1.2 InvalidCASignatureTest2 csca_not_found
4.1.3 InvalidEESignatureTest3 dsc_signature_invalid
4.2.1 InvalidCAnotBeforeDateTest1 csca_not_valid
4.2.2 InvalidEEnotBeforeDateTest2 dsc_not_valid_at_signing
4.2.3 Validpre2000UTCnotBeforeDateTest3
4.2.4 ValidGeneralizedTimenotBeforeDateTest4
4.2.5 InvalidCAnotAfterDateTest5 csca_not_valid
4.2.6 InvalidEEnotAfterDateTest6 dsc_not_valid_at_signing
4.2.7 Invalidpre2000UTCEEnotAfterDateTest7 dsc_not_valid_at_signing
4.2.8 ValidGeneralizedTimenotAfterDateTest8
4.3.1 InvalidNameChainingTest1 issuer_name_mismatch
4.3.3 ValidNameChainingWhitespaceTest3
4.3.4 ValidNameChainingWhitespaceTest4
4.3.5 ValidNameChainingCapitalizationTest5
4.3.6 ValidNameUIDsTest6
4.3.7 ValidRFC3280MandatoryAttributeTypesTest7
4.3.8 ValidRFC3280OptionalAttributeTypesTest8
4.3.9 ValidUTF8StringEncodedNamesTest9
4.3.10 ValidRolloverfromPrintableStringtoUTF8StringTest10
4.3.11 ValidUTF8StringCaseInsensitiveMatchTest11
4.4.1 InvalidMissingCRLTest1 crl_absent
4.4.2 InvalidRevokedCATest2 csca_revoked
4.4.3 InvalidRevokedEETest3 dsc_revoked
4.4.4 InvalidBadCRLSignatureTest4 crl_absent
4.4.5 InvalidBadCRLIssuerNameTest5 crl_absent
4.4.6 InvalidWrongCRLTest6 crl_absent
4.4.7 ValidTwoCRLsTest7
4.4.8 InvalidUnknownCRLEntryExtensionTest8 crl_unknown_critical
4.4.9 InvalidUnknownCRLExtensionTest9 crl_unknown_critical
4.4.10 InvalidUnknownCRLExtensionTest10 crl_unknown_critical
4.4.11 InvalidOldCRLnextUpdateTest11 crl_stale
4.4.12 Invalidpre2000CRLnextUpdateTest12 crl_stale
4.4.13 ValidGeneralizedTimeCRLnextUpdateTest13
4.4.14 ValidNegativeSerialNumberTest14
4.4.15 InvalidNegativeSerialNumberTest15 dsc_revoked
4.4.16 ValidLongSerialNumberTest16
4.4.17 ValidLongSerialNumberTest17
4.4.18 InvalidLongSerialNumberTest18 dsc_revoked
4.5.1 ValidBasicSelfIssuedOldWithNewTest1
4.5.2 InvalidBasicSelfIssuedOldWithNewTest2 dsc_revoked
4.5.3 ValidBasicSelfIssuedNewWithOldTest3
4.5.4 ValidBasicSelfIssuedNewWithOldTest4
4.5.5 InvalidBasicSelfIssuedNewWithOldTest5 dsc_revoked
4.6.1 InvalidMissingbasicConstraintsTest1 profile_csca_no_basic_constraints
4.6.2 InvalidcAFalseTest2 profile_csca_not_ca
4.6.3 InvalidcAFalseTest3 profile_csca_not_ca
4.6.4 ValidbasicConstraintsNotCriticalTest4
4.6.5 InvalidpathLenConstraintTest5 path_too_long
4.6.7 ValidpathLenConstraintTest7
4.6.9 InvalidpathLenConstraintTest9 path_too_long
4.6.11 InvalidpathLenConstraintTest11 path_too_long
4.6.13 ValidpathLenConstraintTest13
4.6.15 ValidSelfIssuedpathLenConstraintTest15
4.6.16 InvalidSelfIssuedpathLenConstraintTest16 path_too_long
4.6.17 ValidSelfIssuedpathLenConstraintTest17
4.7.1 InvalidkeyUsageCriticalkeyCertSignFalseTest1 profile_csca_key_usage
4.7.2 InvalidkeyUsageNotCriticalkeyCertSignFalseTest2 profile_csca_key_usage
4.7.3 ValidkeyUsageNotCriticalTest3
4.7.4 InvalidkeyUsageCriticalcRLSignFalseTest4 profile_csca_no_crl_sign
4.7.5 InvalidkeyUsageNotCriticalcRLSignFalseTest5 profile_csca_no_crl_sign
4.16.1 ValidUnknownNotCriticalCertificateExtensionTest1
4.16.2 InvalidUnknownCriticalCertificateExtensionTest2 profile_unknown_critical
"""
"""Number, name of the end entity's certificate without EE, and the code that must refuse it where it is invalid."""

DOES_NOT_APPLY = {
    "4.1.4 to 4.1.6": "DSA is none of the algorithms that verify here, though 9303-12, 4.1.6, still names it",
    "4.3.2": "real documents name their issuer in another order than it names itself, so order does not count",
    "4.4.19 to 4.4.21": "a CSCA signs its lists by a key that certifies (9303-12, table 6)",
    "4.5.6 to 4.5.8": "the same, and lists of some certificates only are prohibited (9303-12, table 10)",
    "4.6.6, 4.6.8, 4.6.10, 4.6.12, 4.6.14": "the certificate asked about is an authority's; only signers are asked about",
    "4.8 to 4.12": "policies are not processed (9303-12, appendix D.2)",
    "4.13": "name constraints are prohibited (9303-12, table 6) and, being critical, refused",
    "4.14": "lists of some certificates or reasons, or of others' certificates, are prohibited (9303-12, table 10)",
    "4.15": "lists of changes are prohibited (9303-12, table 10)",
}
"""Numbers → why. That nothing wrong is accepted for it is tested where there is something to accept."""


@cache
def _certificates() -> dict[str, Certificate]:
    found = {}
    for path in sorted((DATA / "certs").glob("*.crt")):
        try:
            found[path.stem] = parse_certificate(path.read_bytes())
        except Malformed as refusal:
            assert (path.stem, refusal.code) in {
                ("BadSignedCACert", "tlv_bits"),
                ("InvalidDSASignatureTest6EE", "tlv_bits"),
            }
    return found


@cache
def _store() -> TrustStore:
    """The suite's one anchor, and everything else as offered by somebody."""
    certificates = dict(_certificates())
    anchor = certificates.pop("TrustAnchorRootCertificate")
    lists = [found for path in sorted((DATA / "crls").glob("*.crl")) if (found := _read_list(path))]
    offered = [found for name, found in certificates.items() if not name.endswith("EE")]
    return TrustStore([anchor], lists, offered=offered)


def _read_list(path: Path) -> RevocationList | None:
    try:
        return read_revocation_list(parse_tlv(path.read_bytes(), SEQUENCE))
    except Malformed as refusal:
        assert (path.stem, refusal.code) == ("BadCRLSignatureCACRL", "tlv_bits")
        return None


def _verify(name: str) -> None:
    report, signer = Report(POLICY, ["csca"]), _certificates()[name + "EE"]
    found = chain.check_chain(report, signer, _store())
    validity.check_validity(report, signer, found, signed_at=None, at=AT)
    revocation.check_revocation(report, signer, found, _store(), at=AT)


ROWS = [line.split() for line in APPLIES.strip().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_number_that_applies_comes_out_as_it_must(row: list[str]) -> None:
    """NIST PKITS, 4.1 to 4.7 and 4.16; RFC 5280, 6."""
    _number, name, *code = row
    assert name.startswith("Valid") is not bool(code)
    if not code:
        _verify(name)
        return
    with pytest.raises(VerificationFailed) as refused:
        _verify(name)
    assert refused.value.code == code[0]


def test_at_least_sixty_numbers_apply() -> None:
    assert len({number for number, *_rest in ROWS}) == len(ROWS) >= 60


NEEDS_CHANGES = "InvaliddeltaCRLTest4"
"""4.15.4: the whole list does not revoke it; that a list of changes does, nobody here reads."""
OF_LISTS = (
    "distributionPoint",
    "onlyContains",
    "onlySomeReasons",
    "IDPwithindirect",
    "cRLIssuer",
    "deltaCRL",
    "SeparateCertificate",
    "CRLSigningKey",
    "nameConstraints",
    "pathLen",
)


def _of_lists() -> list[str]:
    names = [name.removesuffix("EE") for name in _certificates() if name.startswith("Invalid")]
    return [name for name in names if any(word in name for word in OF_LISTS) and name != NEEDS_CHANGES]


@pytest.mark.parametrize("name", _of_lists())
def test_what_does_not_apply_is_not_accepted_for_that(name: str) -> None:
    """NIST PKITS, 4.4.20, 4.5.7, 4.6, 4.13 to 4.15: refused, if by another reason than the suite has in mind."""
    with pytest.raises(VerificationFailed) as refused:
        _verify(name)
    assert refused.value.code.startswith(("crl_", "profile_", "dsc_revoked", "path_too_long", "csca_revoked"))
