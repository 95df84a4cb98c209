"""Public specimens and real certificates that nobody here made: data beside the repository, read where they are."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from eid.cards.folder import read_chip_folder, read_trust
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import digest, parse_hash_algorithm
from eid.crypto.checks.data_groups import check_data_groups
from eid.crypto.checks.security_object import check_sod
from eid.crypto.dg2 import parse_dg2
from eid.crypto.lds import parse_com, parse_dg1, parse_security_object
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.crypto.policy import LENIENT
from eid.crypto.report import Report
from eid.crypto.sod import parse_sod
from eid.crypto.tlv import build_sequence, build_tlv
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import AUTHORITY_KEY_ID, parse_certificate
from eid.errors import Malformed, VerificationFailed
from eid.randomness import system_rng
from tests.crypto.forge import make_csca, make_trust


def _find_data() -> Path:
    """`shared/chipdata` beside the repository, or beside the folder that holds this working tree."""
    here = Path(__file__).resolve()
    for above in here.parents[3:5]:
        if (above / "shared" / "chipdata").is_dir():
            return above / "shared" / "chipdata"
    return Path("/nonexistent")


DATA = _find_data()
SPECIMEN = DATA / "specimen"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the specimens are data beside the repository (../shared/chipdata), which are not here"
)


def refusal_of(folder: str, trust: TrustStore | None = None, **kwargs: object) -> VerificationFailed:
    files = read_chip_folder(SPECIMEN / folder)
    with pytest.raises(VerificationFailed) as refused:
        verify_document(files, trust_store=trust or make_trust(make_csca()), policy=LENIENT, **kwargs)  # type: ignore[arg-type]
    return refused.value


def signed_part(folder: str) -> tuple[Report, dict[str, bytes]]:
    """A report that has taken every step up to the signature over EF.SOD."""
    files = read_chip_folder(SPECIMEN / folder)
    report = Report(LENIENT, ["sod_structure"])
    check_sod(report, files)
    return report, files


@pytest.mark.parametrize("folder", ["bsi-tr03105-5", "loes2006"])
def test_the_signature_holds_and_no_anchor_is_there(folder: str) -> None:
    refused = refusal_of(folder)
    assert (refused.step, refused.code) == ("csca", "csca_not_found")
    steps = {step["step"]: step["result"] for step in refused.evidence["steps"]}  # type: ignore[attr-defined]
    assert steps["sod_signature"] == "passed"


@pytest.mark.parametrize("folder", ["bsi-tr03105-5", "bsi2008", "loes2006"])
def test_every_digest_matches(folder: str) -> None:
    files = read_chip_folder(SPECIMEN / folder)
    security_object = parse_security_object(parse_sod(files["EF.SOD"]).content)
    name = parse_hash_algorithm(security_object.hash_algorithm)
    matched = {
        number
        for number, expected in security_object.digests.items()
        if f"EF.DG{number}" in files and digest(name, files[f"EF.DG{number}"]) == expected
    }
    assert matched == {number for number in security_object.digests if f"EF.DG{number}" in files}
    assert {1, 2} <= matched
    assert 1 in parse_com(files["EF.COM"]).data_groups


@pytest.mark.parametrize("folder", ["bsi-tr03105-5", "bsi2008", "loes2006"])
def test_holder_and_portrait_are_read(folder: str) -> None:
    files = read_chip_folder(SPECIMEN / folder)
    assert parse_dg1(files["EF.DG1"]).wrong_check_digits == ()
    assert parse_dg1(files["EF.DG1"]).surname in ("MUSTERMANN", "MEULENDIJK")
    assert parse_dg2(files["EF.DG2"]).media_type == "image/jp2"


def test_a_dg15_that_is_not_signed_does_not_count() -> None:
    """BSI TR-03105-5's DG15 is not in its EF.SOD: the file is refused, and so is an answer of its very key."""
    report, files = signed_part("bsi-tr03105-5")
    with pytest.raises(VerificationFailed) as refused:
        check_data_groups(report, files, parse_security_object(parse_sod(files["EF.SOD"]).content))
    assert refused.value.code == "dg_not_in_sod"
    key = load_der_private_key((SPECIMEN / "bsi-tr03105-5" / "DG15_sk.pkcs8").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    answer = ChipAnswer(bytes(8), build_chip_answer(key, bytes(8), rng=system_rng()))
    assert refusal_of("bsi-tr03105-5", chip_answer=answer).code == "csca_not_found"


def test_certificates_that_break_parsers_are_read() -> None:
    """Negative serial numbers, no extensions, empty ones, odd ones: all load; what they break is named when it counts."""
    for path in sorted((DATA / "quirks").glob("*.cer")):
        certificate = parse_certificate(path.read_bytes())
        assert certificate.country or certificate.issuer_country, path.name
        if path.name.startswith("negative_serial"):
            assert certificate.serial < 0
        if path.name.startswith("ca_false"):
            assert certificate.basic_constraints is not None and certificate.basic_constraints[0] is False
        if path.name.startswith("no_basicConstraints"):
            assert certificate.basic_constraints is None
        if path.name.startswith("no_keyUsage"):
            assert certificate.key_usage is None
        if path.name.startswith("KU_no_keyCertSign"):
            assert certificate.key_usage is not None and 5 not in certificate.key_usage
        if path.name.startswith("country_mismatch"):
            assert certificate.country != certificate.issuer_country


def test_key_identifiers_that_two_keys_share_lead_to_both() -> None:
    for country in ("IL", "TR"):
        paths = list((DATA / "quirks").glob(f"same_SKI_different_key__{country}_*.cer"))
        store = TrustStore(parse_certificate(path.read_bytes()) for path in paths)
        [key_id] = {anchor.subject_key_id for anchor in store.anchors}
        naming = build_sequence(build_tlv(0x80, key_id or b""))
        child = dataclasses.replace(store.anchors[0], extensions={AUTHORITY_KEY_ID: (False, naming)})
        assert {issuer.raw_public_key for issuer in store.find_issuers(child)} == {
            anchor.raw_public_key for anchor in store.anchors
        }
        assert len(store.find_issuers(child)) == 2


def test_vietnams_passport_csca_is_read() -> None:
    [path] = (DATA / "vietnam").glob("*.cer")
    [anchor] = read_trust(path).anchors
    assert (anchor.country, anchor.basic_constraints) == ("VN", (True, 0))
    assert (anchor.not_before.year, anchor.not_after.year) == (2022, 2037)


def test_master_lists_are_refused_by_name() -> None:
    for path in (DATA / "master-lists").glob("*.ml"):
        with pytest.raises(Malformed) as refused:
            read_trust(path)
        assert refused.value.code == "ml_unsupported"
