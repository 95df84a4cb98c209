"""Public specimens and real certificates that nobody here made: data beside the repository, read where they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from eid.cards.folder import read_chip_folder, read_trust
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import digest, parse_hash_algorithm, parse_scheme, verify_signature
from eid.crypto.checks.data_groups import check_data_groups
from eid.crypto.checks.links import check_links, find_paths
from eid.crypto.checks.security_object import check_sod
from eid.crypto.dg2 import parse_dg2
from eid.crypto.lds import parse_com, parse_dg1, parse_security_object
from eid.crypto.master_list import find_own_anchors, parse_master_list, verify_master_list
from eid.crypto.outlines import Certificates, read_outline
from eid.crypto.passive_auth import ChipAnswer, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT
from eid.crypto.report import Report, Result
from eid.crypto.sod import parse_signed_data, parse_sod
from eid.crypto.tlv import build_oid, build_sequence, build_tlv, parse_tlv
from eid.crypto.trust import MAX_BYTES, TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import AUTHORITY_KEY_ID, Certificate, parse_certificate
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
    check_sod(report, files["EF.SOD"])
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


def _named_by(issuer: Certificate, authority_key_id: bytes) -> bytes:
    """An issuer's certificate as a child of its own, that names its issuer by this alone."""
    extension = build_sequence(build_oid(AUTHORITY_KEY_ID), build_tlv(0x04, authority_key_id))
    parts = [part.raw for part in parse_tlv(issuer.raw_tbs, 0x30).children()]
    tbs = build_sequence(*parts[:-1], build_tlv(0xA3, build_sequence(extension)))
    return build_sequence(tbs, issuer.algorithm.raw, build_tlv(0x03, b"\x00"))


def test_key_identifiers_that_two_keys_share_lead_to_both() -> None:
    for country in ("IL", "TR"):
        paths = list((DATA / "quirks").glob(f"same_SKI_different_key__{country}_*.cer"))
        store = TrustStore(parse_certificate(path.read_bytes()) for path in paths)
        [key_id] = {anchor.subject_key_id for anchor in store.anchors}
        naming = build_sequence(build_tlv(0x80, key_id or b""))
        child = parse_certificate(_named_by(store.anchors[0], naming))
        assert {issuer.raw_public_key for issuer in store.find_issuers(child)} == {
            anchor.raw_public_key for anchor in store.anchors
        }
        assert len(store.find_issuers(child)) == 2


def test_vietnams_passport_csca_is_read() -> None:
    [path] = (DATA / "vietnam").glob("*.cer")
    [anchor] = read_trust(path).anchors
    assert (anchor.country, anchor.basic_constraints) == ("VN", (True, 0))
    assert (anchor.not_before.year, anchor.not_after.year) == (2022, 2037)


def test_the_german_master_list_holds_and_all_its_certificates_load() -> None:
    """ICAO 9303-12, 9; with the CSCA that certified its signer beside it."""
    [path] = (DATA / "master-lists").glob("DE_ML_*.ml")
    anchor = (DATA / "master-lists" / "DE_ROOT_CA_CSCA07.cer").read_bytes()
    store = parse_trust_store([path.read_bytes(), anchor], policy=STRICT)
    assert len(store.anchors) == 588
    assert {"VN", "DE", "FR", "US"} <= {found.country for found in store.anchors}
    assert sum(1 for found in store.anchors if _has_key(found)) == len(store.anchors)


def _has_key(certificate: Certificate) -> bool:
    try:
        return bool(certificate.public_key)
    except Malformed as error:
        raise AssertionError(f"{certificate.subject}: {error}") from error


def test_icaos_list_without_null_is_a_named_deviation() -> None:
    """RFC 8017, 9.2, note 1: its DigestInfo is compared in full with the encoding that lacks NULL."""
    data = (DATA / "master-lists" / "ICAO_ml_September2023.ml").read_bytes()
    with pytest.raises(VerificationFailed) as refused:
        parse_trust_store([data], policy=STRICT)
    assert (refused.value.step, refused.value.code) == ("sod_signature", "digest_info_no_null")
    listed = verify_master_list(data, trust_store=TrustStore(find_own_anchors(data)), policy=ICAO)
    assert [step.code for step in listed.steps if step.result is Result.KNOWN_DEVIATION] == ["digest_info_no_null"]
    assert len(listed.certificates) > 300


def test_every_real_link_certificate_leads_to_an_anchor_or_says_that_it_leads_nowhere() -> None:
    """ICAO 9303-12, 7.1.1.5, on the 264 links of two lists and their 479 self-signed certificates, in a folder without the
    lists: nothing is pinned but what signed itself."""
    raws = {path.read_bytes() for path in (DATA / "quirks").glob("*.cer")}
    for path in (DATA / "master-lists").glob("*.ml"):
        raws.update(parse_master_list(parse_signed_data(path.read_bytes(), max_bytes=MAX_BYTES).content).raws)
    pinned = [raw for raw in raws if read_outline(raw).is_self_signed]
    links = [parse_certificate(raw) for raw in raws if not read_outline(raw).is_self_signed]
    assert (len(pinned), len(links)) == (479, 264)
    store = TrustStore(Certificates(pinned), links=links)
    ends = Counter(_end_of(link, store) for link in links)
    assert ends == {"anchor": 253, "link_unanchored": 11}


def _end_of(link: Certificate, store: TrustStore) -> str | None:
    """What the most lenient policy says of the path from here: an anchor, or why there is none."""
    paths, _obstacle = find_paths([link], store)
    report = Report(LENIENT, ["link_certificates"])
    check_links(report, paths[0], store)
    codes = [step.code for step in report.steps]
    return "link_unanchored" if "link_unanchored" in codes else "anchor"


def test_a_list_without_its_anchor_is_refused() -> None:
    data = (DATA / "master-lists" / "ICAO_ml_September2023.ml").read_bytes()
    anchor = (DATA / "master-lists" / "DE_ROOT_CA_CSCA07.cer").read_bytes()
    with pytest.raises(VerificationFailed) as refused:
        parse_trust_store([data, anchor])
    assert refused.value.code == "csca_not_found"


def test_vietnams_passport_csca_signed_itself() -> None:
    """brainpoolP512r1 by explicit parameters, ecdsa with SHA-512: what `cryptography` alone cannot load."""
    [path] = (DATA / "vietnam").glob("*.cer")
    certificate = parse_certificate(path.read_bytes())
    verify_signature(
        certificate.public_key,
        parse_scheme(certificate.algorithm),
        signature=certificate.signature,
        message=certificate.raw_tbs,
        step="self",
        code="self",
    )


def test_the_signature_on_a_curve_that_cryptography_lacks_holds() -> None:
    """brainpoolP224r1 by explicit parameters, SHA-1, NULL after ecdsa: each a known deviation, and no anchor."""
    refused = refusal_of("bsi2008")
    assert (refused.step, refused.code) == ("csca", "csca_not_found")
    results = {step["step"]: step["result"] for step in refused.evidence["steps"]}  # type: ignore[attr-defined]
    assert results["sod_signature"] == "passed"
    assert results["digest_algorithms"] == results["signature_algorithm"] == "known_deviation"
