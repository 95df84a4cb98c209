"""Acting for others: a guardian ends a disclosure of a child, a representative revokes a mandate, and the desk's part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.accounts.request_models import Request
from eid.accounts.requests import RequestState
from eid.accounts.service import find_account
from eid.accounts.ward_uses import Use, UseKind, check_use_agreed
from eid.clock import wall_now, world_today
from eid.credentials.additions import record_prepared_additions
from eid.db import db
from eid.errors import Refused
from eid.oauth.clients import register_client
from eid.oauth.consents import record_consent
from eid.population.service import find_person
from tests.browser.conftest import DESK, PHONE, TABLET
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor
from tests.representation import FORM, activate, approve

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def behind_the_pages(country: Country) -> Iterator[None]:
    with country.app.app_context():
        yield
        db.session.remove()


def account_id_of(country: Country, given_name: str) -> int:
    return find_account(find_person(country.cast(given_name).pin).id).id


def approve_all(country: Country) -> None:
    """The approver approves whatever waits."""
    with behind_the_pages(country):
        thu = account_id_of(country, "Thu")
        for request in db.session.scalars(select(Request).where(Request.state == RequestState.REQUESTED)).all():
            approve(request, thu)


def let_the_child_be(country: Country) -> None:
    """The child's account is active with its insurance, a service may read from it, and another use waits for the guardian."""
    with behind_the_pages(country):
        child = find_person(country.cast("Khang").pin)
        account = db.session.scalars(select(Account).where(Account.person_id == child.id)).one()
        activate(account)
        account.level = AccountLevel.TWO  # as a desk raises it; one of level 1 shows no papers
        record_prepared_additions(child.id, ["health_insurance"])
        scopes = ["openid", "profile"]
        back = "https://school.example/back"
        client = register_client(
            name="Trường học Mẫu", purpose="Ghi danh học sinh", redirect_uris=[back], scopes=scopes, required_scopes=[]
        ).client
        record_consent(child.id, client, asked=scopes, granted=scopes, now=wall_now())
        db.session.commit()
        use = Use(UseKind.SERVICE, client.client_id, client.name, client.purpose, ("openid", "profile"))
        with pytest.raises(Refused) as asked:
            check_use_agreed(child.id, use)
        assert asked.value.code == "guardian_asked"


def open_details(visitor: Visitor) -> None:
    visitor.page.eval_on_selector_all("main details", "all => all.forEach(one => { one.open = true })")
    visitor.look()


def test_a_guardian_opens_a_childs_account_agrees_to_a_use_and_ends_a_disclosure(
    visitor: Visitor, country: Country
) -> None:
    child = country.cast("Khang")
    sign_in(visitor, country, "Minh")
    visitor.follow("/citizen/wards/")
    assert visitor.reads(child.name)
    visitor.press("ask-child")
    assert visitor.page.locator(".notice.success").count() == 1
    assert visitor.page.locator("[data-act=ask-child]").count() == 0
    approve_all(country)
    let_the_child_be(country)
    visitor.goto("/citizen/wards/")
    assert visitor.reads("Trường học Mẫu") and visitor.reads("Ghi danh học sinh")
    visitor.press("approve")
    assert visitor.page.locator(".notice.success").count() == 1
    visitor.page.click("main .door a")
    visitor.page.wait_for_url("**/citizen/wards/*")
    visitor.look()
    assert visitor.reads(child.name) and visitor.reads("Trường học Mẫu")
    assert visitor.page.locator(".identity").count() == 1
    visitor.press("withdraw")
    assert visitor.page.locator(".notice.success").count() == 1
    assert visitor.page.locator("[data-act=withdraw]").count() == 0
    here = urlsplit(visitor.page.url).path
    visitor.goto(f"{here}/papers/health_insurance")
    visitor.fill(passcode=country.cast("Minh").passcode)
    visitor.press("continue")
    assert visitor.page.locator(".qr svg").count() == 1
    visitor.goto(here)
    open_details(visitor)
    visitor.press("lock")
    assert visitor.page.locator(".notice.warning").count() == 1


