"""A holder is told by text, and by mail where the account has an address."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.models import Account
from eid.accounts.telling import tell_holder_everywhere
from eid.audit import ActorKind, AuditEntry
from eid.db import db
from eid.outbox import MessageKind, OutboxMessage
from eid.population.models import Person


def told() -> list[tuple[str, str, str]]:
    messages = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    return [(message.kind, message.recipient, message.body) for message in messages]


def test_a_holder_without_mail_address_is_told_by_text(account: Account, person: Person) -> None:
    tell_holder_everywhere(account, "eid: Da doi.", act="change_password")
    db.session.commit()
    assert told() == [(MessageKind.TEXT, account.phone, "eid: Da doi.")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "change_password")).one()
    assert (entry.actor_kind, entry.actor, entry.person_id) == (ActorKind.PERSON, str(person.id), person.id)


def test_a_holder_with_mail_address_is_told_by_both(account: Account) -> None:
    account.email = "minh@example.test"
    tell_holder_everywhere(account, "eid: Da doi.", mail="Mật khẩu đã được thay đổi.", act="change_password")
    tell_holder_everywhere(account, "eid: Het.", act="change_password", actor_kind=ActorKind.SYSTEM, actor="")
    db.session.commit()
    assert [body for kind, recipient, body in told() if (kind, recipient) == ("mail", account.email)] == [
        "Mật khẩu đã được thay đổi.",
        "eid: Het.",
    ]
