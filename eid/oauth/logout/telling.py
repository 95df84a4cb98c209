"""Back-channel logout: however sessions end, the services that took part in them are told, in the same transaction."""

from __future__ import annotations

from eid.clock import wall_now
from eid.events import SessionsEnded
from eid.oauth.logout.participants import find_participants
from eid.oauth.notices.models import NoticeKind
from eid.oauth.notices.outbox import post_notice


def tell_services_of_ended_sessions(ended: SessionsEnded) -> None:
    """Handles SessionsEnded: a logout token for each service with an address for it and each session that it knows."""
    now = wall_now()
    for participant in find_participants(ended.session_ids):
        if participant.client.backchannel_logout_uri is not None:
            claims = {"sub": participant.subject, "sid": participant.session_identifier}
            post_notice(NoticeKind.LOGOUT, client=participant.client.id, claims=claims, now=now)
