"""All that is issued, under every choice of settings, is accepted by our own strict policy and by two implementations that are
not ours: asn1crypto and the openssl command."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import PrivateKey, parse_scheme
from eid.crypto.key_kinds import CurveParameters
from eid.crypto.lds import SOD, data_group_file
from eid.crypto.master_list import parse_master_list
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import STRICT
from eid.crypto.sod import parse_signed_data
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed
from eid.randomness import system_rng
from tests.cards.issue_everything import CHOICES, Everything

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(
    OPENSSL is None and os.environ.get("CI") != "true", reason="the openssl command is not installed"
)


def verify(everything: Everything, files: Mapping[str, bytes], **besides: object) -> VerifiedDocument:
    trust = parse_trust_store(everything.published.values(), policy=STRICT)
    return verify_document(files, trust_store=trust, policy=STRICT, at=everything.at, **besides)  # type: ignore[arg-type]


def test_our_own_strict_policy_accepts_every_card_without_deviation(everything: Everything) -> None:
    for files in (everything.first, everything.second):
        assert verify(everything, files).deviations == ()
    with pytest.raises(VerificationFailed) as refused:
        verify(everything, everything.revoked)
    assert refused.value.code == "dsc_revoked"


def test_the_chip_answers_with_the_key_that_the_card_publishes(everything: Everything) -> None:
    key = load_pem_private_key(everything.chip_keys["active_authentication"].encode(), password=None)
    assert isinstance(key, PrivateKey)
    answer = ChipAnswer(bytes(8), build_chip_answer(key, bytes(8), rng=system_rng()))
    assert verify(everything, everything.second, chip_answer=answer).chip_proved


# --- asn1crypto


class DataGroupHash(core.Sequence):
    _fields = [("number", core.Integer), ("digest", core.OctetString)]


class DataGroupHashes(core.SequenceOf):
    _child_spec = DataGroupHash


class Versions(core.Sequence):
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]


class LdsSecurityObject(core.Sequence):
    """ICAO 9303-10, 4.6.2.2, in another reader's words."""

    _fields = [
        ("version", core.Integer),
        ("hash_algorithm", cms.DigestAlgorithm),
        ("hashes", DataGroupHashes),
        ("versions", Versions, {"optional": True}),
    ]


def test_asn1crypto_finds_the_same_digests_in_every_card(everything: Everything) -> None:
    """messageDigest is over the content, the signature over the attributes as they stand, digests over the files."""
    for files in (everything.first, everything.second, everything.revoked):
        signed = _load_signed_data(files[SOD][4:])
        content = signed["encap_content_info"]["content"].contents
        [signer] = signed["signer_infos"]
        hash_name = signer["digest_algorithm"]["algorithm"].native
        attributes = {found["type"].dotted: found["values"] for found in signer["signed_attrs"]}
        [message_digest] = attributes["1.2.840.113549.1.9.4"]
        assert message_digest.native == hashlib.new(hash_name, content).digest()
        assert attributes["1.2.840.113549.1.9.3"][0].dotted == "2.23.136.1.1.1"
        encodings = [found.dump() for found in signer["signed_attrs"]]
        assert encodings == sorted(encodings)  # DER (RFC 5652, 5.3)
        found = LdsSecurityObject.load(content, strict=True)
        assert found["hash_algorithm"]["algorithm"].native == hash_name
        digests = {entry["number"].native: entry["digest"].native for entry in found["hashes"]}
        assert digests == {
            number: hashlib.new(hash_name, files[data_group_file(number)]).digest() for number in (1, 2, 13, 14, 15)
        }
        certificate = signed["certificates"][0].chosen
        assert signer["sid"].chosen["serial_number"].native == certificate.serial_number
        assert signer["sid"].chosen["issuer"].dump() == certificate.issuer.dump()


def test_asn1crypto_reads_every_certificate_and_list(everything: Everything) -> None:
    for data in everything.certificates.values():
        certificate = asn1_x509.Certificate.load(data, strict=True)
        algorithm = certificate["signature_algorithm"].dump()
        assert algorithm == certificate["tbs_certificate"]["signature"].dump()
        spki = certificate.public_key
        if spki.algorithm == "ec":
            explicit = CHOICES[everything.name].get("curve_parameters") == "explicit"
            assert spki["algorithm"]["parameters"].name == ("specified" if explicit else "named")
    signed = _load_signed_data(everything.published["master-list.ml"])
    listed = {found.chosen.dump() for found in signed["certificates"]}
    csca_files = {data for name, data in everything.published.items() if name.endswith(".cer")}
    assert listed & csca_files  # the signer's own issuer goes along


