"""Sending something to an address that a client has registered, through the one guard of eid.fetching."""

from __future__ import annotations

from collections.abc import Callable

from eid import fetching

Post = Callable[[str, bytes, str, str], int]
"""post(url, body, content_type, authorization) → the HTTP status of the answer. Raises Refusal where there is none."""


def post_to_client(url: str, body: bytes, content_type: str, authorization: str) -> int:
    """The status with which the address answered this POST. Raises Malformed, Refused or Unavailable as eid.fetching.post."""
    return fetching.post(url, body, content_type, authorization=authorization).status
