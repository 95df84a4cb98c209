"""Whoever has a new PIN and an account is told by text that the old one is good for nothing; the number itself is not in it."""

from __future__ import annotations

from sqlalchemy import select

from eid.accounts.models import Account
from eid.db import db
from eid.events import PinReplaced
from eid.outbox import MessageKind, post_message

NEW_PIN_TEXT = (
    "eid: So dinh danh ca nhan cua ban da duoc xac lap lai. So moi o trong thu gui den noi cu tru; hay dang nhap bang so moi "
    "va lam lai the can cuoc."
)


def tell_of_new_pin(replaced: PinReplaced) -> None:
    """Handler: the holder of an account is told; the letter with the number was posted by the register."""
    phone = db.session.scalar(select(Account.phone).where(Account.person_id == replaced.person_id))
    if phone is not None:
        post_message(MessageKind.TEXT, recipient=phone, body=NEW_PIN_TEXT)
