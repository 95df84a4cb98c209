"""Papers of a person: found for pages and services, and issued as tokens for one audience."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.agencies.answering import AgencyRequest
from eid.agencies.conduct import Asker
from eid.agencies.service import HISTORIES
from eid.agencies.values import EntitlementState, HistoryLine
from eid.audit import ActorKind, record_disclosure
from eid.clock import wall_now
from eid.config import current_settings
from eid.credentials.additions import AdditionState, is_added, list_additions
from eid.credentials.agency_answers import AnswerReference, find_verified_answer
from eid.credentials.answers import ANSWERS
from eid.credentials.catalogue import CATALOGUE, Holder, Paper, find_catalogued
from eid.credentials.configurations import list_configurations_of
from eid.credentials.formats import build_content, build_paper_token
from eid.credentials.identity import IDENTITY
from eid.credentials.statuses import record_place
from eid.crypto.status_list import StatusType
from eid.db import db
from eid.errors import Conflict, NotFound
from eid.keystore import KeyUse, current_keystore
from eid.late_dataclasses import frozen
from eid.oauth.claims import Attribute, Scope
from eid.oauth.opaque import encode_base64url
from eid.oauth.step_up import check_authentication
from eid.oauth.tokens import AccessGrant
from eid.population.models import Person
from eid.population.service import find_person, find_person_by_id
from eid.randomness import random_bytes

_INITIAL_STATUS = {EntitlementState.VALID: StatusType.VALID, EntitlementState.SUSPENDED: StatusType.SUSPENDED}


@frozen
class IssuedToken:
    token: str
    expires_at: datetime


@frozen
class FoundPaper:
    """A paper of a person as its agency has it today."""

    paper: Paper
    record: Any
    """InsuranceRecord, LicenceRecord, …"""
    content: Mapping[str, Any]
    state: EntitlementState
    updated_at: datetime
    reference: AnswerReference | None = None
    """To the agency's signed answer that it was made of; None for what is only looked at, and for the identity card."""

    def answer_columns(self) -> dict[str, Any]:
        """What of that is kept with something issued of it."""
        return {} if self.reference is None else self.reference.columns()


@frozen
class ShownPaper:
    """A paper on its holder's screen; no token where it is no longer valid."""

    found: FoundPaper
    token: IssuedToken | None
    history: tuple[HistoryLine, ...]


def find_papers(person_id: int, *, actor: int | None = None) -> list[FoundPaper]:
    """Every paper in a person's account, in the order of the catalogue; an account of level 1 shows none.

    `actor` is who looks for them, a guardian, whose own account decides about papers that guardians hold.
    """
    holders = {_holder_of(paper, person_id, actor) for paper in CATALOGUE.values()}
    closed = {holder for holder in holders if _is_of_level_1(holder)}
    if closed == holders:
        return []
    person = find_person_by_id(person_id)
    missing = {each.paper.name for each in list_additions(person_id) if each.state is not AdditionState.DONE}
    open_ones = [paper for paper in CATALOGUE.values() if _holder_of(paper, person_id, actor) not in closed]
    shown = [paper for paper in open_ones if paper.name not in missing]
    return [found for paper in shown if (found := _find_if_any(paper, person)) is not None]


def find_paper(person_id: int, paper: str, *, actor: int | None = None) -> FoundPaper:
    """This paper of a person, `actor` as in find_papers.

    Raises NotFound: paper_kind_unknown, paper_unknown; Conflict: account_level, paper_not_added.
    """
    kind = find_catalogued(paper)
    check_account_level(_holder_of(kind, person_id, actor))
    _check_added(person_id, kind)
    return _find(kind, find_person_by_id(person_id))


def find_entitlement(pin: str, paper: str) -> FoundPaper:
    """What the agency has about the bearer of this PIN, for whoever runs the service: whether in an account or not.

    Raises NotFound: person_unknown, paper_kind_unknown, paper_unknown.
    """
    return _find(find_catalogued(paper), find_person(pin))


def find_claims(paper: str, person_id: int) -> Mapping[str, Any] | None:
    """What userinfo may say under the paper's scope: the paper's content, with what is told only by name, or None where there is
    no paper in force in the account."""
    if _is_of_level_1(person_id) or not is_added(person_id, find_catalogued(paper)):
        return None
    return find_content_in_force(paper, person_id)


def find_content_in_force(paper: str, person_id: int) -> Mapping[str, Any] | None:
    """What the agency says of a person's paper, whatever account they have or have not, or None where none is in force."""
    found = _find_if_any(find_catalogued(paper), find_person_by_id(person_id))
    return found.content if found is not None and found.state is not EntitlementState.INVALID else None


