"""What we accept, an oracle accepts too that shares no code with us: asn1crypto reads, cryptography verifies."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping

import pytest
from asn1crypto import cms, core, parser
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from eid.crypto.lds import SOD
from eid.errors import VerificationFailed
from tests.fuzz import card, seeds
from tests.fuzz.mutation import mutate

_HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class _Digest(core.Sequence):
    _fields = [("number", core.Integer), ("value", core.OctetString)]


class _Digests(core.SequenceOf):
    _child_spec = _Digest


class _Versions(core.Sequence):
    _fields = [("lds", core.PrintableString), ("unicode", core.PrintableString)]


class _SecurityObject(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("algorithm", cms.DigestAlgorithm),
        ("digests", _Digests),
        ("versions", _Versions, {"optional": True}),
    ]


def oracle(files: Mapping[str, bytes]) -> None:
    """Raises whatever is raised where the signatures, the chain or a digest do not hold."""
    content_info = parser.parse(files[SOD], strict=True)[4]
    signed = cms.ContentInfo.load(content_info, strict=True)["content"]
    [signer] = signed["signer_infos"]
    algorithm = signer["digest_algorithm"]["algorithm"].native
    content = signed["encap_content_info"]["content"].contents
    attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    assert attributes["message_digest"][0].native == hashlib.new(algorithm, content).digest()
    assert attributes["content_type"][0].dotted == signed["encap_content_info"]["content_type"].dotted
    name = signer["sid"].chosen
    [found] = [one.chosen for one in signed["certificates"] if one.chosen.serial_number == name["serial_number"].native]
    assert found.issuer == name["issuer"]
    key, issuer = load_der_public_key(found.public_key.dump()), seeds.csca().key.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(issuer, ec.EllipticCurvePublicKey)
    to_sign = b"\x31" + signer["signed_attrs"].dump()[1:]
    named = signer["signature_algorithm"].signature_algo, signer["signature_algorithm"].hash_algo
    assert named == ("ecdsa", algorithm)
    key.verify(signer["signature"].native, to_sign, ec.ECDSA(_HASHES[algorithm]))
    assert found["signature_algorithm"].signature_algo == "ecdsa"
    by = _HASHES[found["signature_algorithm"].hash_algo]
    issuer.verify(found["signature_value"].native, found["tbs_certificate"].dump(), ec.ECDSA(by))
    listed = _SecurityObject.load(content, strict=True)
    for digest in listed["digests"]:
        file = files.get(f"EF.DG{digest['number'].native}")
        if file is not None:
            assert hashlib.new(listed["algorithm"]["algorithm"].native, file).digest() == digest["value"].native


def test_the_oracle_accepts_a_good_card_and_refuses_a_bad_one() -> None:
    oracle(seeds.good_card())
    for name in ("EF.DG1", "EF.DG13", SOD):
        changed = seeds.good_card()[name][:-1] + b"!"
        with pytest.raises(Exception):  # noqa: B017 - whatever says no
            oracle({**seeds.good_card(), name: changed})


def test_what_we_accept_the_oracle_accepts() -> None:
    """Changed cards, their digests and signatures made right again in every way."""
    rng, accepted = random.Random("differential"), 0
    modes = [mode << 6 | repairs for mode in range(3) for repairs in range(8)]
    for _ in range(3000):
        data = mutate(card.pack(seeds.good_card(), rng.choice(modes)), 8192, rng)
        try:
            document = card.verify_packed(data)
        except VerificationFailed:
            continue
        if {step.code for step in document.deviations} & {"sod_not_der", "sod_trailing_data", "dsc_name_form"}:
            continue  # named, and more than the oracle takes
        accepted += 1
        files, _mode, _answer = card.unpack(data)
        try:
            oracle(files)
        except Exception as error:
            raise AssertionError(f"{error!r}: {data.hex()}") from error
    assert accepted > 300
