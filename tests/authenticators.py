"""Authenticators in software: a passkey as WebAuthn has it, and a phone that signs what the service asks."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey

from eid.clock import wall_now
from eid.randomness import random_bytes

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
"""Flags of authenticator data (Web Authentication, section 6.1)."""


def to_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass
class SoftwarePasskey:
    """One credential; what it signs can be bent, to see what is noticed."""

    origin: str
    rp_id: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: random_bytes(16))

    def create(self, options: str) -> str:
        """What navigator.credentials.create would give for these options, as JSON."""
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        data = self._authenticator_data(ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options)
        return self._write(clientDataJSON=client_data, attestationObject=attestation)

    def get(self, options: str) -> str:
        """What navigator.credentials.get would give for these options, as JSON."""
        self.count += 1
        data, client_data = self._authenticator_data(0), self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._write(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _authenticator_data(self, more: int) -> bytes:
        flags = bytes([self.flags | more])
        return hashlib.sha256(self.rp_id.encode()).digest() + flags + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _write(self, **response: bytes) -> str:
        own = to_base64url(self.credential_id)
        encoded = {name: to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": encoded})


@dataclass
class SoftwarePhone:
    """A phone's key, and the proofs that it signs for one service."""

    audience: str
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    device: int = 0

    @property
    def public_key(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    def prove(self, act: str, *, at: datetime | None = None, audience: str | None = None, **claims: Any) -> str:
        """A proof of this act, made now unless told otherwise."""
        header = {"alg": "ES256", "typ": f"eid-device-{act}+jwt"}
        made_at = int((at or wall_now()).timestamp())
        said = {"aud": self.audience if audience is None else audience, "iat": made_at} | claims
        return jws.serialize_compact(header, json.dumps(said), self.key)