def test_a_representative_registers_an_organisation_and_a_mandate_ends_the_moment_it_is_revoked(
    visitor: Visitor, country: Country, chromium: Browser
) -> None:
    trang = country.cast("Trang")
    sign_in(visitor, country, "Phúc")
    visitor.follow("/citizen/organisations/")
    visitor.follow("/citizen/organisations/new")
    visitor.fill(code="12", name="Hợp tác xã Thử", founded_on="01/02/2021", head_office="Thôn Thử Nghiệm")
    visitor.press("continue")
    assert visitor.page.get_attribute("#code", "aria-invalid") == "true"
    visitor.fill(code="9900000025")
    visitor.press("continue")
    here = urlsplit(visitor.page.url).path
    approve_all(country)
    visitor.goto(here)
    open_details(visitor)
    visitor.fill(member_pin=trang.pin, member_name=trang.name)
    visitor.press("take-in")
    visitor.page.click("main .acts a")
    visitor.page.wait_for_url("**/members/*")
    visitor.look()
    visitor.page.check("#may-state")
    visitor.fill(last_day=f"{world_today() + timedelta(days=30):%d/%m/%Y}")
    visitor.press("give-mandate")
    assert visitor.page.locator("[data-act=revoke-mandate]").count() == 1

    width = visitor.page.viewport_size
    assert width is not None
    with Visitor.arriving(chromium, country.url, width=width["width"], language=visitor.language) as member:
        sign_in(member, country, "Trang", to=here)
        open_details(member)
        member.fill(recipient="Phòng khám Mẫu", text="Chúng tôi xác nhận.")
        member.press("sign-statement")
        assert member.reads("Chúng tôi xác nhận.")
        member.goto(here)
        open_details(member)
        visitor.press("revoke-mandate")
        assert visitor.page.locator("[data-act=revoke-mandate]").count() == 0
        member.fill(recipient="Phòng khám Mẫu", text="Chúng tôi xác nhận nữa.")
        member.press("sign-statement")
        assert member.page.locator("[data-code=mandate_missing]").count() == 1
        assert member.page.locator("[data-act=sign-statement]").count() == 0
    visitor.goto(here)
    assert visitor.reads(trang.name)
    visitor.press("lock")
    assert visitor.page.locator("[data-act=take-in]").count() == 0


def test_the_desk_takes_in_a_guardian_a_foreigner_and_an_organisation(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Lan", to="/desk/")
    visitor.fill(pin=country.cast("Khang").pin, purpose="Đề nghị mở tài khoản")
    visitor.press("look-up")
    visitor.follow(f"{urlsplit(visitor.page.url).path}/ward")
    visitor.fill(guardian_pin=country.cast("Bảo").pin)
    visitor.press("continue")
    assert visitor.page.locator(".notice.danger").count() == 1
    visitor.fill(guardian_pin=country.cast("Minh").pin)
    visitor.page.select_option("[name=level]", "2")
    visitor.press("continue")
    assert visitor.page.locator(".notice.success").count() == 1

    visitor.goto("/desk/")
    visitor.fill(pin=country.cast("Anna").pin, purpose="Gia hạn thẻ tạm trú")
    visitor.press("look-up")
    visitor.follow(f"{urlsplit(visitor.page.url).path}/foreigner")
    visitor.fill(residence_until="31/12/2020")
    visitor.press("enter-papers")
    assert visitor.page.get_attribute("#residence_until", "aria-invalid") == "true"
    visitor.fill(residence_until=f"{world_today() + timedelta(days=300):%d/%m/%Y}")
    visitor.press("enter-papers")
    assert visitor.page.locator(".notice.success").count() == 1

    visitor.goto("/desk/organisations/new")
    visitor.goto(f"/desk/organisations/?code={FORM.code}")
    open_details(visitor)
    visitor.fill(why="Thông báo 12/TB")
    visitor.page.select_option("[name=reason]", "dissolved")
    visitor.press("lock")
    assert visitor.page.locator(".tag.danger").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_these_pages_fit_a_tablet_too_empty_and_full(chromium: Browser, country: Country, scheme: str) -> None:
    for width, language in ((TABLET, "vi"), (PHONE if scheme == "dark" else DESK, "en")):
        with Visitor.arriving(chromium, country.url, width=width, language=language, scheme=scheme) as visitor:
            name = "Minh" if width == TABLET else "Phúc"
            sign_in(visitor, country, name)
            for path in ("/citizen/", "/citizen/wards/", "/citizen/organisations/", "/citizen/organisations/new"):
                visitor.goto(path)
