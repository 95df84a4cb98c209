"""Papers as the counter gets them: asked for with the patient's access token, then verified here, without asking anybody."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from eid.samples.clinic.config import PAPERS, ClinicConfig
from eid.samples.papers import verify_paper
from eid.samples.signatures import TIMEOUT, NotVerified, PublishedKeys, Step


@dataclass(frozen=True)
class Paper:
    """What came of asking for one: `outcome` is verified, none, not_shared, ended or failed."""

    kind: str
    outcome: str
    content: Mapping[str, Any]
    steps: tuple[Step, ...]
    failed_step: str = ""


def fetch_papers(subject: str, access_token: str, keys: PublishedKeys, config: ClinicConfig) -> tuple[Paper, ...]:
    """Each paper that the counter asks for."""
    return tuple(
        fetch_paper(
            kind,
            issuer=config.issuer,
            client_id=config.client_id,
            subject=subject,
            access_token=access_token,
            keys=keys,
        )
        for kind in PAPERS
    )


def fetch_paper(
    kind: str, *, issuer: str, client_id: str, subject: str, access_token: str, keys: PublishedKeys
) -> Paper:
    """The paper as the service gives it, verified; or why there is none."""
    answer = requests.post(
        f"{issuer}/api/v1/papers/{kind}/tokens",
        headers={"Authorization": f"Bearer {access_token}"},
        timeout=TIMEOUT,
    )
    outcome = _read_outcome(answer)
    if outcome != "verified":
        return Paper(kind, outcome, {}, ())
    try:
        content, steps = verify_paper(
            answer.json()["token"],
            kind,
            issuer=issuer,
            client_id=client_id,
            subject=subject,
            keys=keys,
            now=time.time(),
        )
    except NotVerified as refused:
        return Paper(kind, "failed", {}, (), refused.step)
    return Paper(kind, "verified", content, steps)


def _read_outcome(answer: requests.Response) -> str:
    """A paper that the patient has not added to the account is none to the counter, as one that they do not have."""
    outcome = {200: "verified", 403: "not_shared", 404: "none", 409: "ended"}.get(answer.status_code, "failed")
    return "none" if outcome == "ended" and answer.json()["code"] == "paper_not_added" else outcome
