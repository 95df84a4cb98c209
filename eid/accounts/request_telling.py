"""Telling whoever asked what became of a request: by text and mail, and a lawful body by letter."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.request_lifecycle import RequestState
from eid.accounts.request_models import Request
from eid.accounts.request_plans import BY_AUTHORITY, BY_HOLDER, RequestKind
from eid.accounts.telling import tell_holder_everywhere
from eid.audit import ActorKind
from eid.config import current_settings
from eid.db import db
from eid.outbox import MessageKind, post_message

APPROVED_TEXT = "eid: Yeu cau so {number} cua ban da duoc phe duyet."
REFUSED_TEXT = (
    "eid: Yeu cau so {number} cua ban bi tu choi. Ly do: {reason} Ban co the khieu nai trong 90 ngay tai {address}."
)
AUTHORITY_LETTER = {
    RequestState.APPROVED: "Kính gửi {body}. Yêu cầu theo văn bản {document} đã được chấp thuận và thực hiện.",
    RequestState.REFUSED: "Kính gửi {body}. Yêu cầu theo văn bản {document} bị từ chối. Lý do: {reason}",
}
"""Decree 69/2024, article 29: a refusal is given in writing."""

TOLD_BY_EFFECT = (
    BY_AUTHORITY
    | BY_HOLDER
    | {
        RequestKind.ACCOUNT_LEVEL_1,
        RequestKind.ACCOUNT_LEVEL_2,
    }
)
"""Where what follows from an approval has its own message."""


def tell_of_decision(request: Request) -> None:
    """Whoever asked is told what was decided, and where to appeal; the caller commits."""
    if request.kind in BY_AUTHORITY:
        _write_to_authority(request)
        return
    if request.state == RequestState.APPROVED and request.kind in TOLD_BY_EFFECT:
        return
    template = APPROVED_TEXT if request.state == RequestState.APPROVED else REFUSED_TEXT
    account = _find_account_of_asker(request)
    here = "/citizen/requests" if account is not None else "/citizen/apply"
    address = current_settings().public_url + here
    text = template.format(number=request.id, reason=request.reason, address=address)
    if account is not None:
        actor = {"actor_kind": ActorKind.OFFICER, "actor": request.officer_id or ""}
        tell_holder_everywhere(account, text, act="tell_of_decision", **actor)  # type: ignore[arg-type]
        return
    if phone := request.details.get("phone"):
        post_message(MessageKind.TEXT, recipient=str(phone), body=text)
    if email := request.details.get("email"):
        post_message(MessageKind.MAIL, recipient=str(email), body=text)


def _write_to_authority(request: Request) -> None:
    body, document = str(request.details.get("authority", "")), str(request.details.get("document", ""))
    letter = AUTHORITY_LETTER[RequestState(request.state)]
    text = letter.format(body=body, document=document, reason=request.reason)
    post_message(MessageKind.LETTER, recipient=body[:254], body=text)


def _find_account_of_asker(request: Request) -> Account | None:
    if request.asked_by_account_id is not None:
        return db.session.get_one(Account, request.asked_by_account_id)
    return db.session.scalar(select(Account).where(Account.person_id == request.person_id))
