"""Who is to be believed, gathered for the trust list: our keys and certificates with their times, what was withdrawn, and what
each paper is told apart by."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography import x509

from eid.cards.authority import list_anchors
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.configurations import CONFIGURATIONS, KEPT, CredentialFormat, list_configurations_of
from eid.credentials.wallet_credentials import type_of
from eid.crypto.key_schedule import KeyState, ScheduledKey
from eid.crypto.trust_entries import TrustedAuthority, TrustEntry, TrustKind
from eid.issuing_keys import CERTIFIED
from eid.keystore import AuthorityUse, KeyUse, current_keystore
from eid.signing_keys import KEY_LIVES, WithdrawnKey

ISSUER_NAME = "eid, a simulation: issuer of papers"
VERIFIERS_NAME = "eid, a simulation: who certifies those who ask"
CARDS_NAME = "eid, a simulation: who certifies identity cards"
_ROOTS = {AuthorityUse.IACA: TrustKind.IACA_ROOT, AuthorityUse.VERIFIER_CA: TrustKind.VERIFIER_ROOT}


def gather_authorities() -> list[TrustedAuthority]:
    """One that issues, one that certifies verifiers, one that certifies cards."""
    url = current_settings().public_url
    issuing = [
        *_gather_keys(KeyUse.PAPERS, TrustKind.PAPER_KEY),
        *_gather_roots(AuthorityUse.IACA),
        *_gather_keys(KeyUse.MDOC, TrustKind.MDOC_SIGNER),
    ]
    return [
        TrustedAuthority(ISSUER_NAME, gather_papers(), f"{url}/api/v1/status-lists", issuing),
        TrustedAuthority(VERIFIERS_NAME, (), None, _gather_roots(AuthorityUse.VERIFIER_CA)),
        TrustedAuthority(CARDS_NAME, (), None, [_of_certificate(TrustKind.CSCA, each) for each in list_anchors()]),
    ]


def gather_papers() -> list[dict[str, Any]]:
    """Of each paper: its name, and by what each form of it is told apart."""
    found = []
    for paper in KEPT.values():
        described = {"paper": paper.name, "title": paper.title, "agency": paper.agency, "vct": type_of(paper)}
        of_paper = [CONFIGURATIONS[name] for name in list_configurations_of(paper)]
        [mdoc] = [each for each in of_paper if each.format is CredentialFormat.MDOC]
        token = {"typ": paper.typ} if paper.name in CATALOGUE else {}
        found.append(described | token | {"doctype": mdoc.doc_type})
    return found


def _gather_keys(use: KeyUse, kind: TrustKind) -> list[TrustEntry]:
    keystore, now, life = current_keystore(), wall_now(), KEY_LIVES[use]
    found = [
        _of_key(kind, one, certificate, life.outlives)
        for one, certificate in _certified(use)
        if one.state(life, now) is not KeyState.DEAD
    ]
    return found + [_of_withdrawn(kind, each) for each in keystore.signing_keys.list_withdrawn_keys(use)]


def _of_withdrawn(kind: TrustKind, key: WithdrawnKey) -> TrustEntry:
    jwk = key.key.public_jwk()
    return TrustEntry(kind, key.signs_from, withdrawn_at=key.withdrawn_at, jwk=jwk, certificate=key.certificate)


def _certified(use: KeyUse) -> list[tuple[ScheduledKey, bytes]]:
    assert use in CERTIFIED
    return [(one, signer.certificate) for one, signer in current_keystore().issuing_keys.find_signers(use)]


def _of_key(kind: TrustKind, one: ScheduledKey, certificate: bytes, outlives: timedelta | None) -> TrustEntry:
    until: datetime | None = None
    if one.replaced_at is not None and outlives is not None:
        until = one.replaced_at + outlives
    return TrustEntry(kind, since=one.signs_from, until=until, jwk=one.key.public_jwk(), certificate=certificate)


def _gather_roots(use: AuthorityUse) -> list[TrustEntry]:
    return [_of_certificate(_ROOTS[use], each.der) for each in current_keystore().issuing_keys.find_authorities(use)]


def _of_certificate(kind: TrustKind, der: bytes) -> TrustEntry:
    certificate = x509.load_der_x509_certificate(der)
    return TrustEntry(
        kind, since=certificate.not_valid_before_utc, until=certificate.not_valid_after_utc, certificate=der
    )
