"""What happens to accounts, told to services: handlers of eid.events, in the transaction of the act."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from eid.clock import wall_now
from eid.events import (
    AccountClosed,
    AccountLevelChanged,
    AccountLocked,
    AccountUnlocked,
    PhoneChanged,
    PossessionChanged,
    SecretChanged,
    SessionsEnded,
)
from eid.oauth.logout.participants import Participant, find_participants
from eid.oauth.signals.audience import find_listening_streams, post_signal, post_to_stream
from eid.oauth.signals.event_types import (
    ACCOUNT_DISABLED,
    ACCOUNT_ENABLED,
    ACCOUNT_PURGED,
    ASSURANCE_LEVEL_CHANGE,
    CREDENTIAL_CHANGE,
    SESSION_REVOKED,
    build_credential_change,
    build_level_change,
    build_session_revoked,
)


def signal_account_locked(locked: AccountLocked) -> None:
    """Handles AccountLocked, whatever the ground: a death, too, is told as no more than that."""
    post_signal(locked.person_id, ACCOUNT_DISABLED, {}, now=wall_now())


def signal_account_unlocked(unlocked: AccountUnlocked) -> None:
    """Handles AccountUnlocked."""
    post_signal(unlocked.person_id, ACCOUNT_ENABLED, {}, now=wall_now())


def signal_account_closed(closed: AccountClosed) -> None:
    """Handles AccountClosed."""
    post_signal(closed.person_id, ACCOUNT_PURGED, {}, now=wall_now())


def signal_level_changed(changed: AccountLevelChanged) -> None:
    """Handles AccountLevelChanged."""
    now = wall_now()
    payload = build_level_change(str(changed.before), str(changed.after), now)
    post_signal(changed.person_id, ASSURANCE_LEVEL_CHANGE, payload, now=now)


def signal_secret_changed(changed: SecretChanged) -> None:
    """Handles SecretChanged."""
    _signal_credential(changed.person_id, changed.kind, "update")


def signal_possession_changed(changed: PossessionChanged) -> None:
    """Handles PossessionChanged."""
    _signal_credential(changed.person_id, changed.kind, changed.change)


def signal_phone_changed(changed: PhoneChanged) -> None:
    """Handles PhoneChanged: texted codes prove another phone from now on."""
    _signal_credential(changed.person_id, "phone", "update")


def signal_sessions_ended(ended: SessionsEnded) -> None:
    """Handles SessionsEnded: services that took part are told of their sessions, or of all where the account has none left."""
    now = wall_now()
    for client_id, group in groupby(find_participants(ended.session_ids), key=lambda found: found.client.id):
        participants = list(group)
        streams = find_listening_streams(participants[0].person_id, SESSION_REVOKED, clients=[client_id])
        for subject in _name_sessions(participants, is_whole_account=ended.is_whole_account):
            for stream in streams:
                post_to_stream(stream, SESSION_REVOKED, build_session_revoked(now), subject=subject, now=now)


def _name_sessions(participants: Iterable[Participant], *, is_whole_account: bool) -> list[dict[str, str]]:
    """Each subject once: the person where every session is over, else each session of theirs."""
    named = [
        {"sub": found.subject} if is_whole_account else {"sub": found.subject, "sid": found.session_identifier}
        for found in participants
    ]
    return [subject for number, subject in enumerate(named) if subject not in named[:number]]


def _signal_credential(person_id: int, kind: str, change: str) -> None:
    now = wall_now()
    post_signal(person_id, CREDENTIAL_CHANGE, build_credential_change(str(kind), change, now), now=now)
