"""Real CSCA certificates that break parsers, a test for each row of their README: all load, and what they breach is named."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.forgery import Forge, resign
from eid.crypto.algorithms import Scheme
from eid.crypto.checks.links import verify_issued
from eid.crypto.lds import SOD
from eid.crypto.master_list import find_own_anchors
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT, Policy
from eid.crypto.public_keys import name_key
from eid.crypto.tlv import build_integer, build_sequence
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import Certificate, parse_certificate
from eid.errors import VerificationFailed
from tests.crypto.forge import groups_of, key_of, make_csca, make_signer
from tests.crypto.test_passive_auth import good
from tests.crypto.test_specimens import DATA
from tests.fuzz.mutation import edit, find

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="real certificates are data beside the repository (../shared/chipdata), which are not here",
)

PATHS = sorted((DATA / "quirks").glob("*.cer"))
_KEY_INFO = key_of("P-384", "csca").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
_BY_OURS = Scheme("ecdsa", "sha256")


def path_of(name: str) -> Path:
    [path] = (path for path in PATHS if path.stem == name)
    return path


def with_our_key(path: Path) -> Certificate:
    """The real certificate in all but its key, which is ours, and its signature."""
    return parse_certificate(resign(path.read_bytes(), key_of("P-384", "csca"), _BY_OURS, public_key=_KEY_INFO))


def outcome_under(anchor: Certificate, policy: Policy, store: TrustStore | None = None) -> list[tuple[str, str]]:
    """Step and code of whatever did not pass, up to the profiles and their validity, for a good card whose signer this CSCA
    certified."""
    begins = anchor.not_before + timedelta(days=1)
    signer = make_signer(make_csca(), starts=begins, ends=begins + timedelta(days=90), key_period=None)
    named = edit(signer.build(), (b"\x30", 0, 3), lambda _issuer: find(anchor.raw_subject, (b"\x30",)))
    certificate = resign(named, key_of("P-384", "csca"), _BY_OURS)
    sod = Forge(
        groups=groups_of(good()[0]),
        signer=signer,
        at=begins + timedelta(days=1),
        sid=build_sequence(anchor.raw_subject, build_integer(signer.serial)),
        certificates=[certificate],
    ).build()
    with pytest.raises(VerificationFailed) as refused:  # no real CSCA is of Vietnam's cards
        verify_document({**good()[0], SOD: sod}, trust_store=store or TrustStore([anchor]), policy=policy)
    steps = refused.value.evidence["steps"]
    concerned = ("csca", "signer_chain", "profiles", "link_certificates", "validity", "consistency")
    return [
        (step["step"], step["code"])
        for step in steps  # type: ignore[attr-defined]
        if step["step"] in concerned and step["result"] in ("failed", "known_deviation")
    ]


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        verify_issued(issuer, certificate, step="step", code="code")
    except VerificationFailed:
        return False
    return True


@cache
def listed() -> tuple[Certificate, ...]:
    """What the German list holds, and what there is besides."""
    [path] = (DATA / "master-lists").glob("DE_ML_*.ml")
    return (*find_own_anchors(path.read_bytes()), *(parse_certificate(path.read_bytes()) for path in PATHS))


def is_signed(certificate: Certificate) -> bool:
    """By its own key or, a link certificate, by that of another CSCA of its issuer's name."""
    return any(signed_by(certificate, issuer) for issuer in listed() if issuer.subject == certificate.issuer)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_opens_a_trust_store_and_has_a_key(path: Path) -> None:
    """As an anchor where it says that it signed itself, else as a link; one may sign documents only, by its key usage."""
    store = parse_trust_store([path.read_bytes()])
    [anchor] = (*store.anchors, *store.links, *store.signers)
    assert anchor.public_key
    assert anchor.country or anchor.issuer_country


def test_together_they_open_one_trust_store() -> None:
    """One that cannot be read as it should does not take the others with it."""
    store = parse_trust_store(path.read_bytes() for path in PATHS)
    assert len([*store.anchors, *store.links, *store.signers]) == len({path.read_bytes() for path in PATHS}) == 30


BREACHES = {
    "KU_no_keyCertSign": {"profile_csca_key_usage"},
    "ca_false": {"profile_csca_not_ca"},
    "no_basicConstraints": {"profile_csca_no_basic_constraints"},
    "no_keyUsage": {"profile_csca_no_key_usage"},
    "cryptography_ext_error__IT": {"profile_csca_not_ca"},
    "cryptography_ext_error__UA": {"profile_malformed", "profile_csca_boolean"},  # a truth value that is 01, not FF
}
"""Beginning of a file's name → the codes one of which names what is in it against the profile of 9303-12."""


def breaches() -> list[tuple[Path, set[str]]]:
    return [(path, codes) for path in PATHS for name, codes in BREACHES.items() if path.stem.startswith(name)]


