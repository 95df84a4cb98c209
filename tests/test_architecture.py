"""The house's law, read from the imports: which way they run, and which doors lead to Flask, the database and the clock."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "eid").rglob("*.py"))

LADDER: list[set[str]] = [
    {"__main__", "cli"},
    {"scenarios", "wallet"},
    {"demo"},
    {"app", "models"},
    {"web", "api"},
    {"exchange"},
    {"presentations"},
    {"credentials"},
    {"signing"},
    {"oauth"},
    {"accounts"},
    {"cards"},
    {"agencies"},
    {"population"},
    {
        "audit",
        "audit_seal",
        "background",
        "outbox",
        "traffic",
        "events",
        "key_rotation",
        "keystore",
        "readiness",
        "signing_keys",
        "key_files",
        "issuing_keys",
    },
    {"replicas"},
    {"db", "config", "cast", "clock", "randomness", "logs", "intake", "fetching"},
    {"crypto", "connecting", "online"},
    {"errors", "callers"},
]
"""From top to bottom: a package imports only from its own rung and from those below it."""

APART = [("web", "api")]
"""Packages of one rung that never import each other (the second may not import the first, nor the first the second)."""

ALONE = {"samples"}
"""Relying services: they reach eid over HTTP like everybody else, and import nothing of it."""

FLASK = {
    "app",
    "cli",
    "demo",
    "api",
    "web",
    "config",
    "db",
    "keystore",
    "logs",
    "samples",
    "intake",
    "replicas",
    "traffic",
}
MARSHMALLOW = {"api"}
NO_QUERIES = {"api", "web", "cli", "scenarios"}

PURE = {
    "population/numbers",
    "population/names",
    "population/origins",
    "population/importing/cells",
    "population/importing/crowd",
    "population/importing/crowd_rules",
    "population/importing/filling",
    "population/importing/header",
    "population/importing/reasons",
    "population/importing/row_rules",
    "population/synthesis",
    "population/quality/report",
    "population/quality/rules",
    "population/quality/spelling",
    "population/living/addresses",
    "population/living/births",
    "population/living/country",
    "population/living/course",
    "population/living/drawing",
    "population/living/hazards",
    "population/living/luck",
    "population/living/moves",
    "population/living/newborns",
    "population/living/papers",
    "population/living/rates",
    "population/living/scene",
    "population/living/unions",
    "population/living/weddings",
    "population/pictures/canvas",
    "population/pictures/charts",
    "population/pictures/tally",
    "population/pictures/tile_map",
    "population/life/kinds",
    "population/life/state",
    "population/life/households",
    "population/life/rules",
    "population/life/acts",
    "population/life/identity",
    "agencies/civil_status_rules",
    "agencies/criminal_record_rules",
    "agencies/health_rules",
    "agencies/health_synthesis",
    "agencies/insurance_rules",
    "agencies/licence_rules",
    "agencies/residence_rules",
    "agencies/residence_synthesis",
    "agencies/terms",
    "agencies/synthesis",
    "agencies/conduct",
    "agencies/entitlement_rules",
    "agencies/entitlement_synthesis",
    "agencies/social_insurance_rules",
    "agencies/social_security_rules",
    "agencies/social_insurance_synthesis",
    "agencies/tax_rules",
    "agencies/tax_synthesis",
    "agencies/vaccination_plan",
    "agencies/vehicle_rules",
    "agencies/vehicle_synthesis",
    "agencies/values",
    "cards/personalisation",
    "cards/certificates",
    "cards/chain_mutants",
    "cards/chip",
    "cards/document",
    "cards/evidence",
    "cards/features",
    "cards/forgery",
    "cards/inspection",
    "cards/lifecycle",
    "cards/portrait",
    "cards/sod_mutants",
    "cards/workshop",
    "cards/mutants",
    "accounts/lifecycle",
    "accounts/levels",
    "accounts/phones",
    "accounts/activation_steps",
    "accounts/face_matchers",
    "accounts/four_eyes",
    "accounts/mail_addresses",
    "accounts/request_lifecycle",
    "accounts/request_plans",
    "accounts/state_drawing",
    "accounts/device_proofs",
    "web/browsers",
    "accounts/guardian_rules",
    "accounts/organisation_rules",
    "accounts/who_may_have",
    "accounts/working_days",
    "accounts/question_choices",
    "accounts/recovery_rules",
    "audit_seal/encoding",
    "oauth/client_assertions",
    "oauth/client_auth",
    "oauth/client_certificates",
    "oauth/client_metadata",
    "oauth/asking",
    "oauth/authorization_details",
    "oauth/claims_request",
    "oauth/conformance",
    "oauth/conformance_plans",
    "oauth/examples",
    "oauth/faults/catalogue",
    "oauth/faults/exchange",
    "oauth/faults/mutators",
    "oauth/faults/scoring",
    "oauth/faults/wire",
    "oauth/hints",
    "oauth/inspection/authorization",
    "oauth/inspection/parameters",
    "oauth/inspection/pasting",
    "oauth/inspection/redemption",
    "oauth/inspection/refusals",
    "oauth/inspection/results",
    "oauth/inspection/titles",
    "oauth/inspection/tokens",
    "oauth/inspection/walk",
    "oauth/interactions",
    "oauth/metadata",
    "oauth/opaque",
    "oauth/parameters",
    "oauth/redirects",
    "oauth/release",
    "oauth/requests",
    "oauth/responses",
    "oauth/subjects",
    "oauth/acr",
    "oauth/claims",
    "oauth/verified_claims",
    "oauth/dpop",
    "oauth/logout/addresses",
    "oauth/notices/retrying",
    "oauth/notices/tokens",
    "oauth/signals/event_types",
    "oauth/signals/metadata",
    "oauth/signals/scopes",
    "oauth/signals/wishes",
    "oauth/access_claims",
    "oauth/client_choices",
    "oauth/decoupled/backchannel_requests",
    "oauth/decoupled/polling",
    "oauth/decoupled/user_codes",
    "oauth/grant_types",
    "accounts/asked_consents",
    "oauth/nonces",
    "oauth/profiles",
    "oauth/request_objects",
    "oauth/resources",
    "oauth/sender",
    "oauth/step_up",
    "credentials/card_code",
    "credentials/checking",
    "credentials/catalogue",
    "credentials/paper_kinds",
    "credentials/papers",
    "credentials/formats",
    "credentials/list_checking",
    "credentials/matching",
    "credentials/mdoc_checking",
    "credentials/mdoc_mutants",
    "credentials/mutant_workshop",
    "credentials/mutants",
    "credentials/offline_mutants",
    "credentials/offline_papers",
    "credentials/offline_reading",
    "credentials/offline_verification",
    "credentials/proofs",
    "credentials/qr_modules",
    "credentials/small_photo",
    "credentials/status_list_mutants",
    "credentials/reports",
    "credentials/unverified",
    "credentials/vc_checking",
    "credentials/vc_mutants",
    "credentials/verifier_trust",
    "credentials/withdrawal",
    "credentials/verification",
    "presentations/answers",
    "presentations/authorization_requests",
    "presentations/claim_paths",
    "presentations/dcql",
    "presentations/dcql_matching",
    "presentations/foreign_lists",
    "presentations/unverified",
    "presentations/verification",
    "wallet/disclosing",
    "wallet/held",
    "wallet/proving",
    "signing/csc_wire",
    "signing/holder_certificate",
    "signing/pades",
    "signing/pdf_drawing",
    "signing/request_states",
    "signing/scope",
}
"""Modules, or packages, that receive `now=`, `rng=`, keys and bytes, and read none of them themselves."""

IMPURE_IMPORTS = {"flask", "sqlalchemy", "eid.db", "eid.clock", "eid.randomness", "eid.config", "eid.keystore"}


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "eid").with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def eid_packages_imported_by(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("eid.")} - {"__version__"}


def rung_of(package: str) -> int:
    for number, rung in enumerate(LADDER):
        if package in rung:
            return number
    raise AssertionError(f"eid.{package} has no place on the ladder")


def case(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=case)
def test_imports_run_down_the_ladder(path: Path) -> None:
    package = package_of(path)
    imported = eid_packages_imported_by(path) - {package}
    if package in ALONE:
        assert imported == set()
    elif package:
        above = {name for name in imported if name in ALONE or rung_of(name) < rung_of(package)}
        assert above == set()


@pytest.mark.parametrize("path", SOURCES, ids=case)
def test_neighbours_that_stay_apart_do(path: Path) -> None:
    for one, other in APART:
        if package_of(path) == one:
            assert other not in eid_packages_imported_by(path)
        if package_of(path) == other:
            assert one not in eid_packages_imported_by(path)


@pytest.mark.parametrize("path", SOURCES, ids=case)
def test_flask_and_marshmallow_stay_at_the_edge(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    if package_of(path) not in FLASK:
        assert not {root for root in roots if root.startswith("flask") and root != "flask_sqlalchemy"}
    if package_of(path) not in MARSHMALLOW:
        assert "marshmallow" not in roots


@pytest.mark.parametrize("path", [path for path in SOURCES if package_of(path) in NO_QUERIES], ids=case)
def test_the_edge_asks_use_cases_and_not_the_database(path: Path) -> None:
    names = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert "db.session" not in names
    assert not {name for name in imports_of(path) if name in ("sqlalchemy.select", "eid.db.db")}


@pytest.mark.parametrize("path", SOURCES, ids=case)
def test_imports_stand_at_the_top(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            assert inner == [], f"{path}:{node.lineno} imports inside {node.name}"


def test_one_module_imports_by_name_and_only_for_the_command_line() -> None:
    """A command loads what it needs when it is run; what it names is part of the command line, so the ladder sees it."""
    importers = [path for path in SOURCES if "import_module" in path.read_text()]
    assert [case(path) for path in importers] == ["eid/cli/lazily.py"]
    users = [path for path in SOURCES if "from eid.cli.lazily import" in path.read_text()]
    named = [name for path in users for name in re.findall(r'"([\w.]+:\w+)"', path.read_text())]
    assert len(named) > 10
    assert [name for name in named if not name.startswith("eid.cli.")] == []


@pytest.mark.parametrize("path", [path for path in SOURCES if package_of(path) != "samples"], ids=case)
def test_only_the_clock_reads_the_clock_and_only_randomness_is_random(path: Path) -> None:
    attributes = {ast.unparse(n) for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)}
    if package_of(path) not in {"clock", "scenarios"}:
        assert not attributes & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    if package_of(path) != "randomness":
        assert "secrets" not in set(imports_of(path))
        assert not attributes & {"os.urandom", "random.SystemRandom"}


def pure_sources() -> list[Path]:
    return [p for p in SOURCES if any(case(p).removeprefix("eid/").startswith((f"{m}.py", f"{m}/")) for m in PURE)]


@pytest.mark.parametrize("path", pure_sources(), ids=case)
def test_pure_modules_receive_what_they_need(path: Path) -> None:
    found = {n for n in imports_of(path) for impure in IMPURE_IMPORTS if n == impure or n.startswith(impure + ".")}
    assert found == set()


def test_the_chip_library_loads_neither_flask_nor_a_database() -> None:
    modules = ["eid.crypto." + path.stem for path in (ROOT / "eid/crypto").glob("*.py") if path.stem != "__init__"]
    code = f"import sys, {', '.join(modules)}\nprint(sorted({{m.split('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"flask", "sqlalchemy", "werkzeug", "marshmallow"} & set(ast.literal_eval(loaded))


def test_who_plants_defects_and_who_finds_them_share_no_code() -> None:
    """Else one mistake made twice would look like agreement."""
    planters = [path for path in SOURCES if "spoiling" in case(path) and package_of(path) != "cli"]
    finders = [path for path in SOURCES if "quality" in case(path)]
    assert len(planters) > 8 and len(finders) > 8
    assert [case(path) for path in planters if any(".quality" in name for name in imports_of(path))] == []
    assert [case(path) for path in finders if any(".spoiling" in name for name in imports_of(path))] == []
