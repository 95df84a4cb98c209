"""Pages read as a program: forms, fields, buttons by what they do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eid.scenarios.pages import find_form, parse_forms

PAGE = """
<form action="/language" method="post"><input name="locale" value="en"><button>English</button></form>
<form method="post" action="/citizen/sign-in?next=%2Fa%3Fb%3D1&amp;x=1">
  <input type="hidden" name="csrf_token" value="abc&quot;d">
  <label>PIN <input name="pin" inputmode="numeric"></label>
  <input type="password" name="password">
  <input type="hidden" name="scope" value="openid"><input type="hidden" name="scope" value="profile">
  <input type="checkbox" name="agreed" value="yes"><input type="checkbox" name="scope" value="health_insurance" checked>
  <input type="checkbox" name="scope" value="profile" checked disabled><input type="radio" name="how" value="1">
  <select name="level"><option value="1">1</option></select>
  <button data-act="sign-in" name="act" value="go">Sign in</button>
  <button data-act="deny">No</button>
</form>
<form id="later" action="there"></form>
<button form="later" data-act="sign-out">Out</button>
"""
URL = "http://localhost:8000/citizen/sign-in?next=/x"


def test_the_form_that_leads_on_is_found_by_what_its_button_does() -> None:
    found = find_form(PAGE, url=URL, acts=("approve", "sign-in"))
    assert found
    form, act = found
    assert act == "sign-in"
    assert (form.method, form.action) == ("POST", "http://localhost:8000/citizen/sign-in?next=%2Fa%3Fb%3D1&x=1")


def test_what_is_typed_fills_fields_that_are_there_and_every_box_is_ticked() -> None:
    form = parse_forms(PAGE, url=URL)[1]
    assert form.fill("sign-in", {"pin": "901190000101", "otp": "123456"}) == [
        ("csrf_token", 'abc"d'),
        ("pin", "901190000101"),
        ("password", ""),
        ("scope", "openid"),
        ("scope", "profile"),
        ("level", ""),
        ("agreed", "yes"),
        ("scope", "health_insurance"),
        ("act", "go"),
    ]
    assert ("act", "go") not in form.fill("deny", {})


def test_a_button_outside_belongs_to_the_form_that_it_names() -> None:
    found = find_form(PAGE, url=URL, acts=("sign-out",))
    assert found
    assert found[0].action == "http://localhost:8000/citizen/there"


def test_a_page_without_a_way_on_has_none() -> None:
    assert find_form("<p>Not found</p>", url=URL, acts=("continue",)) is None


@given(page=st.text())
def test_no_page_breaks_the_reader(page: str) -> None:
    assert find_form(page, url=URL, acts=("continue",)) is None or "continue" in page
