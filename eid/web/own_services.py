"""A relying service's own pages, for whoever looks after it: /services/<client_id>/…, each reached by the links on top of it.

A page of this kind bears @signed_in, calls require_own_service, and extends services/own.html; its link is a line of LINKS.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from eid.clock import wall_now
from eid.late_dataclasses import frozen
from eid.oauth.client_limits import find_limit_uses
from eid.oauth.client_metadata import SECRETS
from eid.oauth.client_registrations import begin_change
from eid.oauth.client_secrets import is_previous_good
from eid.oauth.models import Client
from eid.oauth.owned_secrets import change_contacts, end_previous_secret, issue_client_secret
from eid.oauth.ownership import find_own_client
from eid.oauth.registration_form import split_lines
from eid.web import service_words as words
from eid.web.forms import given, refused_on
from eid.web.navigation import Link, is_routed
from eid.web.service_registrations import list_scopes, shown_once
from eid.web.session import signed_in, the_session

ADDRESS = "/services/<string(minlength=20,maxlength=64):client_id>"
"""Of each page about one service; what a blueprint of such pages has for its url_prefix."""

blueprint = Blueprint("own_services", __name__, url_prefix=ADDRESS)


@frozen
class ServiceLink:
    """A page about one service: where it lies below /services/<client_id>/, and what it is called."""

    path: str
    label: Any


LINKS = (
    ServiceLink("", lazy_gettext("Overview")),
    ServiceLink("examples", lazy_gettext("Programs")),
    ServiceLink("trust", lazy_gettext("Verifying papers")),
    ServiceLink("walk", lazy_gettext("Step by step")),
    ServiceLink("inspector", lazy_gettext("Inspector")),
    ServiceLink("requests", lazy_gettext("Requests")),
    ServiceLink("faults", lazy_gettext("Faults")),
    ServiceLink("runs", lazy_gettext("Report card")),
)
"""In the order in which they are shown; one that this build does not route is left out."""


def require_own_service(client_id: str) -> Client:
    """The client, for the signed-in citizen who owns it or may look after services for the organisation that does.

    In a view that bears @signed_in. Raises NotFound (client_unknown) for everybody else, and as find_own_client.
    """
    return find_own_client(the_session(), client_id)


def list_service_links(client_id: str) -> list[Link]:
    """The pages about this service, the one that is shown marked."""
    addresses = [(f"/services/{client_id}/{link.path}", str(link.label)) for link in LINKS]
    return [Link(address, label, address == request.path) for address, label in addresses if is_routed(address)]


@blueprint.get("/")
@signed_in
def show_overview(client_id: str) -> str:
    client = require_own_service(client_id)
    return render_template(
        "services/overview.html",
        client=client,
        links=list_service_links(client_id),
        scopes={scope.name: scope for scope in list_scopes()},
        uses=find_limit_uses(client),
        has_secrets=client.auth_method in SECRETS,
        has_secret=bool(client.secret_digest or client.sealed_secret),
        has_previous=is_previous_good(client, wall_now()),
        words=words,
    )


@blueprint.post("/changes")
@signed_in
@refused_on("own_services.show_overview")
def change(client_id: str) -> Any:
    registration = begin_change(the_session(), client_id)
    return redirect(url_for("service_registrations.show_registration", registration_id=registration.id), 303)


@blueprint.post("/secret")
@signed_in
@refused_on("own_services.show_overview")
def give_secret(client_id: str) -> Response:
    """The secret stands on this page and nowhere else."""
    secret = issue_client_secret(the_session(), client_id)
    return shown_once(secret, title=_("The secret of your service"), back=f"/services/{client_id}/")


@blueprint.post("/secret/previous")
@signed_in
@refused_on("own_services.show_overview")
def end_secret(client_id: str) -> Any:
    end_previous_secret(the_session(), client_id)
    return _to(client_id, _("The secret before is good no longer."))


@blueprint.post("/contacts")
@signed_in
@refused_on("own_services.show_overview")
def keep_contacts(client_id: str) -> Any:
    change_contacts(the_session(), client_id, split_lines(given("contacts", 4000)))
    return _to(client_id, _("The contacts are kept."))


def _to(client_id: str, done: str) -> Any:
    flash(done, "success")
    return redirect(f"/services/{client_id}/", 303)
