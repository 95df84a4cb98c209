"""A client's public keys: those of its registration, or those at the address that it registered (RFC 7591, section 2).

What was fetched is kept for a quarter of an hour, in this process; a key that is not among it is looked for once more, but not
more often than every half minute, whatever is asked and however the address answers.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock

from eid.clock import wall_now
from eid.crypto.jwks import PublicKey, parse_jwk_set, read_unverified_header
from eid.db import db
from eid.errors import Malformed, Refusal, Unavailable, VerificationFailed
from eid.fetching import fetch
from eid.late_dataclasses import frozen
from eid.oauth.models import Client

KEPT = timedelta(minutes=15)
PAUSE = timedelta(seconds=30)
MOST_SETS = 500


@frozen
class _KeptSet:
    keys: tuple[PublicKey, ...]
    fetched_at: datetime
    asked_at: datetime
    """When the address was asked last, even if it had nothing to say."""
    refusal: Refusal | None = None
    """Why there are no keys, where there are none."""

    def serves(self, now: datetime, *, again: bool) -> bool:
        """Whether the address need not be asked now; `again` where something was not found among the keys."""
        if now < self.asked_at:
            return False
        was_just_asked = now - self.asked_at < PAUSE
        return was_just_asked or (self.refusal is None and not again and now - self.fetched_at < KEPT)


class FetchedKeys:
    """Sets of keys by address, the least used forgotten first."""

    def __init__(self) -> None:
        self._sets: OrderedDict[str, _KeptSet] = OrderedDict()
        self._lock = Lock()

    def find(self, url: str, *, again: bool = False) -> tuple[PublicKey, ...]:
        """The keys at this address. Raises what fetch and parse_jwk_set raise."""
        now = wall_now()
        kept = self._find_kept(url)
        if kept is None or not kept.serves(now, again=again):
            kept = self._keep(url, _ask(url, kept, now))
        if kept.refusal is not None:
            raise kept.refusal.with_traceback(None)
        return kept.keys

    def find_kept(self, url: str) -> tuple[PublicKey, ...]:
        """The keys as they were found last, without asking anybody. Raises Unavailable (client_keys_unknown)."""
        kept = self._find_kept(url)
        if kept is None or kept.refusal is not None:
            raise Unavailable("client_keys_unknown", "The client's keys are not known at the moment; try again.")
        return kept.keys

    def _find_kept(self, url: str) -> _KeptSet | None:
        with self._lock:
            if url in self._sets:
                self._sets.move_to_end(url)
            return self._sets.get(url)

    def _keep(self, url: str, found: _KeptSet) -> _KeptSet:
        with self._lock:
            self._sets[url] = found
            self._sets.move_to_end(url)
            while len(self._sets) > MOST_SETS:
                self._sets.popitem(last=False)
        return found


fetched_keys = FetchedKeys()


def find_signature_keys(client: Client, token: str) -> tuple[PublicKey, ...]:
    """The keys that this token of the client may be signed with; none where it registered none.

    What the token says of its key decides only whether the address is asked again. Raises Malformed, Refused, Unavailable.
    """
    keys = find_registered_keys(client)
    kid = _read_kid(token)
    if client.jwks_uri is None or kid is None or any(key.kid == kid for key in keys):
        return keys
    return find_registered_keys(client, again=True)


def find_registered_keys(client: Client, *, again: bool = False) -> tuple[PublicKey, ...]:
    """Every public key of the client; `again` where one was not found among them.

    Nothing may have been written yet: no transaction is held while an address is asked.
    """
    if client.jwks_uri is None:
        return () if client.jwks is None else parse_jwk_set(client.jwks)
    return fetched_keys.find(client.jwks_uri, again=again)


def find_kept_keys(client: Client) -> tuple[PublicKey, ...]:
    """The client's keys without asking anybody: in the middle of a transaction that began with find_registered_keys."""
    if client.jwks_uri is None:
        return () if client.jwks is None else parse_jwk_set(client.jwks)
    return fetched_keys.find_kept(client.jwks_uri)


def _ask(url: str, kept: _KeptSet | None, now: datetime) -> _KeptSet:
    """What is there now; where that is nothing, what was kept, as long as it may be."""
    db.session.rollback()
    try:
        keys = parse_jwk_set(json.loads(fetch(url, accept="application/jwk-set+json, application/json").body))
    except (Refusal, ValueError, RecursionError) as error:
        if kept is not None and kept.refusal is None and now - kept.fetched_at < KEPT:
            return replace(kept, asked_at=now)
        return _KeptSet((), now, now, error if isinstance(error, Refusal) else _unreadable(error))
    return _KeptSet(keys, now, now)


def _unreadable(error: Exception) -> Malformed:
    return Malformed("jwks_malformed", "The client's keys cannot be read.", reason=type(error).__name__)


def _read_kid(token: str) -> str | None:
    try:
        kid = read_unverified_header(token).get("kid")
    except VerificationFailed:
        return None  # whoever verifies the token says so
    return kid if isinstance(kid, str) else None
