"""A receiver of notices, and a service in a citizen's session that is to hear of its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from eid.clock import wall_now
from eid.db import db
from eid.errors import Unavailable
from eid.oauth.clients import RegisteredClient, register_client
from eid.oauth.consents import record_consent
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import AuthorizationCode
from eid.randomness import random_bytes
from tests.oauth.conftest import BACK, Citizen

HOOK = "https://clinic.example/backchannel_logout"


@dataclass
class Received:
    url: str
    body: bytes
    content_type: str
    authorization: str

    @property
    def logout_token(self) -> str:
        return parse_qs(self.body.decode())["logout_token"][0]


@dataclass
class Receiver:
    """The other end of post(): remembers what came, and answers with these statuses in turn, the last one for ever.

    0 stands for an address that does not answer.
    """

    statuses: list[int] = field(default_factory=lambda: [200])
    received: list[Received] = field(default_factory=list)
    while_posting: Callable[[], None] = lambda: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, url: str, body: bytes, content_type: str, authorization: str) -> int:
        with self._lock:
            self.received.append(Received(url, body, content_type, authorization))
            status = self.statuses[min(len(self.received), len(self.statuses)) - 1]
        self.while_posting()
        if status == 0:
            raise Unavailable("client_unreachable", "The service's address does not answer.")
        return status


def take_part(citizen: Citizen, name: str = "Phòng khám Thử", *, hook: str | None = HOOK) -> RegisteredClient:
    """A service that was given a code in the citizen's session, and has their consent; committed."""
    scopes = ["openid", "identity"]
    registered = register_client(
        name=name,
        redirect_uris=[BACK],
        scopes=scopes,
        own_scopes=["ssf.manage"],
        logout=LogoutAddresses(backchannel_logout_uri=hook),
    )
    record_consent(citizen.person_id, registered.client, asked=scopes, granted=scopes, now=wall_now())
    record_given_code(citizen, registered)
    db.session.commit()
    return registered


def record_given_code(citizen: Citizen, registered: RegisteredClient, session_id: int | None = None) -> None:
    now = wall_now()
    db.session.add(
        AuthorizationCode(
            code_digest=random_bytes(32),
            client_id=registered.client.id,
            person_id=citizen.person_id,
            account_id=citizen.account.id,
            session_id=session_id or citizen.new_session.session.id,
            scopes=["openid"],
            redirect_uri=BACK,
            code_challenge="c" * 43,
            acr="LoA2",
            amr=["pwd"],
            authenticated_at=now,
            issued_at=now,
            expires_at=now,
        )
    )