def _load_signed_data(data: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(data, strict=True)
    assert info["content_type"].native == "signed_data"
    return info["content"]


# --- openssl


class OpenSsl:
    """The command, in a folder where everything that was issued lies."""

    def __init__(self, everything: Everything, folder: Path) -> None:
        self.folder = folder
        self.at = int(everything.at.timestamp())
        self.explicit = CHOICES[everything.name].get("curve_parameters") == CurveParameters.EXPLICIT
        for name, data in (everything.certificates | dict(everything.published)).items():
            (folder / name).write_bytes(data)
        for name in everything.certificates:
            self.must("x509", "-inform", "DER", "-in", folder / name, "-out", folder / f"{name}.pem")
        for name, files in (("first", everything.first), ("second", everything.second)):
            (folder / f"{name}.cms").write_bytes(files[SOD][4:])  # what is under tag 77
        self.must("crl", "-inform", "DER", "-in", folder / "csca-0001.crl", "-out", folder / "crl.pem")

    def run(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [OPENSSL or "openssl", *map(str, arguments)], capture_output=True, check=False, cwd=self.folder
        )

    def must(self, *arguments: object) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")

    def must_chain(self, *arguments: object) -> None:
        """It accepts the chain; where curves are explicit, as 9303-12 demands and its path validation forbids, it refuses
        for that reason and for no other."""
        if not self.explicit:
            self.must(*arguments)
            return
        done = self.run(*arguments)
        assert done.returncode != 0 and b"explicit ECC parameters" in done.stderr, done.stderr.decode()


@pytest.fixture
def openssl(everything: Everything, tmp_path: Path) -> OpenSsl:
    return OpenSsl(everything, tmp_path)


@needs_openssl
def test_openssl_verifies_every_card_up_to_its_csca(everything: Everything, openssl: OpenSsl) -> None:
    for name, csca in (("first", "csca-0001"), ("second", "csca-0002")):
        read = ("cms", "-verify", "-inform", "DER", "-in", f"{name}.cms", "-binary", "-out", "content")
        openssl.must(*read, "-noverify")  # the signature alone
        judge = ("-purpose", "any", "-attime", openssl.at, "-CAfile")
        openssl.must_chain(*read, *judge, f"{csca}.cer.pem")
        other = "csca-0002" if csca == "csca-0001" else "csca-0001"
        assert openssl.run(*read, *judge, f"{other}.cer.pem").returncode != 0
        changed = bytearray((openssl.folder / f"{name}.cms").read_bytes())
        changed[-1] ^= 1
        (openssl.folder / "changed.cms").write_bytes(changed)
        assert openssl.run("cms", "-verify", "-inform", "DER", "-in", "changed.cms", "-noverify").returncode != 0


@needs_openssl
def test_openssl_follows_the_link_from_the_old_csca_to_the_new_ones_signers(
    everything: Everything, openssl: OpenSsl
) -> None:
    """ICAO 9303-12, 4.2.1: whoever trusts only the old CSCA reaches what the new one certified."""
    old = ("-CAfile", "csca-0001.cer.pem", "-attime", openssl.at)
    openssl.must_chain("verify", *old, "link-0002.cer.pem")
    openssl.must_chain("verify", *old, "-untrusted", "link-0002.cer.pem", "signer-2.pem")
    assert openssl.run("verify", *old, "signer-2.pem").returncode != 0


@needs_openssl
def test_openssl_finds_the_chain_without_fault_strictly(everything: Everything, openssl: OpenSsl) -> None:
    for signer, csca in (("signer-1", "csca-0001"), ("signer-2", "csca-0002")):
        openssl.must_chain(
            "verify", "-x509_strict", "-CAfile", f"{csca}.cer.pem", "-attime", openssl.at, f"{signer}.pem"
        )


@needs_openssl
def test_openssl_verifies_the_signature_of_each_certificate_by_itself(everything: Everything, openssl: OpenSsl) -> None:
    """Also where curves are explicit: by the key of the issuer, over the bytes that were signed."""
    issuers = {"link-0002.cer": "csca-0001.cer", "signer-1": "csca-0001.cer"}
    for name, data in everything.certificates.items():
        certificate = parse_certificate(data)
        issuer = issuers.get(name, name if name.startswith("csca") else "csca-0002.cer")
        (openssl.folder / "tbs").write_bytes(certificate.raw_tbs)
        (openssl.folder / "signature").write_bytes(certificate.signature)
        (openssl.folder / "key.pem").write_text(openssl.must("x509", "-in", f"{issuer}.pem", "-pubkey", "-noout"))
        scheme = parse_scheme(certificate.algorithm)
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{scheme.salt_length}")
        how = (f"-{scheme.hash_name}", *(pss if scheme.kind == "pss" else ()), "-verify", "key.pem")
        assert "Verified OK" in openssl.must("dgst", *how, "-signature", "signature", "tbs"), name


@needs_openssl
def test_openssl_believes_the_revocation_list_and_refuses_who_is_on_it(
    everything: Everything, openssl: OpenSsl
) -> None:
    read = ("crl", "-inform", "DER", "-in", "csca-0001.crl", "-noout", "-text")
    said = openssl.must(*read, "-CAfile", "csca-0002.cer.pem")
    assert "verify OK" in said and "X509v3 CRL Number" in said
    common = ("-crl_check", "-CRLfile", "crl.pem", "-attime", openssl.at)
    openssl.must_chain("verify", "-CAfile", "csca-0002.cer.pem", *common, "signer-2.pem")
    refused = openssl.run("verify", "-CAfile", "csca-0002.cer.pem", *common, "signer-revoked.pem")
    assert b"certificate revoked" in refused.stderr or openssl.explicit
    # the list covers what older keys certified, too; openssl finds the newer key by its link, and calls that extended
    old = ("-CAfile", "csca-0001.cer.pem", "-untrusted", "link-0002.cer.pem", "-extended_crl")
    openssl.must_chain("verify", *old, *common, "signer-1.pem")


@needs_openssl
@pytest.mark.parametrize("csca", ["csca-0001", "csca-0002"])
def test_openssl_verifies_the_master_list_from_either_csca(everything: Everything, openssl: OpenSsl, csca: str) -> None:
    """Whoever has the old CSCA alone finds the link in the list itself."""
    read = ("cms", "-verify", "-inform", "DER", "-in", "master-list.ml", "-binary", "-out", "list.der")
    openssl.must_chain(*read, "-CAfile", f"{csca}.cer.pem", "-purpose", "any", "-attime", openssl.at)
    openssl.must(*read, "-noverify")
    content = (openssl.folder / "list.der").read_bytes()
    assert content == parse_signed_data(everything.published["master-list.ml"], max_bytes=1_000_000).content
    listed = {certificate.raw for certificate in parse_master_list(content)}
    assert listed == {data for name, data in everything.published.items() if name.endswith(".cer")}
