"""Defects of accounts, made by hand; of the father, who has a good card, unless told otherwise."""

from __future__ import annotations

from typing import Any

from tests.population.quality.deck.entry import Entry, entry

EXPIRED = {"issued_on": "2015-03-12", "changed_on": "2015-03-12", "expires_on": "2020-03-12"}
DEAD = ("grandfather", {"issued_on": "2018-01-01", "changed_on": "2020-05-06", "state": "revoked"})
WAITING = {"state": "approved", "activated_at": None}


def wrong(told: str, rule: str, **account: Any) -> Entry:
    return entry(told, {rule: "father"}, cards=[("father", {})], accounts=[("father", account)])


def card_wrong(told: str, rule: str, card: dict[str, Any], **account: Any) -> Entry:
    return entry(told, {rule: "father"}, cards=[("father", card)], accounts=[("father", account)])


ENTRIES = [
    entry(
        "an account of a girl of eleven",
        {"account-age": "daughter"},
        cards=[("daughter", {})],
        accounts=[("daughter", {})],
    ),
    entry(
        "an account on the day before the fourteenth birthday",
        {"account-age": "daughter"},
        daughter={"birth_date": "2012-07-02"},
        cards=[("daughter", {"expires_on": "2037-07-02"})],
        accounts=[("daughter", {})],
    ),
    entry(
        "an account of level 2 of a baby with a guardian",
        {"account-age": "baby"},
        cards=[("baby", {"issued_on": "2026-03-01", "changed_on": "2026-03-01", "expires_on": "2040-02-03"})],
        accounts=[("baby", {"guardian": "mother"})],
    ),
    wrong("locked without a reason", "account-lock", state="locked"),
    wrong("active with a reason", "account-lock", state="active", locked_for="holder"),
    wrong("waiting with a reason", "account-lock", **WAITING, locked_for="authority"),
    wrong("active, never activated", "account-activated", activated_at=None),
    wrong("activated, waiting", "account-activated", state="approved"),
    wrong("activated after eight days", "account-overdue", activated_at="2026-03-10"),
    wrong("activated before approval", "account-order", activated_at="2026-03-01"),
    wrong("approved tomorrow", "account-order", **WAITING, approved_at="2026-07-02", activate_by="2026-07-09"),
    wrong("activated tomorrow", "account-order", activated_at="2026-07-02", activate_by="2026-07-09"),
    wrong("a telephone of the account of nine digits", "account-phone", phone="012345678"),
    wrong("a telephone of the account without its zero", "account-phone", phone="8412345678"),
    wrong("a telephone with a letter", "account-phone", phone="01234567x9"),
    entry("an account without a card", {"account-card": "father"}, accounts=[("father", {})]),
    wrong("without a passcode", "account-secret", secrets="password"),
    wrong("without a password", "account-secret", secrets="passcode totp"),
    wrong("locked, without any secret", "account-secret", locked_for="holder", secrets=""),
    entry(
        "the account of the dead, active",
        {"account-dead": "grandfather", "account-card-ended": "grandfather"},
        cards=[DEAD],
        accounts=[("grandfather", {})],
    ),
    entry(
        "the account of the dead, waiting",
        {"account-dead": "grandfather", "account-card-ended": "grandfather"},
        cards=[DEAD],
        accounts=[("grandfather", WAITING)],
    ),
    entry(
        "the account of the dead, locked for the card alone",
        {"account-dead": "grandfather"},
        cards=[DEAD],
        accounts=[("grandfather", {"locked_for": "card"})],
    ),
    card_wrong("an account after the card was lost", "account-card-ended", {"state": "lost"}),
    card_wrong("an account after the card was withheld", "account-card-ended", {"state": "withheld"}),
    card_wrong("an account after the card was revoked", "account-card-ended", {"state": "revoked"}),
    card_wrong("a waiting account after the card was lost", "account-card-ended", {"state": "lost"}, **WAITING),
    card_wrong("locked for the holder alone", "account-card-ended", {"state": "lost"}, locked_for="holder"),
    entry(
        "an account after the newer card was lost",
        {"account-card-ended": "father"},
        cards=[("father", {"state": "replaced"}), ("father", {"nth": 2, "state": "lost"})],
        accounts=[("father", {})],
    ),
    card_wrong("a card past its last day in use", "account-card-expired", EXPIRED),
    card_wrong("a waiting account of an expired card", "account-card-expired", EXPIRED, **WAITING),
    card_wrong("an expired card, locked for the holder alone", "account-card-expired", EXPIRED, locked_for="holder"),
    wrong("locked for a good card", "account-card-good", locked_for="card"),
    wrong("locked for a good card, and more", "account-card-good", locked_for="card holder"),
    wrong("signed in to a locked account", "account-session", locked_for="holder", signed_in=True),
    wrong("signed in to a closed account", "account-session", state="closed", signed_in=True),
]
