"""A complete program for one's own service, its values filled in; its secret is never printed."""

from __future__ import annotations

import shlex

from flask import Blueprint, render_template

from eid.config import current_settings
from eid.oauth.examples import PROGRAMS, Program, find_obstacle, find_values
from eid.oauth.models import Client
from eid.web.own_services import ADDRESS, list_service_links, require_own_service
from eid.web.session import signed_in

blueprint = Blueprint("service_examples", __name__, url_prefix=ADDRESS)


@blueprint.get("/examples")
@signed_in
def show_examples(client_id: str) -> str:
    client = require_own_service(client_id)
    programs = [
        (program, find_obstacle(client, program.language), write_program(client, program)) for program in PROGRAMS
    ]
    return render_template(
        "services/examples.html",
        client=client,
        links=list_service_links(client_id),
        programs=programs,
        values=find_values(client, issuer=current_settings().public_url),
    )


def write_program(client: Client, program: Program) -> list[tuple[str, str]]:
    """The files of a program for this client, each with its name; none where there is an obstacle."""
    if find_obstacle(client, program.language):
        return []
    values = find_values(client, issuer=current_settings().public_url)
    return [
        (name, render_template(f"examples/{template}", values=values, quoted=shlex.quote) + "\n")
        for name, template in program.files
    ]
