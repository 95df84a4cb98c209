"""Builds chips that are right, and chips that are wrong in one way, at a fixed time, so that nothing expires.

Run as a script it writes one good card and its trust anchors, to look at or to give to other verifiers:
`python -m tests.crypto.forge FOLDER`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from eid.cards.forgery import Authority, name_of
from eid.cards.personalisation import ChipKeys, Holder, Photo, Signer, personalise
from eid.cards.portrait import draw_portrait
from eid.crypto.algorithms import PrivateKey
from eid.crypto.lds import data_group_file, disk_file_name
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
STARTS, ENDS = NOW - timedelta(days=10), NOW + timedelta(days=365 * 25)
HOLDER = Holder(
    pin="901190000101",
    surname="Nguyễn",
    given_names="Thị Hoa",
    full_name="Nguyễn Thị Hoa",
    birth_date=date(1990, 3, 12),
    sex="F",
    ethnicity="Kinh",
    religion="Không",
    place_of_origin="Hà Nội",
    place_of_residence="Số 12, ngõ 5, Xã Sông Mẫu, Hà Nội",
    father="Nguyễn Văn Tùng",
    mother="Đỗ Thị Lý",
)


@cache
def key_of(kind: str, use: str = "") -> PrivateKey:
    """A key of this kind, the same one for the same use throughout a run: rsa2048, P-256, bp256 …"""
    return new_key(kind)


def new_key(kind: str) -> PrivateKey:
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    curves = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "P-521": ec.SECP521R1(),
        "bp256": ec.BrainpoolP256R1(),
        "bp384": ec.BrainpoolP384R1(),
        "bp512": ec.BrainpoolP512R1(),
    }
    return ec.generate_private_key(curves[kind])


def make_csca(kind: str = "P-384", *, use: str = "csca", country: str | None = "VN", **changes: object) -> Authority:
    key, name = key_of(kind, use), name_of("Forged CSCA", country)
    period = (STARTS, STARTS + timedelta(days=365 * 5))
    csca = Authority(
        key=key, subject=name, issuer=name, issuer_key=key, starts=STARTS, ends=ENDS, serial=1, key_period=period
    )
    return replace(csca, **changes)  # type: ignore[arg-type]


def make_signer(csca: Authority, kind: str = "P-256", *, country: str | None = "VN", **changes: object) -> Authority:
    signer = Authority(
        key=key_of(kind, "signer"),
        subject=name_of("Forged signer", country),
        issuer=csca.subject,
        issuer_key=csca.key,
        starts=STARTS,
        ends=ENDS,
        ca=None,
        usage=frozenset({"digital_signature"}),
        document_types=("ID",),
        key_period=(NOW - timedelta(days=10), NOW + timedelta(days=80)),
    )
    return replace(signer, **changes)  # type: ignore[arg-type]


def make_trust(*cscas: Authority, crls: Iterable[bytes] = ()) -> TrustStore:
    return parse_trust_store([*(csca.build() for csca in cscas), *crls])


@cache
def chip_keys(kind: str = "P-256") -> ChipKeys:
    chip_authentication = key_of("bp256", "chip")
    assert isinstance(chip_authentication, ec.EllipticCurvePrivateKey)
    return ChipKeys(key_of(kind, "aa"), chip_authentication)


def make_card(
    signer: Authority,
    *,
    holder: Holder = HOLDER,
    at: datetime = NOW,
    keys: ChipKeys | None = None,
    photo: Photo | None = None,
) -> dict[str, bytes]:
    """The files of a good card."""
    return personalise(
        holder,
        photo=photo or draw_portrait(holder.pin),
        keys=keys or chip_keys(),
        signer=Signer(signer.key, signer.build()),
        issued_on=at.date(),
        signed_at=at,
    )


def groups_of(files: dict[str, bytes]) -> dict[int, bytes]:
    return {n: files[data_group_file(n)] for n in range(1, 17) if data_group_file(n) in files}


def main() -> None:
    folder, csca = Path(sys.argv[1]), make_csca()
    (folder / "trust").mkdir(parents=True, exist_ok=True)
    (folder / "trust" / "csca.cer").write_bytes(csca.build())
    for name, content in make_card(make_signer(csca)).items():
        (folder / disk_file_name(name)).write_bytes(content)


if __name__ == "__main__":
    main()