def find_paper_scopes() -> tuple[Scope, ...]:
    """One scope a paper, as eid.oauth asks people about it."""
    return tuple(
        Scope(
            name=paper.name,
            title=paper.share_title,
            attributes=tuple(
                Attribute(one.label, (f"{paper.name}.{one.name}",), one.is_only_by_name) for one in paper.attributes
            ),
            claims=(paper.name,),
            find_claims=partial(find_claims, paper.name),
            credentials=list_configurations_of(paper),
        )
        for paper in CATALOGUE.values()
    )


def find_published_keys() -> list[dict[str, object]]:
    """The public keys that papers, status lists and receipts are verified with, as JSON Web Keys."""
    keystore = current_keystore()
    return [key for use in (KeyUse.PAPERS, KeyUse.RECEIPTS) for key in keystore.find_published_jwks(use)]


def issue_paper_token(
    *,
    person_id: int,
    paper: str,
    audience: str,
    subject: str,
    purpose: str = "",
    actor: int | None = None,
    attributes: Collection[str] | None = None,
) -> IssuedToken:
    """Afterwards a token of this paper, as it stands now, is good for this audience for minutes; recorded and committed.

    `subject` is how the audience knows the person; the token says these attributes, else those of the whole, and no others.
    Raises NotFound: person_unknown, paper_kind_unknown, paper_unknown;
    Conflict: account_level, paper_not_added, person_dead, paper_ended.
    """
    kind, now = find_catalogued(paper), wall_now()
    told = kind.whole if attributes is None else tuple(n for n in kind.attribute_names if n in attributes)
    asker = _asker_of(person_id, audience, actor)
    found = check_paper_issuable(person_id, kind, attributes=told, actor=actor, asker=asker, purpose=purpose)
    token_id, expires_at = new_token_id(), now + kind.lifetime
    status = record_place(
        token_id=token_id,
        person_id=person_id,
        paper=kind.name,
        audience=audience,
        status=status_at_issue(found),
        issued_at=now,
        expires_at=expires_at,
        **found.answer_columns(),
    )
    _record_issue(person_id, kind, told, audience, purpose, person_id if actor is None else actor)
    token = build_paper_token(
        kind,
        found.content,
        issuer=current_settings().public_url,
        audience=audience,
        subject=subject,
        token_id=token_id,
        status=status,
        now=now,
        key=current_keystore().find_signing_key(KeyUse.PAPERS),
    )
    db.session.commit()
    return IssuedToken(token, expires_at)


def check_paper_issuable(
    person_id: int,
    paper: Paper,
    *,
    attributes: Collection[str] | None = None,
    actor: int | None = None,
    asker: Asker = Asker.HOLDER,
    purpose: str = "",
) -> FoundPaper:
    """The paper as its agency says it is, in a signed answer that holds, and as it stays until this transaction ends; with these
    attributes, or those of the whole.

    Raises NotFound: person_unknown, paper_unknown; Conflict: account_level, paper_not_added, person_dead, paper_ended;
    and as find_verified_answer.
    """
    if paper is not IDENTITY:
        check_account_level(_holder_of(paper, person_id, actor))
    _check_added(person_id, paper)
    person = _find_living(person_id)
    told = paper.whole if attributes is None else tuple(attributes)
    if paper is IDENTITY:  # it is this service that says who somebody is
        whole = _found(paper, ANSWERS[paper.name](person_id, hold=True), person)
        found = replace(whole, content={name: said for name, said in whole.content.items() if name in told})
    else:
        found = _ask_agency(paper, AgencyRequest(paper.name, person_id, asker, told, purpose), person)
    if found.state not in _INITIAL_STATUS:
        raise Conflict("paper_ended", "This paper is no longer valid.")
    return found


def status_at_issue(found: FoundPaper) -> StatusType:
    """What stands in the status list for something issued of this paper now."""
    return _INITIAL_STATUS[found.state]


def check_level(grant: AccessGrant, paper: Paper, *, max_age: timedelta | None = None) -> None:
    """Raise OAuthError (RFC 9470, section 3) unless the sign-in behind the access token suffices for the paper."""
    check_authentication(grant, level=paper.level, max_age=max_age, now=wall_now())


