"""Full passive authentication against its floor: the two signature verifications alone, by `cryptography`, keys loaded.

Each card is another person's. "EF.SOD" is passive authentication of the security object: parsing, steps 1 to 19 of
eid.crypto.passive_auth, its signature, its signer's chain. "The whole card" goes on: digests of all its files (DG2
included), the zone, DG13, all 25 steps. The floor verifies the signature over EF.SOD and the one on the signer's
certificate, and does nothing else; the former is what no memory saves.

"First time" means that neither the card nor its signer's certificate was ever seen: each card has a signer of its own, and
before a signer comes again all that was remembered of certificates is forgotten; but cards like it were seen, whose form
and precedent are known. "Nothing remembered" is without those as well: a trust store that is opened for this one document, and
no certificate remembered. "Before" means what a border or a bank sees: a signer's certificate comes with ten thousands
of documents, and a trust store remembers its chain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle, repeat

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from benchmarks.measure import measure, print_measured
from eid.cards.forgery import Authority, name_of
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import verify_document, verify_security_object
from eid.crypto.policy import STRICT
from eid.crypto.public_keys import PublicKey, parse_public_key
from eid.crypto.sod import SignedData, parse_sod
from eid.crypto.trust import TrustStore
from eid.crypto.x509 import Certificate, parse_certificate, parse_name
from tests.crypto.forge import HOLDER, NOW, make_card, make_csca, make_signer, make_trust, new_key

PAIRS = (("P-256", "P-384"), ("bp256", "bp384"), ("rsa2048", "rsa4096"))
"""Kind of the signer's key, kind of the CSCA's."""
CARDS = 384
"""Of each pair of keys: signatures of elliptic curves come in a dozen lengths, and each length is met for the first time once
in a round."""
_AT = NOW + timedelta(days=1)


def run() -> None:
    """Measure and print, for each pair of keys."""
    for signer_kind, csca_kind in PAIRS:
        ways = make_ways(signer_kind, csca_kind)
        title = f"Passive authentication, signer {signer_kind}, CSCA {csca_kind} (calls per CPU second)"
        measured = measure(ways)
        print_measured(title, measured, floor="two signatures alone")
        for what in ("EF.SOD", "the whole card"):
            known = measured.ratio(f"{what}, signer seen before", f"{what}, signer the first time")
            print(f"  {what}: {known.median:.1f} times as fast once its signer's chain is known")
            cached = measured.ratio(f"{what}, signer seen before", f"{what}, nothing remembered")
            print(f"  {what}: {cached.median:.1f} times as fast with that chain as with nothing remembered")
        most = measured.ratio("the one over EF.SOD alone", "EF.SOD, signer the first time")
        print(
            f"  Nothing could be more than {most.median:.1f} times as fast: the signature over EF.SOD is each document's own"
        )


@dataclass(frozen=True)
class _Card:
    files: dict[str, bytes]
    sod: SignedData
    signer: Certificate
    key: PublicKey


def make_ways(signer_kind: str, csca_kind: str) -> dict[str, Callable[[], object]]:
    csca = make_csca(csca_kind, use="bench")
    trust = make_trust(csca)
    cards = _make_cards(csca, signer_kind)
    csca_key = trust.anchors[0].public_key
    floor = cycle(cards)

    def verify_one_signature() -> None:
        card = next(floor)
        [info] = card.sod.signers
        _verify(card.key, info.signature, info.raw_signed_attributes)

    def verify_two_signatures() -> None:
        card = next(floor)
        [info] = card.sod.signers
        _verify(card.key, info.signature, info.raw_signed_attributes)
        _verify(csca_key, card.signer.signature, card.signer.raw_tbs)

    def make_way(cards: Iterator[_Card], stores: Iterator[TrustStore], *, is_whole: bool) -> Callable[[], object]:
        def verify() -> None:
            files, store = next(cards).files, next(stores)
            if is_whole:
                verify_document(files, trust_store=store, policy=STRICT, at=_AT)
            else:
                verify_security_object(files[SOD], trust_store=store, policy=STRICT, at=_AT)

        return verify

    ways = {"two signatures alone": verify_two_signatures, "the one over EF.SOD alone": verify_one_signature}
    for is_whole, what in ((False, "EF.SOD"), (True, "the whole card")):
        new, known, none = _fresh_stores(trust, len(cards)), repeat(trust), _fresh_stores(trust, 1)
        ways[f"{what}, nothing remembered"] = make_way(cycle(cards), none, is_whole=is_whole)
        ways[f"{what}, signer the first time"] = make_way(cycle(cards), new, is_whole=is_whole)
        ways[f"{what}, signer seen before"] = make_way(cycle(cards), known, is_whole=is_whole)
    return ways


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    else:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


def _make_cards(csca: Authority, signer_kind: str) -> Sequence[_Card]:
    found = []
    for number in range(CARDS):
        starts = NOW - timedelta(days=10, minutes=number)
        signer = make_signer(
            csca,
            signer_kind,
            key=new_key(signer_kind),
            serial=10**40 + number,
            subject=name_of(f"Signer {number:04d}"),
            key_period=(starts, starts + timedelta(days=90)),
        )
        files = make_card(signer, holder=replace(HOLDER, pin=f"901190{number:06d}"))
        sod = parse_sod(files[SOD])
        found.append(_Card(files, sod, sod.certificates[0], sod.certificates[0].public_key))
    return found


def _fresh_stores(trust: TrustStore, every: int) -> Iterator[TrustStore]:
    """The same store for as many cards as there are, then one that remembers nothing, and no certificate remembered either."""
    while True:
        for remembered in (parse_certificate, parse_public_key, parse_name):
            remembered.cache_clear()
        store = TrustStore(trust.anchors)
        for _ in range(every):
            yield store
