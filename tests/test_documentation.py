"""What README.md and docs/ say is there is there: files, commands, settings, addresses, tests, and tables taken from the code."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound

from eid.accounts.lifecycle import TRANSITIONS
from eid.cards.authority import publish_trust
from eid.cards.folder import write_card_folder
from eid.cards.lifecycle import TRANSITIONS as CARD_TRANSITIONS
from eid.cards.service import issue_card
from eid.cli import eid as command
from eid.config import Settings
from eid.credentials.catalogue import CATALOGUE
from eid.credentials.service import find_paper_scopes, issue_paper_token
from eid.crypto.key_kinds import CHIP_KINDS, CSCA_KINDS, SIGNER_KINDS
from eid.crypto.passive_auth import STEPS
from eid.db import db
from eid.oauth.claims import STANDARD_SCOPES
from eid.oauth.clients import register_client
from eid.oauth.faults.catalogue import FAULTS
from eid.scenarios.plan import Step, parse_plan
from tests.engines import one_engine
from tests.live import LiveServer
from tests.people import MINH, SECRETS, record_account_of, record_added_insurance, record_one
from tests.walker import Walker

ROOT = Path(__file__).parent.parent
NOT_A_PAPER = "eid/templates/citizen/papers/fishing_permit.html"
"""The page on papers shows how one more would be added."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_HTML_LINK = re.compile(r'(?:src|href)="([^"#]+)"')
_CODE = re.compile(r"^```.*?^```|^ {4}.*?$|``.+?``|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?<![\w./-])(?:\.venv/bin/|-m )?eid ((?:[a-z-]|\[)[^\n`|;&]*)")
_SETTING = re.compile(r"\bEID_[A-Z][A-Z0-9_]*")
_ADDRESS = re.compile(
    r"(?<![a-z./_])/(?:api|oauth|citizen|desk|services|outbox|command-centre|\.well-known|healthz|readyz|metrics)\b"
    r"[\w./<>-]*"
)


@pytest.fixture
def minh(app: Flask) -> dict[str, str]:
    """Trần Văn Minh is in the register, with an active account; how he signs in."""
    person = record_one()
    record_account_of(person.id)
    db.session.commit()
    return {"pin": MINH["pin"], **SECRETS}


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_of(page: Path) -> str:
    """Everything on a page that is marked as code."""
    return "\n".join(_CODE.findall(page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in (*_LINK.findall(text), *_HTML_LINK.findall(_CODE.sub("", text))) if "://" not in link]
    assert {link for link in links if not (page.parent / link).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_command_shown_exists(page: Path) -> None:
    shown = [line.strip() for line in _COMMAND.findall(code_of(page))]
    assert [complaint for line in shown if (complaint := complain_about(line))] == []


def complain_about(line: str) -> str | None:
    """What is wrong with the words and options after `eid`; the words that are arguments are not looked at."""
    node: click.Command = command
    words = line.split()
    while words and isinstance(node, click.Group) and re.fullmatch(r"[a-z-]+", words[0]) and words[0][0] != "-":
        found = node.get_command(click.Context(node), words.pop(0))
        if found is None:
            return f"eid {line}: there is no such command"
        node = found
    options = {name for parameter in node.params for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = [word for word in words if (name := word.split("=")[0]).startswith("--") and name not in options]
    return f"eid {line}: there is no {', '.join(unknown)}" if unknown else None


def test_a_command_or_an_option_that_does_not_exist_is_noticed() -> None:
    assert complain_about("population synthesise --people 3") is None
    assert complain_about("population invent")
    assert complain_about("clock advance --weeks 3")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_setting_named_exists(page: Path) -> None:
    settings = {f"EID_{field.name.upper()}" for field in fields(Settings)}
    assert set(_SETTING.findall(page.read_text(encoding="utf-8"))) <= settings


@one_engine
def test_every_address_named_exists(app: Flask) -> None:
    named = {
        (page_name(page), address) for page in PAGES for address in _ADDRESS.findall(page.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert [where for where in sorted(named) if not is_routed(app, where[1])] == []


def is_routed(app: Flask, address: str) -> bool:
    """Whether some method is answered there; <id> stands for a number, <client_id> for a long word, <paper> for a word."""
    named = address.replace("<id>", "1").replace("<client_id>", "w" * 43)
    path = re.sub(r"<\w+>", "word", named).rstrip(".")
    try:
        app.url_map.bind("localhost").match(path, method="GET")
    except MethodNotAllowed:
        return True
    except NotFound:
        return False
    return True


STEP_ROW = re.compile(r"^\| \d+ \| `(\w+)` \| .*? \|.*\|$", re.MULTILINE)


def test_the_table_of_steps_is_that_of_the_code() -> None:
    page = (ROOT / "docs/cards.md").read_text(encoding="utf-8")
    assert STEP_ROW.findall(page) == list(STEPS)


@one_engine
def test_the_snippet_that_verifies_a_card_prints_what_the_page_says(
    app: Flask, settings: Settings, minh: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/cards.md").read_text(encoding="utf-8")
    [snippet] = [code for code in python_of(page) if "verify_document" in code]
    write_card_folder(issue_card(minh["pin"]), settings.cards_dir / minh["pin"])
    publish_trust()
    exec(snippet.replace('"var/', f'"{settings.state_dir}/'), {})
    said = capsys.readouterr().out.strip()
    assert said
    assert f"`{said}`" in page


def python_of(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_table_of_an_accounts_states_is_that_of_the_code() -> None:
    page = (ROOT / "docs/accounts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert rows == [(str(state), str(event), str(after)) for (state, event), after in TRANSITIONS.items()]


def test_the_table_of_faults_is_that_of_the_code() -> None:
    page = (ROOT / "docs/integrating.md").read_text()
    for fault in FAULTS:
        assert f"| `{fault.name}` | {fault.kind} | {fault.what} | {fault.reaction} |" in page
        assert f"{fault.clause} ({fault.duty}) |" in page
    assert len(re.findall(r"^\| `[a-z_]+` \| (?:protocol|token|key|level|consent|time) \|", page, re.MULTILINE)) == 30


def test_the_table_of_a_cards_states_is_that_of_the_code() -> None:
    page = (ROOT / "docs/cards.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert rows == [(str(state), str(event), str(after)) for (state, event), after in CARD_TRANSITIONS.items()]


def test_the_table_of_kinds_of_keys_is_that_of_the_code() -> None:
    page = (ROOT / "docs/cards.md").read_text(encoding="utf-8")
    for name, kinds in (("CSCA", CSCA_KINDS), ("SIGNER", SIGNER_KINDS), ("CHIP", CHIP_KINDS)):
        [row] = re.findall(rf"^\| `EID_{name}_KEY` \|(.*?)\|", page, re.MULTILINE)
        assert re.findall("`(.*?)`", row) == [str(kind) for kind in kinds]


def test_the_table_of_scopes_is_that_of_the_code() -> None:
    page = (ROOT / "docs/sign-in.md").read_text(encoding="utf-8")
    section = page[page.index("## Scopes and claims") : page.index("## Consent")]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
    shown = [(name, title, tuple(re.findall(r"`(\w+)`", claims))) for name, title, claims in rows]
    scopes = (*STANDARD_SCOPES, *find_paper_scopes())
    assert shown == [(scope.name, scope.title, scope.claims) for scope in scopes]


@pytest.mark.clients
@one_engine
def test_the_service_shown_in_python_signs_a_citizen_in(
    app: Flask, live_server: LiveServer, minh: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of docs/sign-in.md, unchanged but for its addresses."""
    [code] = [code for code in python_of((ROOT / "docs/sign-in.md").read_text(encoding="utf-8")) if "authlib" in code]
    here = "http://localhost:5000"
    registered = register_client(name="My service", redirect_uris=[f"{here}/callback"])
    monkeypatch.setenv("CLIENT_ID", registered.client_id)
    monkeypatch.setenv("CLIENT_SECRET", str(registered.secret))
    shown: dict[str, Any] = {"__name__": "shown"}
    exec(code.replace("http://localhost:8000", live_server.url), shown)
    service = shown["app"].test_client()
    away = service.get("/", base_url=here).headers["Location"]
    back = Walker(stop_at=here).open(away).walk(minh).address
    answer = service.get(back, base_url=here)
    assert answer.json["name"] == "Trần Văn Minh"
    forged = back.replace("iss=", "iss=https%3A%2F%2Fevil.example&was=")
    assert service.get(forged, base_url=here).status_code == 403


@one_engine
def test_the_snippet_that_verifies_a_paper_holds_and_refuses(
    app: Flask, client: FlaskClient, minh: dict[str, str], tmp_path: Path
) -> None:
    """It uses nothing of eid."""
    [code] = [code for code in python_of((ROOT / "docs/papers.md").read_text(encoding="utf-8")) if "joserfc" in code]
    assert not re.search(r"(from|import) eid\b", code)
    record_added_insurance(MINH["person_id"])
    db.session.commit()
    issued = issue_paper_token(
        person_id=MINH["person_id"], paper="health_insurance", audience="clinic", subject="somebody"
    )
    (tmp_path / "keys.json").write_text(client.get("/api/v1/keys").text)
    (tmp_path / "offline.py").write_text(code)
    assert run_offline(tmp_path, "clinic", issued.token).stdout.startswith("DN")
    assert run_offline(tmp_path, "another", issued.token).returncode != 0
    assert run_offline(tmp_path, "clinic", issued.token[:-8] + "AAAAAAAA").returncode != 0


def run_offline(folder: Path, audience: str, token: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "offline.py", audience]
    return subprocess.run(command, cwd=folder, input=token, capture_output=True, text=True, check=False)


def test_the_papers_and_what_they_say_are_those_of_the_catalogue() -> None:
    page = (ROOT / "docs/papers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| `([\w ]+)` \|$", page, re.MULTILINE)
    catalogued = [(p.name, " ".join(attribute.name for attribute in p.attributes)) for p in CATALOGUE.values()]
    assert rows[: len(catalogued)] == catalogued


def test_the_scenarios_shown_can_be_played() -> None:
    page = (ROOT / "docs/scenarios.md").read_text(encoding="utf-8")
    plans = [parse_plan(text) for text in re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]
    assert [plan.name for plan in plans if plan.expected_visits > 0] == ["two-minutes", "passers-by"]
    assert [step for step in Step if f"`{step}`" not in page] == []


def test_every_test_named_exists() -> None:
    named = {name for page in PAGES for name in re.findall(r"tests/[\w/]+\.py(?:::\w+)?", page.read_text())}
    assert len(named) > 50
    assert [name for name in sorted(named) if not is_a_test(name)] == []


def is_a_test(name: str) -> bool:
    file, _, function = name.partition("::")
    path = ROOT / file
    return path.is_file() and (not function or f"def {function}(" in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_file_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w./])(?:eid|migrations|requirements|sample_data)/[\w/.-]+\.\w+", text))
    missing = [name for name in sorted(named) if not (ROOT / name).exists()]
    assert missing == [] or (page.name == "papers.md" and missing == [NOT_A_PAPER])


def test_every_dependency_has_its_reason() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    lists = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    wanted = {re.split(r"[>\[;]", line)[0] for text in lists for line in text.splitlines() if line}
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = page[page.index("## Dependencies") : page.index("## Decisions")]
    reasoned = {
        name.strip().split(" ")[0] for row in re.findall(r"^\| (.+?) \|", section, re.M) for name in row.split(",")
    }
    assert wanted - reasoned == set()
