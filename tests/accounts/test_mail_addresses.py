"""Mail addresses."""

from __future__ import annotations

import pytest

from eid.accounts.mail_addresses import parse_mail_address
from eid.errors import Malformed


def test_an_address_is_taken_as_it_is_and_nothing_as_none() -> None:
    assert parse_mail_address("  minh.tran+eid@example.test ") == "minh.tran+eid@example.test"
    assert parse_mail_address(" ") is None


@pytest.mark.parametrize(
    "text",
    ["minh", "minh@", "@example.test", "minh@example", "a b@example.test", "a@b@c.test", "a@-b.test", "ă@b.test"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_mail_address(text)
    assert refused.value.code == "email_malformed"


def test_an_address_is_no_longer_than_its_column() -> None:
    with pytest.raises(Malformed) as refused:
        parse_mail_address(f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 10}.test")
    assert refused.value.code == "email_malformed"
