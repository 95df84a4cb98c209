"""Every page that is reached by its address alone, by who may see it, and a citizen who has something on each."""

from __future__ import annotations

from eid.accounts.declarations import declare_email, declare_residence
from eid.accounts.levels import Factor
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.clock import wall_now
from eid.db import db
from eid.oauth.clients import register_client
from eid.oauth.consents import record_consent
from eid.population.homes import Address
from eid.population.places import list_communes
from eid.population.service import find_person
from tests.browser.country import Country

PUBLIC = (
    "/",
    "/services/",
    "/services/scores",
    "/agencies/",
    "/conformance",
    "/conformance/fapi2-security-profile-final-test-plan",
    "/api/docs",
    "/api/docs/cards",
    "/outbox/",
    "/command-centre/load",
    "/citizen/activate",
    "/citizen/activate/hotline",
    "/citizen/apply",
    "/citizen/recovery",
    "/citizen/sign-in",
    "/citizen/unlock",
    "/device",
    "/device/done",
    "/nowhere",
)
CITIZEN = (
    "/citizen/",
    "/citizen/card",
    "/citizen/card/code",
    "/citizen/card/lost",
    "/citizen/changes",
    "/citizen/changes/email",
    "/citizen/changes/email/code",
    "/citizen/changes/residence",
    "/citizen/close",
    "/citizen/confirmations",
    "/citizen/criminal-records/",
    "/citizen/disclosures",
    "/citizen/lock",
    "/citizen/organisations/",
    "/citizen/requests",
    "/citizen/wards/",
    "/citizen/papers/",
    "/citizen/papers/driving_licence",
    "/citizen/papers/poverty/request",
    "/citizen/papers/driving_licence/wallet",
    "/citizen/papers/identity/wallet",
    "/citizen/papers/show",
    "/citizen/security/",
    "/citizen/security/phone",
    "/citizen/services",
    "/citizen/signing/",
    "/citizen/social-security",
    "/services/mine",
)
DESK = ("/desk/", "/desk/cards/verify")

CLINIC = "Phòng khám Thử Nghiệm"


def fill_pages(country: Country, given_name: str = "Thắng") -> None:
    """Afterwards this one of the cast has agreed to two services, declared a residence, and waits for a mailed code."""
    member = country.cast(given_name)
    with country.app.app_context():
        person_id = find_person(member.pin).id
        for name, scopes, granted in (
            (CLINIC, ["openid", "profile", "address", "phone"], ["openid", "profile", "address", "phone"]),
            ("Ngân hàng Mẫu", ["openid", "identity", "email"], ["openid", "identity"]),
        ):
            service = register_client(
                name=name,
                purpose="Tiếp đón người bệnh và lập hồ sơ",
                redirect_uris=["https://service.example.test/back"],
                scopes=scopes,
                required_scopes=scopes[:2],
            )
            record_consent(person_id, service.client, asked=scopes, granted=granted, now=wall_now())
        now, account = wall_now(), find_account(person_id)
        factors = [UsedFactor(Factor.PASSWORD, now), UsedFactor(Factor.TOTP, now)]
        session = record_session(account, factors, now=now).session
        db.session.commit()
        declare_residence(session, Address("79", list_communes("79")[0].name, "Số 9, đường Thử"))
        declare_email(session, password=member.password, email="thang@thu.example.test")
        db.session.remove()
