"""Certificate revocation lists: RFC 5280, 5, profiled in ICAO 9303-12, 7.1.4. Read here; believed in checks/revocation.py.

Only whole lists say that a certificate is not revoked. Lists of changes, of some certificates or some reasons, and of
other authorities' certificates are recognised, so that they can be refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from eid.crypto.algorithms import Algorithm, parse_algorithm
from eid.crypto.tlv import BIT_STRING, GENERALIZED_TIME, SEQUENCE, UTC_TIME, Tlv, parse_tlv
from eid.crypto.x509 import AUTHORITY_KEY_ID, NameKey, parse_name
from eid.errors import Malformed
from eid.late_dataclasses import frozen

MAX_ENTRIES = 100_000
_TIMES = (UTC_TIME, GENERALIZED_TIME)
_ENUMERATED = 0x0A
_ISSUER_ALTERNATIVE_NAME, _NUMBER = "2.5.29.18", "2.5.29.20"
_DELTA, _DISTRIBUTION_POINT, _CERTIFICATE_ISSUER, _REASON = "2.5.29.27", "2.5.29.28", "2.5.29.29", "2.5.29.21"
_UNDERSTOOD = {AUTHORITY_KEY_ID, _ISSUER_ALTERNATIVE_NAME, _NUMBER, _DELTA, _DISTRIBUTION_POINT, _CERTIFICATE_ISSUER}
_REMOVE_FROM_LIST = 8
_INDIRECT, _DIRECTORY_NAME = 0x84, 0xA4

Extensions = Mapping[str, tuple[bool, bytes]]


class Scope(StrEnum):
    """What a list is of."""

    WHOLE = "whole"
    """Every certificate of its issuer."""
    DELTA = "delta"
    """What changed since another list."""
    INDIRECT = "indirect"
    """Certificates of other issuers too."""
    PARTIAL = "partial"
    """Some certificates or some reasons only."""


@frozen
class RevocationList:
    """A CRL, read and not verified."""

    raw_tbs: bytes
    algorithm: Algorithm
    tbs_algorithm: Algorithm
    issuer: NameKey
    former_names: frozenset[NameKey]
    """Names under which its issuer certified before (9303-12, 7.1.4, note 1)."""
    this_update: datetime
    next_update: datetime | None
    revoked: frozenset[int]
    """Serial numbers, as signed numbers: four real CSCAs have negative ones."""
    scope: Scope
    unknown_critical: tuple[str, ...]
    signature: bytes


def read_revocation_list(element: Tlv) -> RevocationList:
    """A CertificateList at this element. Raises Malformed."""
    tbs, algorithm, signature = element.expect(SEQUENCE).children(SEQUENCE, SEQUENCE, BIT_STRING)
    fields = tbs.children(min_count=4, max_count=7)
    if fields[0].tag == 0x02:
        if fields[0].integer() != 1:
            raise Malformed("crl_malformed", "A revocation list is of an unknown version.")
        del fields[0]
    tbs_algorithm, issuer, this_update, *rest = fields
    next_update = rest.pop(0).time() if rest and rest[0].tag in _TIMES else None
    entries = rest.pop(0).children(max_count=MAX_ENTRIES) if rest and rest[0].tag == SEQUENCE else []
    extensions = _read_extensions(rest[0].expect(0xA0).children(SEQUENCE)[0]) if rest else {}
    revoked, of_entries = _read_entries(entries)
    critical = [oid for oid, (is_critical, _value) in extensions.items() if is_critical]
    return RevocationList(
        raw_tbs=tbs.raw,
        algorithm=parse_algorithm(algorithm),
        tbs_algorithm=parse_algorithm(tbs_algorithm),
        issuer=parse_name(issuer.raw),
        former_names=_read_former_names(extensions),
        this_update=this_update.time(),
        next_update=next_update,
        revoked=revoked,
        scope=_scope_of(extensions, of_entries),
        unknown_critical=tuple(oid for oid in (*critical, *of_entries) if oid not in _UNDERSTOOD),
        signature=signature.bits(),
    )


def _read_entries(entries: list[Tlv]) -> tuple[frozenset[int], set[str]]:
    """The serial numbers, and the extensions of entries that are critical. An entry that takes a certificate off a list
    revokes nothing (RFC 5280, 5.3.1); it belongs into lists of changes, but is found in others."""
    revoked: set[int] = set()
    critical: set[str] = set()
    for entry in entries:
        serial, _time, *extra = entry.expect(SEQUENCE).children(min_count=2, max_count=3)
        extensions = _read_extensions(extra[0].expect(SEQUENCE)) if extra else {}
        critical.update(oid for oid, (is_critical, _value) in extensions.items() if is_critical)
        if _CERTIFICATE_ISSUER in extensions:
            critical.add(_CERTIFICATE_ISSUER)
        reason = extensions.get(_REASON)
        if reason is None or parse_tlv(reason[1], _ENUMERATED).value != bytes([_REMOVE_FROM_LIST]):
            revoked.add(serial.integer())
    return frozenset(revoked), critical - {_REASON}


def _scope_of(extensions: Extensions, of_entries: set[str]) -> Scope:
    if _DELTA in extensions:
        return Scope.DELTA
    if _CERTIFICATE_ISSUER in of_entries:
        return Scope.INDIRECT
    if _DISTRIBUTION_POINT not in extensions:
        return Scope.WHOLE
    parts = parse_tlv(extensions[_DISTRIBUTION_POINT][1], SEQUENCE).children(max_count=6)
    if any(part.tag == _INDIRECT and part.value != b"\x00" for part in parts):
        return Scope.INDIRECT
    return Scope.PARTIAL


def _read_former_names(extensions: Extensions) -> frozenset[NameKey]:
    found = extensions.get(_ISSUER_ALTERNATIVE_NAME)
    parts = parse_tlv(found[1], SEQUENCE).children(max_count=16) if found else []
    return frozenset(parse_name(part.value) for part in parts if part.tag == _DIRECTORY_NAME)


def _read_extensions(sequence: Tlv) -> dict[str, tuple[bool, bytes]]:
    found = {}
    for extension in sequence.children(max_count=64):
        oid, *rest = extension.expect(SEQUENCE).children(min_count=2, max_count=3)
        found[oid.oid()] = (rest[0].boolean() if len(rest) == 2 else False, rest[-1].octets())
    return found
