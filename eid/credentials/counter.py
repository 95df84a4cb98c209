"""Papers at a counter: somebody holds out their card, and the service behind the counter reads what it needs of them.

No page asks for a consent here: to hold out the card, whose chip must answer there and then, is the act. The agency is asked, so
its holder need not have added the paper to an account. docs/papers.md has the reasons and the limits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from eid.audit import ActorKind, record_disclosure
from eid.cards.receipts import CardReceipt, record_card_receipt
from eid.cards.verification import verify_card
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.service import find_content_in_force
from eid.db import db
from eid.late_dataclasses import frozen
from eid.oauth.client_tokens import ClientGrant


@frozen
class CardDisclosure:
    """A verified card, and what its holder's papers say today; None where there is none in force."""

    receipt: CardReceipt
    papers: Mapping[str, Mapping[str, Any] | None]


def disclose_papers_by_card(
    files: Mapping[str, bytes], *, challenge_id: str, response: bytes, papers: Collection[str], client: ClientGrant
) -> CardDisclosure:
    """What these papers of the holder of a card say, after its chip proved itself; the holder can read who asked. Committed.

    `client` covers every one of the papers. Raises as verify_card; NotFound: paper_kind_unknown.
    """
    verification = verify_card(files, challenge_id=challenge_id, response=response)
    receipt = record_card_receipt(
        verification, actor_kind=ActorKind.CLIENT, actor=client.client_id, purpose=client.purpose
    )
    person_id, found = verification.person_id, {}
    for paper in dict.fromkeys(papers):
        whole, content = CATALOGUE[paper].whole, find_content_in_force(paper, person_id)
        found[paper] = None if content is None else {name: said for name, said in content.items() if name in whole}
        record_disclosure(
            "disclose_paper_by_card",
            actor_kind=ActorKind.CLIENT,
            actor=client.client_id,
            person_id=person_id,
            paper=paper,
            attributes=whole,
            purpose=client.purpose,
            card_id=verification.card_id,
        )
    db.session.commit()
    return CardDisclosure(receipt, found)
