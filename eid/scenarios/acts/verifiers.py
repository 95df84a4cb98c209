"""Verifiers that work offline and bring their copies of the status lists up to date now and then."""

from __future__ import annotations

from functools import partial

from eid.clock import wall_now
from eid.crypto.status_list import verify_status_list
from eid.scenarios.browsing import StepFailed
from eid.scenarios.plan import Step
from eid.scenarios.visitors import Visitor

LISTS = "/api/v1/status-lists"
MOST_LISTS = 20
"""Of very many lists a verifier looks at those that its papers name."""


def update_copies(visitor: Visitor) -> None:
    """One of as many verifiers as the plan has people asks which lists there are, and for each by the tag of its copy.

    A list that has changed is verified before it is kept.
    """
    api, rng = visitor.scene.back_channel, visitor.scene.rng
    number = rng.randrange(visitor.scene.plan.people)
    told = visitor.step(Step.STATUS_LISTS, lambda: api.get_json(api.issuer + LISTS))
    uris = told.get("status_lists", [])
    for uri in uris if len(uris) <= MOST_LISTS else rng.sample(uris, MOST_LISTS):
        visitor.think(visitor.scene.plan.think.counter)
        visitor.step(Step.STATUS_LIST, partial(_update_copy, visitor, number, uri))


def _update_copy(visitor: Visitor, number: int, uri: str) -> None:
    copies = visitor.scene.copies
    kept = copies.get((number, uri))
    found = visitor.scene.back_channel.refresh(uri, kept)
    if found is not kept:
        if not found.etag:
            raise StepFailed("a list without a tag")
        verify_status_list(found.text, keys=visitor.scene.counter.paper_keys, expected_uri=uri, now=wall_now())
        copies[number, uri] = found
