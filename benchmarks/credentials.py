"""Issuing credentials against the floor: the one signature that each has, by `cryptography`, key loaded.

Each credential has a driving licence's twelve claims, all of which its holder may withhold, salts of its own from the operating
system, a holder's key, a status, the signer's certificate, and an SD-JWT VC the decoys that the service gives it. They are issued
as the service does it, for as many keys as a wallet may prove at once, and each by itself. The floor signs as many octets as the
credential's signature is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.measure import measure, print_measured
from eid.credentials.building import Times, build_mdocs, build_vcs
from eid.credentials.mutant_workshop import DOC_TYPE, NAME_SPACE, VCT, Workshop
from eid.credentials.mutants import make_key
from eid.credentials.wallet_requests import MAX_PROOFS
from eid.crypto.cbor import FULL_DATE, Cbor, Tag, parse_cbor
from eid.crypto.holders import Holder
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.mdoc import parse_issuer_signed
from eid.crypto.mdoc_issuing import MdocSigner
from eid.crypto.sd_jwt_vc_issuing import VcSigner
from eid.crypto.status_list import StatusReference

_NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_TIMES = Times(_NOW, _NOW + timedelta(days=14))
_LICENCE: dict[str, Cbor] = {
    "family_name": "Trần",
    "given_name": "Văn Minh",
    "birth_date": "1985-11-02",
    "gender": "male",
    "nationality": "VN",
    "document_number": "990000000001",
    "issue_date": "2025-01-02",
    "expiry_date": "2035-01-02",
    "issuing_authority": "Công an TP. Huế",
    "points": 12,
    "may_drive": True,
    "classes": [{"class": "A1"}, {"class": "B", "expiry": "2035-01-02"}],
}
_DAYS = ("birth_date", "issue_date", "expiry_date")


_ALONE = "their signatures alone"


def run() -> None:
    """Measure and print, for both formats."""
    for name, ways in (("SD-JWT VCs", make_vc_ways()), ("Mdocs", make_mdoc_ways())):
        print_measured(f"{name} issued, one core (per CPU second)", measure(ways, each=MAX_PROOFS), floor=_ALONE)


def make_vc_ways() -> dict[str, Callable[[], object]]:
    made, rng = Workshop(_NOW, make_key, Random(1)).signer, SystemRandom()
    signer = VcSigner(SigningKey(made.key), made.certificate)

    def issue(holders: Sequence[Holder]) -> list[str]:
        return build_vcs(
            _LICENCE, holders, vct=VCT, issuer="https://issuer.example", times=_TIMES, signer=signer, rng=rng
        )

    [one] = issue(_make_holders(1))
    return _make_ways(made.key, len(one.split("~")[0].rpartition(".")[0]), issue)


def make_mdoc_ways() -> dict[str, Callable[[], object]]:
    made, rng = Workshop(_NOW, make_key, Random(1)).signer, SystemRandom()
    signer = MdocSigner(made.key, made.certificate)
    elements = {name: Tag(FULL_DATE, str(value)) if name in _DAYS else value for name, value in _LICENCE.items()}

    def issue(holders: Sequence[Holder]) -> list[bytes]:
        return build_mdocs({NAME_SPACE: elements}, holders, doc_type=DOC_TYPE, times=_TIMES, signer=signer, rng=rng)

    [one] = issue(_make_holders(1))
    return _make_ways(made.key, len(parse_issuer_signed(parse_cbor(one)).issuer_auth.payload or b""), issue)


def _make_holders(count: int) -> list[Holder]:
    """Holders with keys as the service takes them from their proofs."""
    keys = [generate_signing_key().public_jwk() for _ in range(count)]
    bare = [{name: key[name] for name in ("kty", "crv", "x", "y")} for key in keys]
    return [Holder(key, StatusReference("https://issuer.example/status/1", 4711 + at)) for at, key in enumerate(bare)]


def _make_ways(
    key: ec.EllipticCurvePrivateKey, octets: int, issue: Callable[[Sequence[Holder]], object]
) -> dict[str, Callable[[], object]]:
    """Each does so many as a wallet may prove keys for."""
    scheme, content, holders = ec.ECDSA(hashes.SHA256()), bytes(octets), _make_holders(MAX_PROOFS)
    return {
        _ALONE: lambda: [key.sign(content, scheme) for _ in holders],
        f"whole, {MAX_PROOFS} for one wallet": lambda: issue(holders),
        "whole, each by itself": lambda: [issue([holder]) for holder in holders],
    }
