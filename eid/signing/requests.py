"""Asking a holder to sign: which digests, put to their phone with a number to match; and what came of it.

What is approved is these digests and no others, once. A service then holds signature activation data (SAD); a page of ours signs
at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime

from sqlalchemy import func, select, update

from eid.accounts.asked_consents import SIGNATURE, AskedConsent, AskedThing
from eid.accounts.phone_questions import record_question, record_question_over
from eid.accounts.sessions import hash_token
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.errors import Conflict, NotFound, Refused, TooManyAttempts
from eid.events import ConsentAnsweredOnPhone
from eid.late_dataclasses import frozen
from eid.randomness import random_digits, random_token
from eid.signing.holder_certificate import HolderCertificate
from eid.signing.models import SigningRequest
from eid.signing.request_states import (
    HANDLE_LIFE,
    MOST_UNANSWERED,
    UNANSWERED_WITHIN,
    RequestState,
    Standing,
    Verdict,
    judge_request,
)


@frozen
class ToSign:
    """One thing that is to be signed."""

    digest: str
    """SHA-256, in hexadecimal."""
    title: str


@frozen
class Asker:
    """Who asks a holder to sign, as the phone shows it."""

    name: str
    purpose: str
    message: str = ""
    """What the asking screen shows too."""
    client_id: str | None = None
    """None for a page of ours."""


@frozen
class OpenedRequest:
    id: int
    handle: str = field(repr=False)
    number: int
    """For the asking screen to show, and the phone to be told."""
    expires_at: datetime


@frozen
class ShownRequest:
    """How it stands with a request, for the page that asked."""

    id: int
    state: RequestState
    number: int
    expires_at: datetime


def record_signing_request(certificate: HolderCertificate, documents: Sequence[ToSign], asker: Asker) -> OpenedRequest:
    """The holder's phone is asked to have these digests signed, for five minutes; the caller commits. What was asked before and
    not answered is over.

    Raises Refused: device_none; TooManyAttempts: signing_unanswered, where too many questions were not answered.
    """
    now = wall_now()
    _check_may_ask(certificate.person_id, now)
    _record_others_over(certificate.person_id, now)
    handle, number, until = random_token(), int(random_digits(2)), now + HANDLE_LIFE
    approval_id = record_question(
        certificate.account_id,
        asks=asker.name,
        purpose=asker.purpose,
        consent=AskedConsent(_list_things(documents), asker.message, kind=SIGNATURE),
        number=number,
        now=now,
        until=until,
        life=HANDLE_LIFE,
    )
    if approval_id is None:
        raise Refused("device_none", "No phone is bound to the account.")
    row = SigningRequest(
        handle_digest=hash_token(handle),
        client_id=asker.client_id,
        certificate_id=certificate.id,
        account_id=certificate.account_id,
        person_id=certificate.person_id,
        approval_id=approval_id,
        number=number,
        hash_name="sha256",
        digests=[each.digest for each in documents],
        opened_at=now,
        expires_at=until,
    )
    db.session.add(row)
    db.session.flush()
    _record(row, "open_signing_request", "asked", by_client=True)
    return OpenedRequest(row.id, handle, number, until)


def follow_signing_answer(answered: ConsentAnsweredOnPhone) -> None:
    """Handles ConsentAnsweredOnPhone, where it is about a signature: the answering transaction commits what follows from it.

    Raises Conflict where the request is over.
    """
    if answered.kind != SIGNATURE:
        return
    query = select(SigningRequest).where(SigningRequest.approval_id == answered.approval_id)
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    now = wall_now()
    if row is None or judge_request(_standing(row), now=now) is not RequestState.WAITING:
        raise Conflict("question_over", "This question is over, or was answered already.")
    row.verdict, row.decided_at = Verdict(answered.decision), now
    _record(row, "answer_signing_request", "done" if row.verdict == Verdict.APPROVED else "refused", by_client=False)


def find_signing_request(request_id: int, *, person_id: int) -> ShownRequest:
    """A request of a page of ours to this person. Raises NotFound: signing_request_unknown."""
    row = db.session.get(SigningRequest, request_id)
    if row is None or row.person_id != person_id or row.client_id is not None:
        raise NotFound("signing_request_unknown", "Nothing of this kind was asked.")
    return ShownRequest(row.id, judge_request(_standing(row), now=wall_now()), row.number, row.expires_at)


def find_by_handle(handle: str, *, client_id: str, person_id: int) -> SigningRequest | None:
    """What this service asked this person under this handle, its row held; None where there is nothing."""
    query = select(SigningRequest).where(
        SigningRequest.handle_digest == hash_token(handle),
        SigningRequest.client_id == client_id,
        SigningRequest.person_id == person_id,
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def find_by_sad(sad: str, *, client_id: str, person_id: int) -> SigningRequest | None:
    """What this service may have signed with these activation data, its row held; None where there is nothing."""
    query = select(SigningRequest).where(
        SigningRequest.sad_digest == hash_token(sad),
        SigningRequest.client_id == client_id,
        SigningRequest.person_id == person_id,
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def state_of(row: SigningRequest) -> RequestState:
    return judge_request(_standing(row), now=wall_now())


def record_request_used(request_id: int) -> None:
    """This transaction is the one that signs; raises Conflict where another was faster, or there is nothing to sign."""
    now = wall_now()
    using = (
        update(SigningRequest)
        .where(
            SigningRequest.id == request_id,
            SigningRequest.used_at.is_(None),
            SigningRequest.verdict == Verdict.APPROVED,
            SigningRequest.decided_at > now - HANDLE_LIFE,
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(using).rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("signing_request_over", "This was signed already, or too late.")


def _check_may_ask(person_id: int, now: datetime) -> None:
    since = now - UNANSWERED_WITHIN
    unanswered = select(func.count(), func.min(SigningRequest.opened_at)).where(
        SigningRequest.person_id == person_id,
        SigningRequest.opened_at > since,
        SigningRequest.verdict.is_(None) | (SigningRequest.verdict != Verdict.APPROVED),
    )
    count, first = db.session.execute(unanswered).one()
    if count >= MOST_UNANSWERED:
        raise TooManyAttempts(
            "signing_unanswered",
            "The phone was asked to sign too often without an approval. Wait a while.",
            retry_at=first + UNANSWERED_WITHIN,
        )


def _record_others_over(person_id: int, now: datetime) -> None:
    """First the questions, then the requests: the order in which an answer on the phone holds them."""
    waiting = SigningRequest.person_id == person_id, SigningRequest.decided_at.is_(None)
    for approval_id in db.session.scalars(select(SigningRequest.approval_id).where(*waiting)).all():
        record_question_over(approval_id, now=now)
    db.session.execute(
        update(SigningRequest)
        .where(*waiting)
        .values(verdict=Verdict.REPLACED, decided_at=now)
        .execution_options(synchronize_session=False)
    )


def _list_things(documents: Sequence[ToSign]) -> tuple[AskedThing, ...]:
    """Each with the digest that is signed: who has the file at hand can compare."""
    return tuple(
        AskedThing(f"{number}", (document.title, f"SHA-256 {document.digest}"), is_needed=True)
        for number, document in enumerate(documents, 1)
    )


def _standing(row: SigningRequest) -> Standing:
    return Standing(row.verdict, row.expires_at, row.decided_at, row.used_at)


def _record(row: SigningRequest, act: str, result: str, *, by_client: bool) -> None:
    is_client = by_client and row.client_id is not None
    record_act(
        act,
        actor_kind=ActorKind.CLIENT if is_client else ActorKind.PERSON,
        actor=row.client_id or "" if is_client else row.person_id,
        person_id=row.person_id,
        **({"client": row.client_id} if row.client_id else {}),
        digests=list(row.digests),
        result=result,
    )
