"""What a trust list says (eid.crypto.trust_list signs and verifies it): keys, certificates and status lists of each authority,
and what of that is withdrawn; as values, and as claims. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from eid.crypto.jwt import LEEWAY
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen


class TrustState(StrEnum):
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    """Nothing that it signed is to be believed, whenever it says that it was signed."""


class TrustKind(StrEnum):
    """What an entry is of."""

    PAPER_KEY = "paper-key"
    """A key that signs papers as tokens and SD-JWT VCs, and status lists; with its certificate where it has one."""
    IACA_ROOT = "iaca-root"
    """Certifies who signs mdocs, SD-JWT VCs and status lists (ISO/IEC 18013-5, annex B)."""
    MDOC_SIGNER = "mdoc-signer"
    VERIFIER_ROOT = "verifier-root"
    """Certifies who asks for presentations."""
    CSCA = "csca"
    """Certifies who signs identity cards (ICAO 9303-12)."""


@frozen
class TrustEntry:
    """A key or a certificate of an authority, and what to think of it."""

    kind: TrustKind
    since: datetime
    until: datetime | None = None
    """When it is dead of itself; None where that is not known yet."""
    withdrawn_at: datetime | None = None
    jwk: Mapping[str, Any] | None = None
    certificate: bytes | None = None
    """DER."""

    @property
    def state(self) -> TrustState:
        return TrustState.ACTIVE if self.withdrawn_at is None else TrustState.WITHDRAWN


@frozen
class TrustedAuthority:
    name: str
    papers: Sequence[Mapping[str, Any]]
    """`paper`, `title`, and by what each is told apart: `typ`, `vct`, `doctype`."""
    status_lists: str | None
    """Where the addresses of all its status lists are."""
    entries: Sequence[TrustEntry]


@frozen
class TrustList:
    issuer: str
    sequence: int
    """Never falls; who has seen one believes none that is lower."""
    issued_at: datetime
    next_update: datetime
    signers: Sequence[str]
    """Thumbprints (RFC 7638) of the keys that sign this list, now or soon: any of them may be pinned from now on."""
    authorities: Sequence[TrustedAuthority]

    def find_entries(self, *kinds: TrustKind, at: datetime) -> list[TrustEntry]:
        """What of these kinds is to be believed at this time."""
        return [
            entry
            for authority in self.authorities
            for entry in authority.entries
            if entry.kind in kinds
            and entry.state is TrustState.ACTIVE
            and entry.since <= at + LEEWAY
            and (entry.until is None or at < entry.until)
        ]

    def find_withdrawn(self) -> list[TrustEntry]:
        entries = (entry for authority in self.authorities for entry in authority.entries)
        return [entry for entry in entries if entry.state is TrustState.WITHDRAWN]


def write_trust_list(content: TrustList) -> dict[str, Any]:
    """The claims of a signed trust list."""
    return {
        "iss": content.issuer,
        "iat": int(content.issued_at.timestamp()),
        "exp": int(content.next_update.timestamp()),
        "sequence": content.sequence,
        "signers": list(content.signers),
        "authorities": [_write_authority(authority) for authority in content.authorities],
    }


def _write_authority(authority: TrustedAuthority) -> dict[str, Any]:
    return {
        "name": authority.name,
        "papers": [dict(paper) for paper in authority.papers],
        **({} if authority.status_lists is None else {"status_lists": authority.status_lists}),
        "entries": [_write_entry(entry) for entry in authority.entries],
    }


def _write_entry(entry: TrustEntry) -> dict[str, Any]:
    written: dict[str, Any] = {"kind": str(entry.kind), "state": str(entry.state)}
    for name in ("since", "until", "withdrawn_at"):
        at = getattr(entry, name)
        if at is not None:
            written[name] = int(at.timestamp())
    if entry.jwk is not None:
        written["jwk"] = dict(entry.jwk)
    if entry.certificate is not None:
        written["certificate"] = b64encode(entry.certificate).decode()
    return written


def read_trust_list(claims: Mapping[str, Any]) -> TrustList:
    """The inverse of write_trust_list. Entries of a kind that is not known here are left out: nobody here would use them.

    Raises VerificationFailed (step content): trust_list_malformed.
    """
    try:
        return TrustList(
            issuer=_text(claims["iss"]),
            sequence=_number(claims["sequence"]),
            issued_at=_time(claims["iat"]),
            next_update=_time(claims["exp"]),
            signers=tuple(map(_text, claims["signers"])),
            authorities=tuple(map(_read_authority, claims["authorities"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, Base64Error) as error:
        raise VerificationFailed(
            "content",
            "trust_list_malformed",
            "The trust list cannot be read.",
            reason=f"{type(error).__name__}: {error}",
        ) from error


def _read_authority(value: Mapping[str, Any]) -> TrustedAuthority:
    status_lists = value.get("status_lists")
    return TrustedAuthority(
        name=_text(value["name"]),
        papers=tuple(dict(paper) for paper in value["papers"]),
        status_lists=None if status_lists is None else _text(status_lists),
        entries=tuple(_read_entry(each) for each in value["entries"] if each["kind"] in set(TrustKind)),
    )


def _read_entry(value: Mapping[str, Any]) -> TrustEntry:
    withdrawn = value.get("withdrawn_at")
    entry = TrustEntry(
        kind=TrustKind(value["kind"]),
        since=_time(value["since"]),
        until=None if value.get("until") is None else _time(value["until"]),
        withdrawn_at=None if withdrawn is None else _time(withdrawn),
        jwk=None if value.get("jwk") is None else dict(value["jwk"]),
        certificate=None if value.get("certificate") is None else b64decode(_text(value["certificate"]), validate=True),
    )
    if entry.state is not TrustState(value["state"]) or (entry.jwk is None and entry.certificate is None):
        raise ValueError("an entry that contradicts itself")
    return entry


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is missing")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 34:
        raise ValueError("a number is missing, or out of range")
    return value


def _time(value: object) -> datetime:
    return datetime.fromtimestamp(_number(value), UTC)
