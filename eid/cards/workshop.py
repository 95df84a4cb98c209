"""Where mutants are made: an authority of the deck's own, and good parts of which one is changed. Pure."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from eid.cards.certificates import build_crl
from eid.cards.forgery import Authority, Forge, name_of
from eid.crypto.algorithms import PrivateKey
from eid.crypto.lds import (
    CARD_ACCESS,
    COM,
    DATA_GROUP_TAGS,
    SOD,
    build_dg15,
    data_group_file,
)
from eid.crypto.passive_auth import ChipAnswer
from eid.late_dataclasses import frozen

REVOKED_SERIAL, REVOKED_LINK = 666, 667

MakeKey = Callable[[str], PrivateKey]
"""Kind of key (P-256, P-384, rsa1024, rsa2048) → a new one."""


@frozen
class Mutant:
    name: str
    what: str
    """What is wrong with it, in one sentence."""
    step: str | None
    """Which step must refuse it, under the strict policy; None for the good card."""
    code: str | None
    files: Mapping[str, bytes]
    at: datetime
    """When it is presented."""
    answer: ChipAnswer | None = None


class Workshop:
    """The deck's own authority, and what its mutants are made of."""

    def __init__(self, files: Mapping[str, bytes], at: datetime, make_key: MakeKey, rng: random.Random) -> None:
        self.at, self.make_key, self.rng = at, make_key, rng
        self.chip_key = make_key("P-256")
        self._entrusted: dict[str, bytes] = {}
        self.csca = self.authority("Deck CSCA", make_key("P-384"))
        self.signer = self.document_signer()
        public = self.chip_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        names = [data_group_file(number) for number in (1, 2, 13, 14)]
        self.files = {name: files[name] for name in (*names, COM, CARD_ACCESS)} | {"EF.DG15": build_dg15(public)}

    def authority(self, name: str, key: PrivateKey, country: str | None = "VN") -> Authority:
        subject = name_of(name, country)
        starts, ends = self.at - timedelta(days=30), self.at + timedelta(days=365 * 20)
        return Authority(
            key=key,
            subject=subject,
            issuer=subject,
            issuer_key=key,
            starts=starts,
            ends=ends,
            serial=1,
            key_period=(starts, starts + timedelta(days=365 * 5)),
        )

    def document_signer(self, csca: Authority | None = None, **changes: Any) -> Authority:
        csca = csca or self.csca
        signer = Authority(
            key=changes.pop("key", None) or self.make_key("P-256"),
            subject=name_of("Deck signer", changes.pop("country", "VN")),
            issuer=csca.subject,
            issuer_key=csca.key,
            starts=self.at - timedelta(days=20),
            ends=self.at + timedelta(days=365 * 15),
            ca=None,
            usage=frozenset({"digital_signature"}),
            document_types=("ID",),
            key_period=(self.at - timedelta(days=20), self.at + timedelta(days=70)),
        )
        return dataclasses.replace(signer, **changes)

    def groups(self) -> dict[int, bytes]:
        return {n: self.files[data_group_file(n)] for n in DATA_GROUP_TAGS if data_group_file(n) in self.files}

    def sod(self, **changes: Any) -> bytes:
        parts: dict[str, Any] = {"groups": self.groups(), "signer": self.signer, "at": self.at}
        return Forge(**(parts | changes)).build()

    def entrust(self, name: str, content: bytes) -> None:
        """Afterwards the deck's trust folder holds this file too."""
        self._entrusted[name] = content

    def trust(self) -> dict[str, bytes]:
        """The deck's CSCA, one of another country, a list on which one signer and one link are revoked, and what mutants
        were made with."""
        certificate = x509.load_der_x509_certificate(self.csca.build())
        crl = build_crl(certificate, self.csca.key, at=self.at, revoked=[REVOKED_SERIAL, REVOKED_LINK])
        foreign = self.foreign_csca.build()
        own = {"csca.cer": self.csca.build(), "foreign.cer": foreign, "csca.crl": crl.public_bytes(Encoding.DER)}
        return own | self._entrusted

    @property
    def foreign_csca(self) -> Authority:
        if not hasattr(self, "_foreign"):
            self._foreign = self.authority("Deck CSCA of another country", self.make_key("P-384"), "FR")
        return self._foreign

    def good(self) -> Mutant:
        return self.mutant("good", "Nothing is wrong: it must be accepted.", None, None, self.sod())

    def mutant(
        self, name: str, what: str, step: str | None, code: str | None, sod: bytes | None = None, **rest: Any
    ) -> Mutant:
        files = {**self.files, SOD: self.sod() if sod is None else sod} | rest.pop("files", {})
        for missing in rest.pop("without", ()):
            del files[missing]
        rest.setdefault("at", self.at + timedelta(hours=1))
        return Mutant(name, what, step, code, files, **rest)

    def with_group(self, number: int, data: bytes, **changes: Any) -> dict[str, Any]:
        """A card that was signed over another file as this data group."""
        groups = {**self.groups(), number: data}
        return {"sod": self.sod(groups=groups, **changes), "files": {data_group_file(number): data}}


def flip(data: bytes, at: int = -1) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
