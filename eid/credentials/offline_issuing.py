"""Holders get offline codes of their papers: to show where there is no network, and to print."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from eid.cards.portrait import draw_portrait
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.catalogue import find_catalogued
from eid.credentials.offline_papers import LIFETIME, OfflineCode, build_offline_paper
from eid.credentials.service import (
    FoundPaper,
    check_paper_issuable,
    new_token_id,
    record_shown,
    show_audience,
    status_at_issue,
)
from eid.credentials.statuses import record_place
from eid.db import db
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.lazily import Later
from eid.population.service import find_person_by_id

if TYPE_CHECKING:
    from eid.credentials import small_photo
else:
    small_photo = Later("eid.credentials.small_photo")


@frozen
class IssuedOfflineCode:
    code: OfflineCode
    found: FoundPaper
    issued_at: datetime
    expires_at: datetime


def issue_offline_code(person_id: int, paper: str, *, actor: int | None = None) -> IssuedOfflineCode:
    """Afterwards a code of this paper, as it stands now, is good for whoever reads it for a week; recorded and committed.

    `actor` is who shows it for them, a guardian; without, it is the person.

    Raises NotFound: person_unknown, paper_kind_unknown, paper_unknown;
    Conflict: account_level, paper_not_added, person_dead, paper_ended, code_too_long.
    """
    issued = record_offline_code(person_id, paper, actor=actor)
    record_shown(person_id, issued.found.paper, person_id if actor is None else actor)
    db.session.commit()
    return issued


def record_offline_code(person_id: int, paper: str, *, actor: int | None = None) -> IssuedOfflineCode:
    """As issue_offline_code; the caller records what it is for, and commits."""
    kind, now = find_catalogued(paper), wall_now()
    found, person = check_paper_issuable(person_id, kind, actor=actor), find_person_by_id(person_id)
    status = record_place(
        token_id=new_token_id(),
        person_id=person_id,
        paper=kind.name,
        audience=show_audience(),
        status=status_at_issue(found),
        issued_at=now,
        expires_at=now + LIFETIME,
        **found.answer_columns(),
    )
    code = build_offline_paper(
        kind,
        found.content,
        small_photo.shrink_portrait(draw_portrait(person.pin, sex=person.sex).jpeg),
        issuer=current_settings().public_url,
        status=status,
        now=now,
        key=current_keystore().find_signing_key(KeyUse.PAPERS),
    )
    return IssuedOfflineCode(code, found, now, now + LIFETIME)
