"""Who sends a request with a token, and which key a token is bound to (RFC 7800; RFC 9449; RFC 8705). Pure."""

from __future__ import annotations

from eid.late_dataclasses import frozen
from eid.oauth.dpop import ALGORITHMS, ShownProofs

BEARER = "Bearer"
DPOP = "DPoP"


@frozen
class Confirmation:
    """The key that a token is bound to; none of the two where it is anybody's who bears it."""

    jkt: str | None = None
    """RFC 7638 thumbprint of a key that its holder proves with DPoP (RFC 9449, section 6.1)."""
    certificate: str | None = None
    """SHA-256 thumbprint of a client's certificate, `x5t#S256` (RFC 8705, section 3.1)."""

    @property
    def token_type(self) -> str:
        """RFC 9449, section 5; certificate-bound tokens are called Bearer like all others."""
        return DPOP if self.jkt else BEARER

    @property
    def cnf(self) -> dict[str, str]:
        """The members of the claim `cnf`."""
        return {
            **({"jkt": self.jkt} if self.jkt else {}),
            **({"x5t#S256": self.certificate} if self.certificate else {}),
        }


UNBOUND = Confirmation()
NO_PROOFS = ShownProofs((), "", "")


@frozen
class Sender:
    """What a request shows of its sender besides the token, unverified but for the certificate, which TLS has seen."""

    scheme: str = BEARER
    """Of the Authorization header: Bearer or DPoP."""
    shown: ShownProofs = NO_PROOFS
    certificate: str | None = None
    """The SHA-256 thumbprint of the certificate of the connection."""
    proven: Confirmation | None = None
    """What was found earlier in the same request: its proof counts once."""


ANYBODY = Sender()


def challenge(scheme: str, error: str = "", **parameters: str) -> str:
    """The `WWW-Authenticate` value of RFC 6750, section 3, and RFC 9449, section 7.1; without a token there is no error."""
    algs = {"algs": " ".join(ALGORITHMS)} if scheme == DPOP else {}
    named = {"realm": "eid", **({"error": error} if error else {}), **parameters, **algs}
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in named.items())
