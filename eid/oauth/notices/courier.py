"""The courier: delivers every second, in the background, what is due."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from eid.background import Background
from eid.oauth.notices.delivery import deliver_due
from eid.oauth.notices.posting import Post, post_to_client

EVERY = timedelta(seconds=1)


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

    def work(self) -> None:
        """Deliver what is due now."""
        deliver_due(self._post)
