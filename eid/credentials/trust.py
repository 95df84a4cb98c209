"""What verifiers of credentials have to know of us: the authorities' certificates and their revocation lists."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from eid.clock import wall_now
from eid.crypto.issuing_certificates import Authority, build_revocation_list
from eid.errors import NotFound
from eid.keystore import AuthorityUse, current_keystore


def find_authorities(name: str) -> list[Authority]:
    """All authorities of this use that there ever were, oldest first. Raises NotFound: authority_unknown."""
    if name not in set(AuthorityUse):
        raise NotFound("authority_unknown", "There is no authority of this name.")
    return current_keystore().issuing_keys.find_authorities(AuthorityUse(name))


def write_authorities(name: str) -> bytes:
    """Their certificates as PEM, the newest first. Raises as find_authorities."""
    return b"".join(each.certificate.public_bytes(Encoding.PEM) for each in reversed(find_authorities(name)))


def find_authority(name: str, number: int) -> Authority:
    """Raises NotFound: authority_unknown."""
    authorities = find_authorities(name)
    if not 1 <= number <= len(authorities):
        raise NotFound("authority_unknown", "There is no authority of this name.")
    return authorities[number - 1]


def find_revocation_list(name: str, number: int) -> bytes:
    """The revocation list of this authority as of now, DER. Raises as find_authority."""
    return build_revocation_list(find_authority(name, number), at=wall_now(), revoked={})
