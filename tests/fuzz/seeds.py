"""What the fuzzer begins with: a good card and its trust anchors, the deck of mutants, lists, keys, and where they are,
the public specimens. Keys are fixed, so that an input that was found once is found again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterable
from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.certificates import build_crl
from eid.cards.forgery import Authority, Forge
from eid.cards.mutants import Deck, build_deck
from eid.cards.personalisation import ChipKeys, Photo, Signer, dump_key, personalise
from eid.crypto.active_auth import build_chip_answer
from eid.crypto.algorithms import PrivateKey, Scheme, build_hash_algorithm, build_signature_algorithm
from eid.crypto.card_security import build_card_security
from eid.crypto.curves import CURVES
from eid.crypto.deviation_list import build_deviation_list
from eid.crypto.deviations import Description, Deviation, Documents
from eid.crypto.lds import SOD
from eid.crypto.master_list import build_master_list
from eid.crypto.mrz import build_mrz
from eid.crypto.security_infos import parse_dg14
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.crypto.x509 import parse_certificate
from tests.crypto.forge import HOLDER, NOW, groups_of, make_csca, make_signer
from tests.crypto.test_ber import indefinite
from tests.crypto.test_public_keys import explicit, generator_of, key_info
from tests.crypto.test_specimens import DATA

CHALLENGE = bytes(range(8))

_PRIMES = {
    "rsa1024": (
        "e0b1f9155cfb3d859965732455b69e2f27b0d2772515eca26e48bb6912014cc98ccbe318f4b860ec37f5cec8a8ecb2561361f5867f5de761e03c45d9bb4711f3",
        "c4e7dd97e2ff0d51b95d38b169a2690e4fa052b94070ad8a1d14de0d41a7a605168e4103d91b86950d20f66e7ccd7f88ad290e729fa9c97232f4521dda43ee5f",
    ),
    "rsa2048": (
        "f92a645a869872feea28d436c11e5a5190cd3eba02b7ee1e3930d363fffc1358b3f95a5b427d1156098a525975ac1f7548ab6ec4ad4a9ea69fdcf5d377f01005"
        "bbd4876fd9e6d30232cd29fee60c563fc1e483233193f6e5c017363ee4d8196d913074a68327098b5bb34aa476fd5b2eb3be75756552d4a7d1a7546096454c81",
        "e969eed0f3e94aec4b232ffba41ec9d8a05df55068542c6db7e8e92f439ceca151dfead5d4022ab4e4b2e52ec7bb6913c1d309414abd13061ddf908f757f94e7"
        "7373dcd9985cb737c905d847ea553b3f4624027c1f94530ef163a9a4d7e1a2eca1d7a058c5a50df012ba87e1c1943b138b36cf9b3a922c9933289846751f34dd",
    ),
}
_CURVES = {"P-384": ec.SECP384R1(), "bp256": ec.BrainpoolP256R1()}


@cache
def key(use: str, kind: str = "P-256") -> PrivateKey:
    """The key of this kind for this use, the same one in every run; of RSA keys there is one of a size."""
    if kind in _PRIMES:
        p, q = (int(text, 16) for text in _PRIMES[kind])
        d = pow(65537, -1, (p - 1) * (q - 1))
        numbers = rsa.RSAPublicNumbers(65537, p * q)
        return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), numbers).private_key(
            unsafe_skip_rsa_key_validation=True
        )
    secret = int.from_bytes(hashlib.sha256(use.encode()).digest(), "big") >> 8
    return ec.derive_private_key(secret, _CURVES.get(kind, ec.SECP256R1()))


@cache
def csca() -> Authority:
    return make_csca(key=key("csca"), issuer_key=key("csca"))


@cache
def signer(**changes: object) -> Authority:
    return make_signer(csca(), **{"key": key("signer"), "issuer_key": key("csca"), "serial": 4711} | changes)


@cache
def good_card() -> dict[str, bytes]:
    """A good card with a small portrait, so that most of its octets are structure."""
    chip = key("chip", "bp256")
    assert isinstance(chip, ec.EllipticCurvePrivateKey)
    return personalise(
        HOLDER,
        photo=Photo(b"\xff\xd8\xff\xd9", 1, 1),
        keys=ChipKeys(key("active"), chip),
        signer=Signer(key("signer"), signer().build()),
        issued_on=NOW.date(),
        signed_at=NOW,
    )


@cache
def good_answer(kind: str = "P-256") -> bytes:
    return build_chip_answer(key("active", kind), CHALLENGE, rng=random.Random(1))


def is_answer(response: bytes) -> bool:
    """Whether the chip's key made this answer to the challenge, as cryptography sees it."""
    public, half = key("active").public_key(), len(response) // 2
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signature = encode_dss_signature(int.from_bytes(response[:half], "big"), int.from_bytes(response[half:], "big"))
    try:
        public.verify(signature, CHALLENGE, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


@cache
def trust(*, lists: bool = True) -> TrustStore:
    return new_trust(lists=lists)


def new_trust(*, lists: bool = True) -> TrustStore:
    """A store that remembers nothing yet."""
    return parse_trust_store([csca().build(), *([crl()] if lists else [])])


@cache
def crl() -> bytes:
    certificate = x509.load_der_x509_certificate(csca().build())
    return build_crl(certificate, csca().key, at=NOW, revoked=[666, 2**64]).public_bytes(Encoding.DER)


@cache
def deck() -> Deck:
    kinds = {"rsa1024": "rsa1024", "rsa2048": "rsa2048", "P-384": "P-384"}
    count = iter(range(1000))
    return build_deck(
        good_card(),
        at=NOW,
        make_key=lambda kind: key(f"deck {next(count)}", kinds.get(kind, kind)),
        rng=random.Random(1),
    )


@cache
def sods() -> list[bytes]:
    """Good ones of several algorithms, those of the deck, one in BER, and the specimens'."""
    forged = []
    for kind, scheme in (("P-384", None), ("rsa2048", None), ("rsa2048", Scheme("pss", "sha256", "sha256", 32))):
        by = signer(key=key("signer", kind))
        parts = {"groups": groups_of(good_card()), "signer": by, "at": NOW, "scheme": scheme, "by_key_id": bool(scheme)}
        forged.append(Forge(**parts).build())
    found = [good_card()[SOD], *forged, *(mutant.files[SOD] for mutant in deck().mutants if SOD in mutant.files)]
    loose = b"\x77" + indefinite(0x30, good_card()[SOD][8:])[1:]
    return _sizeable([*found, loose, *specimens("*/EF_SOD.bin", "loes2006/ef011D.bin")])


@cache
def certificates() -> list[bytes]:
    authorities = [
        csca(),
        make_csca(key=key("other", "rsa2048"), issuer_key=key("other", "rsa2048"), pss=_PSS),
        signer(),
        signer(key_period=(NOW, NOW + timedelta(days=9)), extended_usage="2.23.136.1.1.3", critical_extension="1.2.3"),
    ]
    return [*(authority.build() for authority in authorities), *outside("quirks/*.cer", "vietnam/*.cer")]


_PSS = padding.PSS(padding.MGF1(SHA256()), 32)


@cache
def key_infos() -> list[bytes]:
    named = [key_info(bytes.fromhex("06052b81040021"), b"\x04" + bytes(56))]
    found = [key("active", kind).public_key() for kind in ("P-256", "P-384", "bp256", "rsa1024", "rsa2048")]
    infos = [public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for public in found]
    return [*infos, *named, *(explicit(curve, generator_of(curve)) for curve in CURVES)]


@cache
def master_lists() -> list[bytes]:
    by = signer(extended_usage="2.23.136.1.1.3", document_types=None)
    listed = [csca().build(), *certificates()[:2]]
    made = build_master_list(listed, signer_certificate=by.build(), signer_key=by.key, signed_at=NOW)
    return [made]


@cache
def deviation_lists() -> list[bytes]:
    by = signer(extended_usage="2.23.136.1.1.8", document_types=None)
    certificate = parse_certificate(by.build())
    documents = (
        Documents(document_type="ID", document_numbers=frozenset({"190000101", "190000102"})),
        Documents(issuer_and_serial=(certificate.raw_issuer, 4711), issued=(NOW, NOW)),
        Documents(subject_key_id=certificate.subject_key_id),
        Documents(certificate_digest=bytes(32)),
    )
    said = (Description("2.23.136.1.1.7.2.2", 13, "Wrong."), Description("2.23.136.1.1.7.1.2", "2.5.29.15"))
    made = [Deviation(about, said) for about in documents]
    return [build_deviation_list(made, signer_certificate=by.build(), signer_key=by.key, signed_at=NOW)]


@cache
def card_securities() -> list[bytes]:
    infos = [info.raw for info in parse_dg14(good_card()["EF.DG14"])]
    return [build_card_security(infos, signer_certificate=signer().build(), signer_key=signer().key, signed_at=NOW)]


def pem(data: bytes, kind: str) -> bytes:
    """The data in PEM, as lists and certificates travel too."""
    lines = [base64.b64encode(data[at : at + 48]) for at in range(0, len(data), 48)]
    return b"\n".join([b"-----BEGIN %s-----" % kind.encode(), *lines, b"-----END %s-----" % kind.encode(), b""])


@cache
def chip_keys() -> list[bytes]:
    found = [dump_key(key("active", kind)) for kind in ("P-256", "P-384", "rsa1024")]
    return [json.dumps({"active_authentication": text, "chip_authentication": text}).encode() for text in found]


def zones() -> list[bytes]:
    one = build_mrz(
        pin=HOLDER.pin, surname="Nguyễn", given_names="Thị Hoa", birth_date=HOLDER.birth_date, sex="F", expires_on=None
    )
    # The specimens of ICAO 9303-4, 9303-6 and 9303-5: a passport, a small document, a card with a long number.
    td3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
    td2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
    long = "I<UTOD23145890<7349<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    return [zone.encode() for zone in (one, td3, td2, long)]


def specimens(*patterns: str) -> list[bytes]:
    return outside(*(f"specimen/{pattern}" for pattern in patterns))


def outside(*patterns: str) -> list[bytes]:
    """Files of the data beside the repository; none where they are not here."""
    return [path.read_bytes() for pattern in patterns for path in sorted(DATA.glob(pattern))]


def _sizeable(inputs: Iterable[bytes]) -> list[bytes]:
    """Each once, and none so large that the fuzzer spends its time on copying."""
    return [data for data in dict.fromkeys(inputs) if len(data) <= 8192]


@cache
def algorithms() -> list[bytes]:
    found = [Scheme(kind, name, name, 32) for kind in ("rsa", "ecdsa", "pss") for name in ("sha1", "sha256", "sha512")]
    return [*(build_signature_algorithm(scheme) for scheme in found), build_hash_algorithm("sha256")]
