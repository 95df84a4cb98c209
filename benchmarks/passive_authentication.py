"""Full passive authentication against its floor: the two signature verifications alone, by `cryptography`, keys loaded.

Each card is verified whole: parsing, every step of eid.crypto.passive_auth, digests of all its files (DG2 included). The
floor verifies the signature over EF.SOD and the one on the signer's certificate, and does nothing else. A signer's
certificate comes with ten thousands of documents: once its chain held, a trust store remembers it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from benchmarks.measure import measure, print_measured
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.sod import parse_sod
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import parse_certificate
from tests.crypto.forge import NOW, make_card, make_csca, make_signer, make_trust

PAIRS = (("P-256", "P-384"), ("bp256", "bp384"), ("rsa2048", "rsa4096"))
"""Kind of the signer's key, kind of the CSCA's."""
_AT = NOW + timedelta(days=1)


def run() -> None:
    """Measure and print, for each pair of keys."""
    for signer_kind, csca_kind in PAIRS:
        ways = make_ways(signer_kind, csca_kind)
        title = f"Passive authentication, signer {signer_kind}, CSCA {csca_kind} (calls per CPU second)"
        print_measured(title, measure(ways), floor="two signatures alone")


def make_ways(signer_kind: str, csca_kind: str) -> dict[str, Callable[[], object]]:
    csca = make_csca(csca_kind, use="bench")
    files, trust = make_card(make_signer(csca, signer_kind)), make_trust(csca)
    sod = parse_sod(files[SOD])
    [signer], [info] = sod.certificates, sod.signers
    signer_key, csca_key = signer.public_key, trust.anchors[0].public_key

    def verify_two_signatures() -> None:
        for key, signature, message in (
            (signer_key, info.signature, info.raw_signed_attributes),
            (csca_key, signer.signature, signer.raw_tbs),
        ):
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            else:
                key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())

    def verify_known_signer() -> None:
        verify_document(files, trust_store=trust, policy=STRICT, at=_AT)

    def verify_new_signer() -> None:
        parse_certificate.cache_clear()
        verify_document(files, trust_store=TrustStore(trust.anchors), policy=STRICT, at=_AT)

    return {
        "two signatures alone": verify_two_signatures,
        "a signer seen for the first time": verify_new_signer,
        "a signer seen before": verify_known_signer,
    }
