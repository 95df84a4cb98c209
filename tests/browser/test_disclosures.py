"""A citizen sees who looked, chooses a part of the list, keeps it, and reports what is not known; the desk answers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from eid.accounts.desk import look_up_person
from eid.audit import ActorKind, record_disclosure
from eid.db import db
from tests.browser.country import Country, sign_in
from tests.browser.visitor import Visitor
from tests.engines import one_engine


@pytest.fixture
def looked_at(country: Country) -> None:
    """Minh's record was opened, and a clinic read it twenty times."""
    with country.app.app_context():
        for number in range(20):
            record_disclosure(
                "read_userinfo",
                person_id=2,
                actor_kind=ActorKind.CLIENT,
                actor="phong-kham",
                attributes=["sub", "name", "birthdate", "health_insurance"],
                purpose=f"Tiếp đón người bệnh {number}",
            )
        db.session.commit()
        look_up_person(country.cast("Minh").pin, purpose="kiểm tra hồ sơ", officer=3)
        db.session.remove()


@one_engine
@pytest.mark.usefixtures("looked_at")
def test_what_was_disclosed_is_read_kept_and_reported(visitor: Visitor, country: Country, tmp_path: Path) -> None:
    sign_in(visitor, country, "Minh")
    visitor.follow("/citizen/disclosures")
    assert visitor.reads("kiểm tra hồ sơ")
    visitor.go_by(".pager [rel=next]")
    assert visitor.reads("Tiếp đón người bệnh 0")
    visitor.goto("/citizen/disclosures")
    visitor.page.click("summary")
    visitor.page.select_option("[name=service]", "-")
    visitor.press("filter")
    assert visitor.reads("kiểm tra hồ sơ")
    assert not visitor.reads("Tiếp đón người bệnh")
    with visitor.page.expect_download() as download:
        visitor.page.click("a[href*='file.csv']")
    download.value.save_as(tmp_path / "kept.csv")
    with (tmp_path / "kept.csv").open(encoding="utf-8-sig") as kept:
        assert [line[3] for line in csv.reader(kept)][1:] == ["kiểm tra hồ sơ"]
    visitor.go_by("a[href$='/report']")
    visitor.fill(remark="Tôi không biết việc này.")
    visitor.press("report")
    assert visitor.page.locator(".tag.warning").count() == 1
    visitor.goto("/citizen/disclosures?from=hôm+qua")
    assert visitor.page.locator("[aria-invalid=true]").count() == 1
    visitor.goto("/citizen/")
    visitor.press("sign-out")
    sign_in(visitor, country, "Lan", to="/desk/disclosure-reports")
    assert visitor.reads("Tôi không biết việc này.")
    visitor.fill(answer="Cán bộ đã kiểm tra theo yêu cầu.")
    visitor.press("answer")
    assert visitor.page.locator(".empty").count() == 1


@one_engine
def test_somebody_of_whom_nothing_was_read_is_told_so(visitor: Visitor, country: Country) -> None:
    sign_in(visitor, country, "Minh")
    visitor.goto("/citizen/disclosures")
    assert visitor.page.locator(".empty").count() == 1
    assert visitor.page.locator("a[href*='file.csv']").count() == 0
