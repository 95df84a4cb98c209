"""A service with people who can sign in and a client that may ask them: makes eid's state for the settings of the environment.

python -m benchmarks.peers.eid_state PEOPLE ACCOUNTS CARDS prints one JSON document: the client, and the accounts' secrets.
"""

from __future__ import annotations

import json
import sys
from datetime import date

from benchmarks.accounts import record_active_account
from benchmarks.peers.sign_ins import REDIRECT_URI
from eid.accounts.authenticators import build_secret_hash
from eid.accounts.levels import AuthenticationLevel
from eid.app import create_app
from eid.cards.folder import write_card_folder
from eid.cards.service import issue_card
from eid.clock import wall_now
from eid.config import Settings, current_settings
from eid.db import close_database, db
from eid.oauth.clients import register_client
from eid.population.loading import load_population
from eid.population.models import Person

PASSWORD, PASSCODE = "HoaSen#1990", "270519"
OWN_SCOPE = "health_insurance"
TEN_MILLION = 10_000_000
CARDS = "measured-cards"
"""The folder of the state in which the cards lie, each in one of its own."""


def record_accounts(count: int) -> list[str]:
    """The PINs of this many people who have active accounts from now on, spread over the register; all have one password."""
    password, passcode, now = build_secret_hash(PASSWORD), build_secret_hash(PASSCODE), wall_now()
    adults = db.session.query(Person).filter(Person.birth_date < date(2000, 1, 1), Person.died_on.is_(None))
    step = max(1, adults.count() // (count + 1))
    found = []
    for person in adults.order_by(Person.id)[::step][:count]:
        record_active_account(person, password_hash=password, passcode_hash=passcode, now=now)
        found.append(person.pin)
    db.session.commit()
    return found


def make_state(people: int, accounts: int, cards: int) -> dict[str, object]:
    load_population(people=people, seed=1)
    pins = record_accounts(accounts)
    registered = register_client(
        name="Measured",
        purpose="To be measured",
        redirect_uris=[REDIRECT_URI],
        scopes=["profile", OWN_SCOPE],
        own_scopes=[OWN_SCOPE],
        default_level=AuthenticationLevel.LOA1,
        requests_per_minute=TEN_MILLION,
        sign_ins_per_day=TEN_MILLION,
    )
    for pin in pins[:cards]:
        write_card_folder(issue_card(pin), current_settings().state_dir / CARDS / pin)
    return {"client_id": registered.client_id, "client_secret": registered.secret, "pins": pins}


def main(people: int, accounts: int, cards: int) -> None:
    app = create_app(Settings.from_env())
    with app.app_context():
        made = make_state(people, accounts, cards)
        close_database()
    print(json.dumps(made))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
