"""The service's seal on what it prints."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from eid.signing.authority import find_authority, find_seal
from eid.signing.pdf_values import DocumentSigner


def seal_signer() -> DocumentSigner:
    """What seals papers today. Raises Unavailable where there is no key."""
    seal, authority = find_seal(), find_authority()
    key = seal.private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    encoded = [each.public_bytes(Encoding.DER) for each in (seal.certificate, authority.certificate)]
    return DocumentSigner(encoded[0], encoded[1:], lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))
