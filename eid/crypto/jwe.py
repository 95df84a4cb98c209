"""Encrypting a token for one reader (RFC 7516): who carries it, a browser or a proxy, cannot read it."""

from __future__ import annotations

from collections.abc import Sequence

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol

from eid.crypto.jwks import PublicKey
from eid.errors import Malformed, VerificationFailed

KEY_MANAGEMENT = ("RSA-OAEP-256", "ECDH-ES")
"""RFC 7518, sections 4.3 and 4.6."""
CONTENT_ENCRYPTION = ("A128GCM", "A256GCM")
"""RFC 7518, section 5.3."""

_KINDS = {"RSA-OAEP-256": ("RSA",), "ECDH-ES": ("EC", "OKP")}


def find_encryption_key(keys: Sequence[PublicKey], alg: str) -> PublicKey:
    """The key of a reader that this algorithm takes; one that says it is for encryption before one that says nothing.

    Raises VerificationFailed (step `key`, encryption_key_missing).
    """
    fitting = [key for key in keys if _takes(key, alg)]
    if not fitting:
        raise VerificationFailed("key", "encryption_key_missing", f"The reader has no key for {alg}.")
    return min(fitting, key=lambda key: key.use != "enc")


def has_encryption_key(keys: Sequence[PublicKey], alg: str) -> bool:
    return any(_takes(key, alg) for key in keys)


def encrypt_compact(content: bytes, *, key: PublicKey, alg: str, enc: str, cty: str = "") -> str:
    """A compact JWE of this content that only the holder of the key can read; `cty` JWT where a signed token is inside."""
    header = {"alg": alg, "enc": enc, **({"kid": key.kid} if key.kid else {}), **({"cty": cty} if cty else {})}
    return jwe.encrypt_compact(header, content, key.jwk, algorithms=[alg, enc])


def decrypt_compact(token: str, *, keys: Sequence[ECKey], alg: str) -> bytes:
    """What is in a compact JWE for one of these keys, which its `kid` names. Raises Malformed: jwe_malformed, also where it is
    compressed."""

    def choose(shown: GuestProtocol) -> ECKey:
        header = shown.headers()
        found = next((key for key in keys if key.kid == header.get("kid")), None)
        if found is None or "zip" in header:
            raise ValueError("another key, or compressed")
        return found

    try:
        content = jwe.decrypt_compact(token, choose, algorithms=[alg, *CONTENT_ENCRYPTION]).plaintext
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Malformed("jwe_malformed", "What was sent cannot be decrypted.", reason=type(error).__name__) from error
    return content or b""


def _takes(key: PublicKey, alg: str) -> bool:
    if key.use not in (None, "enc") or key.alg not in (None, alg) or key.jwk.key_type not in _KINDS[alg]:
        return False
    return getattr(key.jwk, "curve_name", "") != "Ed25519"
