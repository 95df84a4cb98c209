"""Issuing credentials against the floor: the one signature that each has, by `cryptography`, key loaded.

Each credential has a driving licence's twelve claims, all of which its holder may withhold, salts of its own from the operating
system, a holder's key, a status and the signer's certificate. The floor signs as many octets as the credential's signature is
over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random, SystemRandom

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.measure import measure, print_measured
from eid.credentials.mutant_workshop import DOC_TYPE, NAME_SPACE, VCT, Workshop
from eid.credentials.mutants import make_key
from eid.crypto.cbor import Cbor, Tag, parse_cbor
from eid.crypto.cose import cose_key_of_jwk
from eid.crypto.keys import SigningKey, generate_signing_key
from eid.crypto.mdoc import MdocSigner, Validity, build_issuer_signed, parse_issuer_signed
from eid.crypto.sd_jwt_vc import VcSigner, build_sd_jwt_vc
from eid.crypto.status_list import StatusReference

_NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_STATUS = StatusReference("https://issuer.example/status/1", 4711)
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


def run() -> None:
    """Measure and print, for both formats."""
    print_measured(
        "SD-JWT VCs issued, one core (per CPU second)", measure(make_vc_ways()), floor="their signatures alone"
    )
    print_measured("Mdocs issued, one core (per CPU second)", measure(make_mdoc_ways()), floor="their signatures alone")


def make_vc_ways() -> dict[str, Callable[[], object]]:
    made = Workshop(_NOW, make_key, Random(1)).signer
    signer, holder, rng = (
        VcSigner(SigningKey(made.key), made.certificate),
        generate_signing_key().public_jwk(),
        SystemRandom(),
    )
    claims = _LICENCE | {"iss": "https://issuer.example", "iat": 1767600000, "exp": 1768800000}
    withheld = [(name,) for name in _LICENCE]

    def issue() -> str:
        return str(
            build_sd_jwt_vc(
                claims, vct=VCT, withheld=withheld, signer=signer, rng=rng, holder_key=holder, status=_STATUS
            )
        )

    return _ways(made.key, len(issue().split("~")[0]), issue)


def make_mdoc_ways() -> dict[str, Callable[[], object]]:
    made = Workshop(_NOW, make_key, Random(1)).signer
    signer, device, rng = (
        MdocSigner(made.key, made.certificate),
        cose_key_of_jwk(json.loads(json.dumps(generate_signing_key().public_jwk()))),
        SystemRandom(),
    )
    elements = {name: Tag(1004, str(value)) if name in _DAYS else value for name, value in _LICENCE.items()}

    def issue() -> bytes:
        return build_issuer_signed(
            {NAME_SPACE: elements},
            doc_type=DOC_TYPE,
            device_key=device,
            validity=Validity(_NOW, _NOW, _NOW + timedelta(days=14)),
            signer=signer,
            rng=rng,
            status=_STATUS,
        )

    payload = parse_issuer_signed(parse_cbor(issue())).issuer_auth.payload or b""
    return _ways(made.key, len(payload), issue)


def _ways(key: ec.EllipticCurvePrivateKey, octets: int, issue: Callable[[], object]) -> dict[str, Callable[[], object]]:
    scheme, content = ec.ECDSA(hashes.SHA256()), bytes(octets)
    return {"their signatures alone": lambda: key.sign(content, scheme), "whole credentials": issue}
