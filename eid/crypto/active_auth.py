"""Active authentication: ICAO 9303-11, 6.1. A chip signs eight fresh bytes with the key that DG15 publishes, and so
is no copy.

RSA chips answer by ISO/IEC 9796-2 digital signature scheme 1, whose message is recovered and compared in full;
elliptic-curve chips answer with r and s plain (BSI TR-03111, 5.2.1). DG15 must have been bound by a verified EF.SOD
before anything here means something.
"""

from __future__ import annotations

import random

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from eid.crypto.algorithms import HASH_LENGTHS, PrivateKey, digest
from eid.crypto.curves import BY_NAME
from eid.crypto.policy import Tolerance
from eid.crypto.public_keys import PlainKey, parse_public_key
from eid.crypto.report import Report

CHALLENGE_BYTES = 8

_TRAILERS = {0x33: "sha1", 0x34: "sha256", 0x35: "sha512", 0x36: "sha384", 0x38: "sha224"}
"""First octet of the two-octet trailer xxCC → digest (ISO/IEC 10118-3 numbers); the one-octet BC means SHA-1."""
_HEADER = 0x6A
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - judged by policy
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_BY_CURVE_BITS = ((224, "sha224"), (256, "sha256"), (384, "sha384"), (10_000, "sha512"))


def check_chip_answer(
    report: Report, public_key_info: bytes, *, challenge: bytes, response: bytes, hash_name: str | None
) -> str:
    """The digest by which the chip answered this challenge rightly, with the key of DG15.

    `hash_name` is what DG14 says of an elliptic-curve chip; None where it says nothing, and then every digest that
    the standard permits is tried. Raises VerificationFailed: `aa_signature_invalid`, `weak_algorithm`,
    `key_too_small`.
    """
    key = parse_public_key(public_key_info)
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < 1024:
            raise report.failure("key_too_small", "The chip's RSA key is shorter than 1024 bits.")
        if key.key_size < 2048:
            report.deviate("key_too_small", Tolerance.SMALL_RSA, "The chip's RSA key is shorter than 2048 bits.")
        found = _recover_rsa(report, key, challenge, response)
    else:
        found = _verify_ec(report, key, challenge, response, hash_name)
    if found == "sha1":
        report.deviate("weak_algorithm", Tolerance.SHA1, "The chip answers by SHA-1.")
    return found


def _recover_rsa(report: Report, key: rsa.RSAPublicKey, challenge: bytes, response: bytes) -> str:
    """ISO/IEC 9796-2, 8 with partial recovery: 6A | M1 | hash(M1 | challenge) | trailer fills the modulus exactly."""
    numbers, size = key.public_numbers(), (key.key_size + 7) // 8
    signature = int.from_bytes(response, "big")
    if len(response) != size or signature >= numbers.n:
        raise report.failure("aa_signature_invalid", "The chip's answer has a wrong length.")
    recovered = pow(signature, numbers.e, numbers.n)
    if recovered & 0x0F != 0x0C:
        recovered = numbers.n - recovered  # the standard lets a signer choose the smaller of the two roots
    block = recovered.to_bytes(size, "big")
    if block[-1] == 0xBC:
        hash_name, trailer = "sha1", 1
    elif block[-1] == 0xCC and block[-2] in _TRAILERS:
        hash_name, trailer = _TRAILERS[block[-2]], 2
    else:
        raise report.failure("aa_signature_invalid", "The chip's answer does not end as it must.")
    hash_at = size - trailer - HASH_LENGTHS[hash_name]
    if block[0] != _HEADER or hash_at < 2:
        raise report.failure("aa_signature_invalid", "The chip's answer does not begin as it must.")
    if digest(hash_name, block[1:hash_at] + challenge) != block[hash_at : size - trailer]:
        raise report.failure("aa_signature_invalid", "The chip's answer is not one to this challenge.")
    return hash_name


def _verify_ec(
    report: Report,
    key: ec.EllipticCurvePublicKey | PlainKey,
    challenge: bytes,
    response: bytes,
    hash_name: str | None,
) -> str:
    """BSI TR-03111, 4.2.1: r and s lie between 0 and the order, each as long as the order; the digest may be any that is
    permitted, whatever the curve, unless DG14 names one."""
    order = BY_NAME[key.curve.name].n
    size = (order.bit_length() + 7) // 8
    if len(response) == 2 * size:
        r, s = int.from_bytes(response[:size], "big"), int.from_bytes(response[size:], "big")
    else:
        try:
            r, s = decode_dss_signature(response)
        except ValueError as error:
            raise report.failure("aa_signature_invalid", "The chip's answer has a wrong length.") from error
        report.deviate("aa_signature_der", Tolerance.DER_ANSWER, "The chip answers in DER, not with r and s plain.")
    if not (0 < r < order and 0 < s < order):
        raise report.failure("aa_signature_invalid", "The chip's answer is out of range.")
    signature = encode_dss_signature(r, s)
    for name in [hash_name] if hash_name else list(_HASHES):
        try:
            if isinstance(key, PlainKey):
                key.verify(signature, challenge, name)
            else:
                key.verify(signature, challenge, ec.ECDSA(_HASHES[name]))
        except InvalidSignature:
            continue
        return name
    raise report.failure("aa_signature_invalid", "The chip's answer is not one to this challenge by this chip.")


def build_chip_answer(key: PrivateKey, challenge: bytes, *, rng: random.Random, hash_name: str = "sha256") -> bytes:
    """What a chip with this key answers. For the virtual chips of synthetic cards only: nothing here is
    constant-time."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(key.sign(challenge, ec.ECDSA(_HASHES[hash_name])))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    numbers, size = key.private_numbers(), (key.key_size + 7) // 8
    trailer = next(number for number, name in _TRAILERS.items() if name == hash_name)
    first = rng.randbytes(size - 3 - HASH_LENGTHS[hash_name])
    block = bytes([_HEADER]) + first + digest(hash_name, first + challenge) + bytes([trailer, 0xCC])
    # The standard lets a signer send n minus this where that is smaller; chips do not, and most readers would refuse it.
    return pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n).to_bytes(size, "big")
