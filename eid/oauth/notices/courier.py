"""The courier: delivers every second, in the background, what is due."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from eid.background import Background
from eid.clock import wall_now
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.outbox import drop_old_notices
from eid.oauth.notices.posting import Post, post_to_client

EVERY = timedelta(seconds=1)
SWEEP_EVERY = timedelta(hours=1)


class Courier(Background):
    name = "courier"
    failure = "notices_not_delivered"

    def __init__(
        self,
        context: Callable[[], AbstractContextManager[object]],
        *,
        post: Post = post_to_client,
        every: timedelta = EVERY,
    ) -> None:
        super().__init__(context, every=every)
        self._post = post
        self._swept_at: datetime | None = None

    def work(self) -> None:
        """Deliver what is due now, and once an hour forget what is old."""
        deliver_due(self._post)
        now = wall_now()
        if self._swept_at is None or now >= self._swept_at + SWEEP_EVERY:
            self._swept_at = now
            drop_old_notices()
