"""Every disclosure of a person's data in five years: who, when, what for, which attributes; to keep as a file, and to report."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template
from flask_babel import gettext as _

from eid.accounts.disclosure_reports import (
    answer_disclosure_report,
    find_open_reports,
    find_own_disclosure,
    find_reports,
    report_disclosure,
)
from eid.audit import AuditEntry, find_disclosing_clients, find_disclosures
from eid.audit_seal.retention import keeps_since
from eid.clock import world_now
from eid.oauth.clients import find_client_names
from eid.population.service import find_person_by_id
from eid.web.acts import client_of
from eid.web.disclosure_files import write_csv, write_json
from eid.web.disclosure_filter import NOBODY, DisclosureFilter, read_filter
from eid.web.disclosure_words import DescribedDisclosure, describe_disclosures
from eid.web.forms import given, refused_on
from eid.web.session import officer_only, signed_in, the_officer, the_session

blueprint = Blueprint("disclosures", __name__)

PAGE = 20
FILE = 10_000
"""Lines of a file at most; who has more takes a shorter time."""

WRITERS = {"csv": (write_csv, "text/csv; charset=utf-8"), "json": (write_json, "application/json")}


@blueprint.get("/citizen/disclosures")
@signed_in
def show_disclosures() -> str:
    wanted = read_filter()
    entries = _find(wanted, PAGE + 1)
    return render_template(
        "disclosures/disclosures.html",
        disclosures=_describe(entries[:PAGE]),
        next_after=entries[PAGE - 1].id if len(entries) > PAGE else None,
        wanted=wanted,
        services=_list_services(),
    )


@blueprint.get('/citizen/disclosures/file.<any("csv", "json"):kind>')
@signed_in
def show_file(kind: str) -> Response:
    write, mimetype = WRITERS[kind]
    response = Response(write(_describe(_find(read_filter(), FILE))), content_type=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="eid-disclosures.{kind}"'
    return response


@blueprint.get("/citizen/disclosures/<int(max=999999999999999999):entry_id>/report")
@signed_in
def show_report(entry_id: int) -> str:
    entry = find_own_disclosure(entry_id, person_id=the_session().person_id)
    [disclosure] = _describe([entry])
    return render_template("disclosures/report.html", disclosure=disclosure)


@blueprint.post("/citizen/disclosures/<int(max=999999999999999999):entry_id>/report")
@signed_in
@refused_on("disclosures.show_report")
def act_on_report(entry_id: int) -> Any:
    session = the_session()
    remark = given("remark", longest=5000)
    report_disclosure(entry_id, person_id=session.person_id, account_id=session.account_id, remark=remark)
    flash(_("The desk has your report. Its answer will stand beside the disclosure."), "success")
    return redirect("/citizen/disclosures", 303)


@blueprint.get("/desk/disclosure-reports")
@officer_only
def show_reports() -> str:
    found = find_open_reports()
    described = describe_disclosures(
        (one.entry for one in found if one.entry), _name_services([one.entry for one in found if one.entry]), {}
    )
    return render_template(
        "disclosures/desk.html",
        reports=[(one.report, find_person_by_id(one.report.person_id)) for one in found],
        disclosures={one.id: one for one in described},
    )


@blueprint.post("/desk/disclosure-reports/<int(max=999999999999999999):report_id>")
@officer_only
@refused_on("disclosures.show_reports")
def act_on_answer(report_id: int) -> Any:
    answer_disclosure_report(report_id, answer=given("answer", longest=5000), officer=the_officer().account_id)
    flash(_("The answer is given."), "success")
    return redirect("/desk/disclosure-reports", 303)


def _find(wanted: DisclosureFilter, limit: int) -> list[AuditEntry]:
    """What the log has for five years, or a part of that."""
    since = keeps_since(world_now())
    found = find_disclosures(
        the_session().person_id,
        since=max(since, wanted.since) if wanted.since else since,
        until=wanted.until,
        client=wanted.client,
        after=wanted.after,
        oldest_first=wanted.oldest_first,
        limit=limit,
    )
    return list(found)


def _describe(entries: list[AuditEntry]) -> list[DescribedDisclosure]:
    return describe_disclosures(entries, _name_services(entries), find_reports([entry.id for entry in entries]))


def _name_services(entries: list[AuditEntry]) -> dict[str, str]:
    return find_client_names({client_of(entry) for entry in entries})


def _list_services() -> list[tuple[str, str]]:
    """What the filter offers: every service that is in the list, by name, and whoever is none."""
    clients = find_disclosing_clients(the_session().person_id, since=keeps_since(world_now()))
    names = find_client_names(clients)
    services = sorted(((client, names.get(client, client)) for client in clients if client), key=lambda pair: pair[1])
    others = [(NOBODY, _("No service: the desk, or you"))] if "" in clients else []
    return [("", _("All")), *services, *others]
