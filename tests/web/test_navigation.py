"""The main navigation shows each the ways that are theirs, and marks where they are."""

from flask import Flask
from flask_babel import force_locale

from eid.callers import Caller
from eid.config import Settings
from eid.web.navigation import find_doors, find_links, footer_links


def test_strangers_see_the_doors(app: Flask, settings: Settings) -> None:
    with app.test_request_context("/"):
        assert [link.address for link in find_links(settings, Caller.ANYBODY)] == [
            door.address for door in find_doors(settings)
        ]


def test_officers_see_the_desk_first_and_it_is_marked(app: Flask, settings: Settings) -> None:
    with app.test_request_context("/desk/look-ups/1"):
        assert [(link.address, link.is_current) for link in find_links(settings, Caller.OFFICER)] == [
            ("/desk/", True),
            ("/desk/reviews", False),
            ("/desk/cards/verify", False),
            ("/citizen/", False),
        ]
    with app.test_request_context("/desk/cards/verify"):
        current = [link.address for link in find_links(settings, Caller.OFFICER) if link.is_current]
    assert current == ["/desk/cards/verify"]


def test_no_link_leads_nowhere(app: Flask, settings: Settings) -> None:
    with app.test_request_context("/"):
        adapter = app.url_map.bind("")
        for caller in Caller:
            assert all(adapter.test(link.address, method="GET") for link in find_links(settings, caller))


def test_links_are_in_the_language_of_each_page(app: Flask, settings: Settings) -> None:
    for _ in range(2):
        for language, door, foot in (("vi", "Công dân", "Mọi lối vào"), ("en", "Citizens", "All doors")):
            with app.test_request_context("/"), force_locale(language):
                assert (find_links(settings, Caller.ANYBODY)[0].label, footer_links()[0].label) == (door, foot)
