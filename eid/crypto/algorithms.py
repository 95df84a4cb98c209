"""Signature and digest algorithms by their object identifiers, and the one place where a signature is verified.

RFC 4055 (RSA, PSS), RFC 5758 and BSI TR-03111 (ECDSA), RFC 5754. The algorithm always comes from the structure that
was signed with it, and its parameters are read in full: nothing is guessed from a key or from a neighbour. MD5 and
older are unknown here on purpose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from eid.crypto.public_keys import KeyKind, PublicKey, kind_of
from eid.crypto.tlv import (
    INTEGER,
    NULL,
    OID,
    SEQUENCE,
    Tlv,
    build_integer,
    build_oid,
    build_sequence,
    build_tlv,
    parse_tlv,
)
from eid.errors import Malformed, VerificationFailed

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

HASH_NAMES = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Digest algorithm → its name in hashlib. Whether SHA-1 may be used is a policy's business."""
HASH_OIDS = {name: oid for oid, name in HASH_NAMES.items()}
HASH_LENGTHS = {name: hashlib.new(name, usedforsecurity=False).digest_size for name in HASH_OIDS}

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - judged by policy
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CONSTRUCTORS = {name: getattr(hashlib, name) for name in HASH_OIDS}
_ECDSA = {name: ec.ECDSA(algorithm) for name, algorithm in _HASHES.items()}

_PKCS1_V15 = padding.PKCS1v15()

MAX_KEPT_BYTES = 1024
"""The longest algorithm there is, PSS, has 70; what is read is kept, so it must not be as large as a stranger likes."""
RSA_PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
_SCHEMES = {
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
}
_SCHEME_OIDS = {kind: oid for oid, kind in _SCHEMES.items()}
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
"""In a SignerInfo it means PKCS #1 v1.5 with the SignerInfo's digest (RFC 3370, 3.2)."""


