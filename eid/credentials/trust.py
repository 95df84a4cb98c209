"""What verifiers of credentials have to know of us: the authorities' certificates and revocation lists, and the signed list of
whom to believe."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.extensions import AuthorityKeyIdentifier, SubjectKeyIdentifier

from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.trust_gathering import gather_authorities
from eid.credentials.withdrawal import digest_public_key
from eid.crypto.issuing_certificates import Authority, build_revocation_list
from eid.crypto.key_schedule import KeyState, ScheduledKey
from eid.crypto.trust_entries import TrustList
from eid.crypto.trust_list import build_trust_list, build_trust_list_of_several
from eid.errors import NotFound
from eid.issuing_keys import CERTIFIED
from eid.keystore import AuthorityUse, KeyUse, current_keystore
from eid.signing_keys import KEY_LIVES

NEXT_UPDATE = timedelta(days=7)
"""For so long a verifier may be without a network."""


def find_trust_list() -> str:
    """The list of whom to believe as of now, signed by the key that signs it today."""
    return build_trust_list(gather_trust_list(), key=current_keystore().find_signing_key(KeyUse.TRUST_LIST))


def find_trust_list_of_several() -> str:
    """The same in JSON, signed by every key of it that anybody may still have pinned, and that is at work."""
    now, life = wall_now(), KEY_LIVES[KeyUse.TRUST_LIST]
    signing = [one.key for one in _find_list_keys() if one.state(life, now) in (KeyState.SIGNING, KeyState.OLD)]
    return build_trust_list_of_several(gather_trust_list(), keys=signing)


def find_pins() -> list[str]:
    """Thumbprints of which any may be pinned to verify the trust list, the one that signs today first."""
    signing = current_keystore().find_signing_key(KeyUse.TRUST_LIST).kid
    now, life = wall_now(), KEY_LIVES[KeyUse.TRUST_LIST]
    others = [one.key.kid for one in _find_list_keys() if one.state(life, now) is not KeyState.DEAD]
    return [signing, *(kid for kid in others if kid != signing)]


def gather_trust_list() -> TrustList:
    """Its number is the second in which it is made: it never falls, whichever worker answers."""
    now = wall_now().replace(microsecond=0)
    return TrustList(
        issuer=current_settings().public_url,
        sequence=int(now.timestamp()),
        issued_at=now,
        next_update=now + NEXT_UPDATE,
        signers=find_pins(),
        authorities=gather_authorities(),
    )


def find_withdrawn() -> frozenset[bytes]:
    """Digests of the public keys of ours that signed credentials and are to be believed no more."""
    keys = current_keystore().signing_keys
    found = (each.certificate for use in (KeyUse.PAPERS, KeyUse.MDOC) for each in keys.list_withdrawn_keys(use))
    return frozenset(digest_public_key(certificate) for certificate in found if certificate is not None)


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
    """The revocation list of this authority as of now, DER: the certificates of keys that were withdrawn. Raises as
    find_authority."""
    authority = find_authority(name, number)
    own = authority.certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.key_identifier
    keys = current_keystore().signing_keys
    uses = [use for use, (authority_use, _role) in CERTIFIED.items() if authority_use == name]
    revoked = {}
    for withdrawn in (each for use in uses for each in keys.list_withdrawn_keys(use)):
        if withdrawn.certificate is not None:
            certificate = x509.load_der_x509_certificate(withdrawn.certificate)
            of = certificate.extensions.get_extension_for_class(AuthorityKeyIdentifier).value.key_identifier
            if of == own:
                revoked[certificate.serial_number] = withdrawn.withdrawn_at
    return build_revocation_list(authority, at=wall_now(), revoked=revoked)


def _find_list_keys() -> list[ScheduledKey]:
    return current_keystore().signing_keys.find_scheduled_keys(KeyUse.TRUST_LIST)
