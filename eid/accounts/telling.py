"""Telling a holder what happened to the account, wherever they can be told: by text, by mail, and on their own pages.

Which language somebody reads is not on record: texts are Vietnamese, mails say it in Vietnamese and English, and a notice on
the pages is in the language of whoever looks at it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from eid.accounts.models import Account
from eid.accounts.recovery_models import HolderNotice
from eid.audit import ActorKind, record_act
from eid.clock import wall_now
from eid.db import db
from eid.outbox import MessageKind, post_message

MOST_NOTICES = 5


def tell_holder_everywhere(
    account: Account,
    text: str,
    *,
    mail: str = "",
    act: str,
    actor_kind: ActorKind = ActorKind.PERSON,
    actor: str | int | None = None,
) -> None:
    """Text the holder, mail them where the account has an address, leave a notice on their pages, and record the act.

    The caller commits. Without `mail`, the mail says what the text says. The actor is the holder unless told otherwise.
    """
    post_message(MessageKind.TEXT, recipient=account.phone, body=text)
    if account.email:
        post_message(MessageKind.MAIL, recipient=account.email, body=mail or text)
    db.session.add(HolderNotice(account_id=account.id, act=act, told_at=wall_now()))
    actor = account.person_id if actor is None else actor
    record_act(act, actor_kind=actor_kind, actor=actor, person_id=account.person_id)


def find_notices(account_id: int) -> Sequence[HolderNotice]:
    """What the holder has not yet said to have seen, newest first."""
    return db.session.scalars(
        select(HolderNotice)
        .where(HolderNotice.account_id == account_id, HolderNotice.seen_at.is_(None))
        .order_by(HolderNotice.id.desc())
        .limit(MOST_NOTICES)
    ).all()


def acknowledge_notices(account_id: int, *, up_to: int) -> None:
    """The holder has seen these, and those before them."""
    db.session.execute(
        update(HolderNotice)
        .where(HolderNotice.account_id == account_id, HolderNotice.id <= up_to, HolderNotice.seen_at.is_(None))
        .values(seen_at=wall_now())
    )
    db.session.commit()