@dataclass(frozen=True, slots=True)
class Algorithm:
    """An AlgorithmIdentifier as it stands; `parameters` is None where there are none."""

    raw: bytes
    oid: str
    parameters: Tlv | None

    @property
    def parameters_are_null(self) -> bool:
        """NULL or nothing: what every algorithm but PSS has. Real certificates write either."""
        return self.parameters is None or (self.parameters.tag == NULL and not self.parameters.value)


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature was made: `kind` is rsa, pss or ecdsa; salt in octets for PSS."""

    kind: str
    hash_name: str
    mgf_hash_name: str = ""
    salt_length: int = 0


def parse_algorithm(element: Tlv) -> Algorithm:
    """An AlgorithmIdentifier. Raises Malformed."""
    return _parse_raw_algorithm(element.raw)


@lru_cache(maxsize=256)
def _parse_raw_algorithm(raw: bytes) -> Algorithm:
    """There are few of them in the world, and a document has ten."""
    parts = parse_tlv(raw, SEQUENCE, max_bytes=MAX_KEPT_BYTES).children()
    if len(parts) not in (1, 2):
        raise Malformed("algorithm_malformed", "An algorithm is not written as it must be.")
    return Algorithm(raw, parts[0].oid(), parts[1] if len(parts) == 2 else None)


def parse_hash_algorithm(algorithm: Algorithm) -> str:
    """The name of a digest algorithm. Raises Malformed (`unknown_algorithm`)."""
    name = HASH_NAMES.get(algorithm.oid)
    if name is None or not algorithm.parameters_are_null:
        raise Malformed("unknown_algorithm", "A digest algorithm is not one of those allowed.", reason=algorithm.oid)
    return name


def parse_scheme(algorithm: Algorithm, *, digest_name: str | None = None) -> Scheme:
    """How a signature with this algorithm was made; `digest_name` serves rsaEncryption, which names no digest itself.

    Raises Malformed (`unknown_algorithm`, `pss_params`).
    """
    return _parse_raw_scheme(algorithm.raw, digest_name)


@lru_cache(maxsize=256)
def _parse_raw_scheme(raw: bytes, digest_name: str | None) -> Scheme:
    algorithm = _parse_raw_algorithm(raw)
    if algorithm.oid == RSA_PSS:
        return _parse_pss(algorithm.parameters)
    found = _SCHEMES.get(algorithm.oid, ("", ""))
    if algorithm.oid == RSA_ENCRYPTION and digest_name:
        found = ("rsa", digest_name)
    if not found[0] or not algorithm.parameters_are_null:
        raise Malformed("unknown_algorithm", "A signature algorithm is not one of those allowed.", reason=algorithm.oid)
    return Scheme(*found)


def _parse_pss(parameters: Tlv | None) -> Scheme:
    """RSASSA-PSS-params (RFC 4055, 3.1): what is absent has its default, SHA-1, MGF1 with SHA-1, 20 and 1."""
    if parameters is None or parameters.tag != SEQUENCE:
        raise Malformed("pss_params", "The parameters of a PSS signature are missing.")
    found = parameters.children(max_count=4)
    fields = {field.tag: field for field in found}
    if [field.tag for field in found] != sorted(fields) or not set(fields) <= {0xA0, 0xA1, 0xA2, 0xA3}:
        raise Malformed("pss_params", "The parameters of a PSS signature are not written as they must be.")
    hash_name = mgf_hash_name = "sha1"
    if 0xA0 in fields:
        hash_name = _only_hash(fields[0xA0])
    if 0xA1 in fields:
        [mask] = fields[0xA1].children(SEQUENCE)
        mask_oid, mask_hash = mask.children(OID, SEQUENCE)
        if mask_oid.oid() != MGF1:
            raise Malformed("pss_params", "A PSS signature has an unknown mask generation function.")
        mgf_hash_name = parse_hash_algorithm(parse_algorithm(mask_hash))
    salt_length = fields[0xA2].children(INTEGER)[0].integer() if 0xA2 in fields else 20
    trailer = fields[0xA3].children(INTEGER)[0].integer() if 0xA3 in fields else 1
    if not 0 <= salt_length <= 64 or trailer != 1:
        raise Malformed("pss_params", "A PSS signature has an impossible salt length or trailer.")
    return Scheme("pss", hash_name, mgf_hash_name, salt_length)


def _only_hash(field: Tlv) -> str:
    [algorithm] = field.children(SEQUENCE)
    return parse_hash_algorithm(parse_algorithm(algorithm))


def build_hash_algorithm(name: str) -> bytes:
    """AlgorithmIdentifier of a digest, its parameters absent (RFC 5754, 2)."""
    return build_sequence(build_oid(HASH_OIDS[name]))


def build_signature_algorithm(scheme: Scheme) -> bytes:
    """AlgorithmIdentifier of a signature, with NULL or full parameters as RFC 4055 and RFC 5758 ask."""
    if scheme.kind == "pss":
        mask = build_sequence(build_oid(MGF1), build_hash_algorithm(scheme.mgf_hash_name))
        return build_sequence(
            build_oid(RSA_PSS),
            build_sequence(
                build_tlv(0xA0, build_hash_algorithm(scheme.hash_name)),
                build_tlv(0xA1, mask),
                build_tlv(0xA2, build_integer(scheme.salt_length)),
            ),
        )
    null = build_tlv(NULL) if scheme.kind == "rsa" else b""
    return build_sequence(build_oid(_SCHEME_OIDS[scheme.kind, scheme.hash_name]), null)


def scheme_for(key: PrivateKey, *, hash_name: str) -> Scheme:
    """How this key signs by default: ECDSA, or PKCS #1 v1.5."""
    return Scheme("ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "rsa", hash_name)


def digest(hash_name: str, data: bytes) -> bytes:
    found: bytes = _CONSTRUCTORS[hash_name](data, usedforsecurity=False).digest()
    return found


def sign(key: PrivateKey, scheme: Scheme, message: bytes) -> bytes:
    """A signature of `message`; for ECDSA in DER."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, _ECDSA[scheme.hash_name])
    return key.sign(message, _padding(scheme), _HASHES[scheme.hash_name])


def verify_signature(key: PublicKey, scheme: Scheme, *, signature: bytes, message: bytes, step: str, code: str) -> None:
    """Returns where the signature holds; raises VerificationFailed(step, …) with `sig_alg_mismatch` where key and
    algorithm do not go together, else with `code`."""
    kind = kind_of(key)
    verify: Callable[..., None] = key.verify
    if (kind is not KeyKind.RSA) != (scheme.kind == "ecdsa"):
        raise VerificationFailed(step, "sig_alg_mismatch", "The signature's algorithm is not one for this key.")
    try:
        if kind is KeyKind.RSA:
            verify(signature, message, _padding(scheme), _HASHES[scheme.hash_name])
        elif kind is KeyKind.ELLIPTIC:
            verify(signature, message, _ECDSA[scheme.hash_name])
        else:
            verify(signature, message, scheme.hash_name)
    except (InvalidSignature, ValueError) as error:
        raise VerificationFailed(step, code, "A signature does not hold.", reason=type(error).__name__) from error


def is_signed_without_null(key: PublicKey, scheme: Scheme, *, signature: bytes, message: bytes) -> bool:
    """Whether a PKCS #1 v1.5 signature holds but for the NULL parameters that its DigestInfo lacks (RFC 8017, 9.2, note 1).

    What the signature recovers to is compared with that one encoding in full: nothing of it is parsed.
    """
    if not isinstance(key, rsa.RSAPublicKey) or scheme.kind != "rsa":
        return False
    expected = build_sequence(
        build_sequence(build_oid(HASH_OIDS[scheme.hash_name])), build_tlv(0x04, digest(scheme.hash_name, message))
    )
    try:
        return key.recover_data_from_signature(signature, padding.PKCS1v15(), None) == expected
    except (InvalidSignature, ValueError):
        return False


def _padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.kind == "pss":
        return padding.PSS(padding.MGF1(_HASHES[scheme.mgf_hash_name]), scheme.salt_length)
    return _PKCS1_V15
