"""The ways through the service: which doors there are, and which of them this build has.

A door is shown from the day its address is routed, so nothing here leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app, request
from flask_babel import get_locale, lazy_gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from eid.callers import Caller
from eid.config import Settings
from eid.late_dataclasses import frozen
from eid.web.forms import form_address


@frozen
class Door:
    address: str
    label: Any
    about: Any
    icon: str
    demo_only: bool = False


@frozen
class Link:
    address: str
    label: str
    is_current: bool


DOORS = (
    Door(
        "/citizen/",
        lazy_gettext("Citizens"),
        lazy_gettext("Activate an account, sign in, see your card and papers."),
        "person",
    ),
    Door(
        "/desk/",
        lazy_gettext("Desk"),
        lazy_gettext("For officers: find a person, open an account, lock and unlock it."),
        "desk",
    ),
    Door(
        "/services/",
        lazy_gettext("Relying services"),
        lazy_gettext("Connect a service: register it, try a sign-in, read how it works."),
        "service",
    ),
    Door(
        "/command-centre/",
        lazy_gettext("Command centre"),
        lazy_gettext("Figures by province and by stage."),
        "search",
    ),
    Door(
        "/testers/",
        lazy_gettext("Testers"),
        lazy_gettext("Load scenarios and their reports."),
        "flask",
    ),
    Door(
        "/api/docs",
        lazy_gettext("API"),
        lazy_gettext("Every operation of the JSON interface, with examples."),
        "code",
    ),
    Door(
        "/outbox/",
        lazy_gettext("Outbox"),
        lazy_gettext("Texts and mails as they would have been sent. Nothing leaves this machine."),
        "mailbox",
        demo_only=True,
    ),
)


OWN_LINKS = {
    Caller.SIGNED_IN: (
        ("/citizen/", lazy_gettext("Identity")),
        ("/citizen/requests", lazy_gettext("Requests")),
        ("/citizen/services", lazy_gettext("Services")),
        ("/citizen/security/", lazy_gettext("Security")),
    ),
    Caller.OFFICER: (
        ("/desk/", lazy_gettext("Desk")),
        ("/desk/reviews", lazy_gettext("Reviews")),
        ("/desk/cards/verify", lazy_gettext("Read a card")),
        ("/citizen/", lazy_gettext("Your identity")),
    ),
}
"""Where those who are signed in go, instead of the doors."""

OWN_DOORS = (
    Door(
        "/citizen/requests",
        lazy_gettext("Requests"),
        lazy_gettext("What you asked the authority for, and how far it is."),
        "clock",
    ),
    Door(
        "/citizen/changes",
        lazy_gettext("Report a change"),
        lazy_gettext("A new place of residence or e-mail address, to be confirmed."),
        "document",
    ),
    Door(
        "/citizen/signing/",
        lazy_gettext("Sign documents"),
        lazy_gettext("A PDF that you bring, approved on your phone and signed."),
        "document",
    ),
    Door(
        "/citizen/services",
        lazy_gettext("Your services"),
        lazy_gettext("See which services may read what you agreed to, and end it."),
        "service",
    ),
    Door(
        "/citizen/disclosures",
        lazy_gettext("Who read your data"),
        lazy_gettext("Who was told what of yours, when and what for."),
        "search",
    ),
    Door(
        "/citizen/device",
        lazy_gettext("Your phone"),
        lazy_gettext("The phone that approves what you do, and what it is asked."),
        "phone",
    ),
    Door(
        "/citizen/confirmations",
        lazy_gettext("Services that ask you"),
        lazy_gettext("What a counter or a call of yours asks you to confirm just now."),
        "check",
    ),
    Door(
        "/citizen/wards",
        lazy_gettext("People you act for"),
        lazy_gettext("Children and others whose guardian you are."),
        "person",
    ),
    Door(
        "/citizen/organisations",
        lazy_gettext("Organisations"),
        lazy_gettext("Those that you represent, their members and mandates."),
        "desk",
    ),
    Door(
        "/citizen/security/",
        lazy_gettext("Security settings"),
        lazy_gettext("Password, passcode, authenticator, and where you are signed in."),
        "key",
    ),
)
"""What citizens do besides showing who they are: the doors of their home."""


FOOTER_LINKS: tuple[tuple[str, Any], ...] = (
    ("/", lazy_gettext("All doors")),
    ("/api/docs", lazy_gettext("API description")),
    ("/.well-known/openid-configuration", lazy_gettext("Discovery")),
    ("/command-centre/load", lazy_gettext("Load")),
)
"""At the foot of every page."""


def find_doors(settings: Settings) -> list[Door]:
    """The doors that this build has and these settings allow."""
    return [door for door in DOORS if is_routed(door.address) and (settings.is_demo or not door.demo_only)]


def find_own_doors() -> list[Door]:
    """The doors of a citizen's home that this build has."""
    return [door for door in OWN_DOORS if is_routed(door.address)]


def is_routed(address: str) -> bool:
    """Whether a GET of this address leads to a page, be it by a slash that it lacks; routes do not change, so each address is
    looked up once."""
    known: dict[str, bool] = current_app.extensions.setdefault("eid.routed", {})
    if address not in known:
        known[address] = _leads_to_a_page(address)
    return known[address]


def _leads_to_a_page(address: str) -> bool:
    try:
        current_app.url_map.bind("").match(address, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def find_links(settings: Settings, caller: Caller) -> list[Link]:
    """The main navigation for whoever looks at this page; the link behind which the page lies is marked."""
    links = _put_in_words(str(caller), lambda: OWN_LINKS.get(caller) or _list_doors(settings))
    nearest = max((address for address, _label in links if request.path.startswith(address)), key=len, default=None)
    return [Link(address, label, address == nearest) for address, label in links]


def footer_links() -> list[Link]:
    return [Link(address, label, False) for address, label in _put_in_words("footer", lambda: FOOTER_LINKS)]


def _list_doors(settings: Settings) -> list[tuple[str, Any]]:
    return [(door.address, door.label) for door in find_doors(settings)]


def _put_in_words(name: str, find: Callable[[], Iterable[tuple[str, Any]]]) -> tuple[tuple[str, str], ...]:
    """Those of these addresses that this build has, with their labels in the language of now. They are the same on every page, so
    the application keeps them: a handful for each language."""
    kept: dict[tuple[str, str], tuple[tuple[str, str], ...]] = current_app.extensions.setdefault("eid.links", {})
    key = name, str(get_locale())
    if key not in kept:
        kept[key] = tuple((address, str(label)) for address, label in find() if is_routed(address))
    return kept[key]


def page_address() -> str:
    """The address of this page, to come back to; a page that only a form leads to sends back to the form, or to the doors."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):
        return form_address() or "/"
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def local_address(wanted: str) -> str:
    """`wanted` where it is a path of this service, else the doors: nobody is led elsewhere by a link of ours."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local and "\\" not in wanted else "/"
