"""Clients that hold a key: the proofs that they send (RFC 9449), and what they sign."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, OKPKey, RSAKey

from eid.oauth.proofs import make_dpop_nonce
from tests.oauth.conftest import ISSUER

REMOVED = object()
"""As a changed member: leaves it out."""


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@dataclass(frozen=True)
class HeldKey:
    """A private key that signs what it is told to, right or wrong; so it signs by itself and not with our library."""

    private: Any
    alg: str

    @classmethod
    def generate(cls, alg: str = "ES256") -> HeldKey:
        if alg == "ES256":
            return cls(ec.generate_private_key(ec.SECP256R1()), alg)
        if alg in ("PS256", "RS256"):
            return cls(rsa.generate_private_key(65537, 2048), alg)
        return cls(ed25519.Ed25519PrivateKey.generate(), alg)

    def jwk(self, *, private: bool = False) -> dict[str, Any]:
        kinds = {"ES256": ECKey, "PS256": RSAKey, "RS256": RSAKey}
        return dict(kinds.get(self.alg, OKPKey)(self.private, self.private).as_dict(private=private))  # type: ignore[call-arg, arg-type]

    @property
    def jkt(self) -> str:
        """RFC 7638, computed here and not by the library under test."""
        members = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
        public = self.jwk()
        text = json.dumps({name: public[name] for name in members[public["kty"]]}, separators=(",", ":"))
        return encode(hashlib.sha256(text.encode()).digest())

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        signed = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{encode(self._sign(signed.encode(), header.get('alg')))}"

    def _sign(self, message: bytes, alg: object) -> bytes:
        if alg == "none":
            return b""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)
        if isinstance(self.private, rsa.RSAPrivateKey):
            if alg == "RS256":
                return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return self.private.sign(message, pss, hashes.SHA256())
        return bytes(self.private.sign(message))

    def prove(
        self,
        method: str,
        uri: str,
        *,
        nonce: str | None = None,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **changes: Any,
    ) -> str:
        """A good proof, changed where a test says so."""
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": uri,
            "iat": int(time.time()),
            **({} if nonce is None else {"nonce": nonce}),
            **({} if token is None else {"ath": encode(hashlib.sha256(token.encode()).digest())}),
        }
        good = {"typ": "dpop+jwt", "alg": self.alg, "jwk": self.jwk()}
        return self.sign(_changed(good, header or {}), _changed(claims, changes))


def proven(
    client: FlaskClient, key: HeldKey, path: str, *, method: str = "POST", token: str | None = None
) -> dict[str, str]:
    """The headers of a request that proves this key with a nonce of ours, and with a token shows that."""
    with client.application.app_context():
        proof = key.prove(method, ISSUER + path, nonce=make_dpop_nonce(), token=token)
    return {"DPoP": proof, **({} if token is None else {"Authorization": f"DPoP {token}"})}


def _changed(good: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (good | changes).items() if value is not REMOVED}