@pytest.mark.parametrize(("path", "codes"), breaches(), ids=lambda value: value.stem if isinstance(value, Path) else "")
def test_a_breach_of_the_profile_is_named_under_every_policy(path: Path, codes: set[str]) -> None:
    """ICAO 9303-12, 7.1.1. The strict policy ends there, the lenient one goes on and says it."""
    anchor = with_our_key(path)
    strict, lenient = outcome_under(anchor, STRICT), outcome_under(anchor, LENIENT)
    assert [step for step, _code in strict] == ["profiles"]
    assert codes & {code for step, code in lenient if step == "profiles"}


@pytest.mark.parametrize("name", ["BM_449c757d", "GB_933e3de9"])
def test_a_csca_that_another_country_certified_is_named(name: str) -> None:
    """ICAO 9303-12, 7.1.1: it is a link, under its issuer's CSCA, which is ours here."""
    path, key = path_of(f"country_mismatch_subject_issuer__{name}"), key_of("P-384", "of the issuer")
    link = parse_certificate(resign(path.read_bytes(), key, _BY_OURS, public_key=_KEY_INFO))
    issuer = make_csca(key=key, issuer_key=key, starts=link.not_before, ends=link.not_after).build()
    for place in (3, 5):
        issuer = edit(issuer, (b"\x30", 0, place), lambda _name: find(link.raw_issuer, (b"\x30",)))
    anchor = parse_certificate(resign(issuer, key, _BY_OURS))
    assert {anchor.country, link.country} == {"GB", name[:2]} or link.country != link.issuer_country
    assert ("link_certificates", "link_country") in outcome_under(link, LENIENT, TrustStore([anchor], links=[link]))
    assert outcome_under(link, ICAO, TrustStore([anchor], links=[link]))[-1] == ("link_certificates", "link_country")


@pytest.mark.parametrize("policy", [STRICT, ICAO, LENIENT], ids=lambda policy: policy.name)
def test_none_vouches_for_a_card_of_another_country(policy: Policy) -> None:
    for path in PATHS:
        assert outcome_under(with_our_key(path), policy)[-1][0] in ("profiles", "consistency"), path.name


def test_a_key_identifier_without_its_wrapping_is_no_obstacle() -> None:
    """Lithuania's CSCAs: the value of the extension is the bare identifier. They are found by their names."""
    paths = [path for path in PATHS if "ext_error__LT" in path.stem]
    assert len(paths) == 4
    for path in paths:
        assert outcome_under(with_our_key(path), LENIENT)[-1] == ("consistency", "country_mismatch")


def test_a_coefficient_with_a_leading_zero_is_the_same_number() -> None:
    """The Emirates' CSCA writes a in 49 octets: SEC 1, 2.3.5, and 9303-12, 4.4, would have 48."""
    emirates = parse_certificate(path_of("explicit_a_49bytes__AE_d0e477b5").read_bytes())
    assert name_key(emirates.public_key) == "on secp384r1"
    assert b"\x04\x31\x00" + b"\xff" * 31 + b"\xfe" in emirates.raw_public_key
    assert signed_by(emirates, emirates)


@pytest.mark.parametrize("country", ["AE", "AT", "DZ", "JP"])
def test_what_cryptography_cannot_load_is_read_and_its_signature_holds(country: str) -> None:
    [path] = (path for path in PATHS if path.stem.startswith(f"cryptography_load_error__{country}"))
    certificate = parse_certificate(path.read_bytes())
    assert certificate.country == country
    assert is_signed(certificate)


@pytest.mark.parametrize("name", ["AL_3fa95e7a", "KZ_1de03715", "KZ_eecd1de2", "MZ_96403e66"])
def test_negative_serial_numbers_stay_negative(name: str) -> None:
    """X.690, 8.3: RFC 5280, 4.1.2.2, forbids them, and a revocation list would name them just so."""
    certificate = parse_certificate(path_of(f"negative_serial__{name}").read_bytes())
    assert certificate.serial < 0
    encoded = build_integer(certificate.serial)
    assert encoded in certificate.raw_tbs[:64]


def test_of_two_keys_under_one_identifier_the_right_one_is_found() -> None:
    """9303-12, 7.1.1: both are tried. Israel's, and Turkey's, of which one signed neither."""
    for country in ("IL", "TR"):
        both = [
            parse_certificate(p.read_bytes()) for p in PATHS if p.stem.startswith(f"same_SKI_different_key__{country}")
        ]
        assert len({found.raw_public_key for found in both}) == 2
        assert len({found.subject_key_id for found in both}) == 1
        for certificate in both:
            assert set(TrustStore(both).find_issuers(certificate)) >= {
                found for found in both if signed_by(certificate, found)
            }
