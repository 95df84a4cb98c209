"""Who may not decide: nobody on their own request, nobody twice on one, nobody on an appeal against what they refused. Pure."""

from __future__ import annotations

from collections.abc import Collection

from eid.errors import Refused


def check_not_concerned(officer: int, *, concerned: Collection[int | None]) -> None:
    """Raise Refused where the officer's own account is among those that the request is about or came from."""
    if officer in concerned:
        raise Refused("own_request", "Another officer must do this: it is about you.")


def check_other_eyes(officer: int, *, earlier: Collection[int | None]) -> None:
    """Raise Refused where this officer has had an earlier stage, or had a part in the refusal that is appealed against."""
    if officer in earlier:
        raise Refused("four_eyes", "Another officer must do this: you have had a part in it before.")