def issue_shown_paper(person_id: int, paper: str, *, actor: int | None = None) -> ShownPaper:
    """What a citizen shows of a paper: with a token for whoever looks, where the paper is still one; committed.

    `actor` is who shows it for them, a guardian; without, it is the person.

    The token's audience is the issuer's address followed by /show; its subject is new each time, so that checkers who
    compare what they were shown learn nothing from it.
    Raises NotFound: paper_kind_unknown, paper_unknown; Conflict: person_dead.
    """
    found = find_paper(person_id, paper, actor=actor)
    history = HISTORIES[paper](person_id) if paper in HISTORIES else ()
    if found.state is EntitlementState.INVALID:
        return ShownPaper(found, None, history)
    token = issue_paper_token(
        person_id=person_id,
        paper=paper,
        audience=show_audience(),
        subject=new_token_id(),
        actor=actor,
        attributes=found.paper.shown,
    )
    return ShownPaper(found, token, history)


def show_audience() -> str:
    """Whom a paper on a screen is meant for: whoever it is shown to."""
    return f"{current_settings().public_url}/show"


def check_account_level(person_id: int) -> None:
    """Raise Conflict for an account of level 1, which shows who its holder is and no paper (Decree 69/2024, article 9)."""
    if _is_of_level_1(person_id):
        raise Conflict(
            "account_level", "Papers are shown by an account of level 2: any desk raises yours, card in hand."
        )


def _check_added(person_id: int, paper: Paper) -> None:
    if not is_added(person_id, paper):
        raise Conflict("paper_not_added", "This paper is not in the account: its holder has to ask for it first.")


def _holder_of(paper: Paper, person_id: int, actor: int | None) -> int:
    """Whose account has to be of level 2 for the paper to be shown."""
    return person_id if actor is None or not paper.is_held_by_guardian else actor


def _is_of_level_1(person_id: int) -> bool:
    return db.session.scalar(select(Account.level).where(Account.person_id == person_id)) == AccountLevel.ONE


def new_token_id() -> str:
    """128 random bits as 22 characters: short, because it stands in a code that a camera must read."""
    return encode_base64url(random_bytes(16))


def record_shown(person_id: int, kind: Paper, actor: int, act: str = "present_paper", **details: Any) -> None:
    """Add what the person reads later: all of a paper was shown by themselves, or by `actor` for them; the caller commits."""
    what: dict[str, Any] = {"paper": kind.name, "attributes": kind.whole, "purpose": ""} | details
    record_disclosure(act, person_id=person_id, actor_kind=ActorKind.PERSON, actor=actor, **what)


def _record_issue(person_id: int, kind: Paper, told: Sequence[str], audience: str, purpose: str, actor: int) -> None:
    """What the person reads later: a service fetched the paper, or they showed it themselves."""
    what: dict[str, Any] = {"paper": kind.name, "attributes": told, "purpose": purpose}
    if audience == show_audience():
        by: dict[str, Any] = {"actor_kind": ActorKind.PERSON, "actor": actor}
        record_disclosure("present_paper", person_id=person_id, **by, **what)
    else:
        by = {"actor_kind": ActorKind.CLIENT, "actor": audience[:64]}
        record_disclosure("issue_paper_token", person_id=person_id, **by, **what)


def _find_living(person_id: int) -> Person:
    person = find_person_by_id(person_id)
    if not person.is_alive:
        raise Conflict("person_dead", "This person has died.")
    return person


def _find(paper: Paper, person: Person) -> FoundPaper:
    return _found(paper, ANSWERS[paper.name](person.id), person)


def _find_if_any(paper: Paper, person: Person) -> FoundPaper | None:
    try:
        return _find(paper, person)
    except NotFound:
        return None


def _found(paper: Paper, record: Any, person: Person) -> FoundPaper:
    content = build_content(paper, record, _describe_holder(person))
    return FoundPaper(paper, record, content, record.state, record.updated_at)


def _ask_agency(paper: Paper, request: AgencyRequest, person: Person) -> FoundPaper:
    """The paper of what its agency answers, word for word."""
    holder = _describe_holder(person)
    answer = find_verified_answer(request, lambda record: build_content(paper, record, holder))
    return FoundPaper(
        paper, answer.record, answer.content, answer.state, answer.record.updated_at, reference=answer.reference
    )


def _describe_holder(person: Person) -> Holder:
    return Holder(person.full_name, person.birth_date, str(person.sex), person.nationality)


def _asker_of(person_id: int, audience: str, actor: int | None) -> Asker:
    if audience != show_audience():
        return Asker.SERVICE
    return Asker.HOLDER if actor in (None, person_id) else Asker.GUARDIAN
