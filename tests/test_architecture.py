"""The house's law, read from the imports: which way they run, and which doors lead to Flask, the database and the clock."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "eid").rglob("*.py"))

LADDER: list[set[str]] = [
    {"__main__", "cli"},
    {"scenarios", "wallet"},
    {"demo"},
    {"app", "demo_addresses", "models"},
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
        "retention",
        "traffic",
        "traffic_limiting",
        "events",
        "key_rotation",
        "keystore",
        "readiness",
        "signing_keys",
        "key_files",
        "issuing_keys",
    },
    {"replicas"},
    {
        "db",
        "prepared",
        "postgresql_plans",
        "direct_connection",
        "transactions",
        "config",
        "flask_app",
        "kept_rows",
        "lean_cursor",
        "cast",
        "clock",
        "randomness",
        "logs",
        "metrics",
        "intake",
        "fetching",
        "server_timing",
        "lock_waits",
        "load_runs",
    },
    {"upgrading"},
    {"crypto", "connecting", "online", "name_lists", "revisions"},
    {"errors", "callers", "timing", "lazily"},
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
    "demo_addresses",
    "api",
    "web",
    "config",
    "transactions",
    "flask_app",
    "flask_context",
    "flask_request",
    "flask_response",
    "keystore",
    "logs",
    "metrics",
    "samples",
    "intake",
    "replicas",
    "server_timing",
    "traffic",
    "traffic_limiting",
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
    "cards/portrait_drawing",
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
    "credentials/qr_drawing",
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
    "signing/pdf_values",
    "signing/request_states",
    "signing/scope",
}
"""Modules, or packages, that receive `now=`, `rng=`, keys and bytes, and read none of them themselves."""

IMPORTED_LATER = {
    "eid.signing.pades": "pyHanko brings an HTTP client and a validator of certificates: a fifth of a start, for who signs a PDF",
    "eid.signing.pdf_drawing": "ReportLab draws what few people print",
    "eid.accounts.passkeys": "webauthn knows every maker's attestation, which is not asked for: a thirtieth of a start",
    "eid.cards.portrait_drawing": "Pillow draws and shrinks pictures, for cards and pages that show one",
    "eid.credentials.small_photo": "the same",
    "eid.credentials.qr_drawing": "qrcode, with lxml, which it takes where it is installed",
    "eid.traffic_limiting": "Flask-Limiter and limits, with their clients of other databases, for who limits addresses",
    "eid.demo_addresses": "what production does not serve",
    "eid.lean_cursor": "psycopg is needed on PostgreSQL alone",
    "eid.direct_connection": "psycopg is needed on PostgreSQL alone",
    "eid.postgresql_plans": "SQLAlchemy's dialect of psycopg, too",
    "eid.upgrading": "Alembic and its templates: a fifteenth of a start, for who upgrades a database",
}
"""Modules that eid.lazily imports when they are first used → why."""

IMPURE_IMPORTS = {"flask", "sqlalchemy", "eid.db", "eid.clock", "eid.randomness", "eid.config", "eid.keystore"}


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "eid").with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports_of(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


@cache
def attributes_of(path: Path) -> frozenset[str]:
    return frozenset(ast.unparse(node) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute))


def eid_packages_imported_by(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("eid.")} - {"__version__"}


def rung_of(package: str) -> int:
    for number, rung in enumerate(LADDER):
        if package in rung:
            return number
    raise AssertionError(f"eid.{package} has no place on the ladder")


def case(path: Path) -> str:
    return str(path.relative_to(ROOT))


def breaches(law: Callable[[Path], Iterable[str]], paths: Iterable[Path] = SOURCES) -> dict[str, list[str]]:
    """File → what in it breaks the law; whoever does not is not among them."""
    found = {case(path): sorted(law(path)) for path in paths}
    assert found, "a law about nothing"
    return {path: broken for path, broken in found.items() if broken}


def imported_from_above(path: Path) -> set[str]:
    package = package_of(path)
    imported = eid_packages_imported_by(path) - {package}
    if package in ALONE or not package:
        return imported if package else set()
    return {name for name in imported if name in ALONE or rung_of(name) < rung_of(package)}


def test_imports_run_down_the_ladder() -> None:
    assert breaches(imported_from_above) == {}


def imported_from_a_neighbour_apart(path: Path) -> set[str]:
    package, imported = package_of(path), eid_packages_imported_by(path)
    apart = {other for pair in APART for other in pair if package in pair} - {package}
    return imported & apart


def test_neighbours_that_stay_apart_do() -> None:
    assert breaches(imported_from_a_neighbour_apart) == {}


def imported_of_the_edge(path: Path) -> set[str]:
    roots, package = {name.split(".")[0] for name in imports_of(path)}, package_of(path)
    flask = {root for root in roots if root.startswith("flask") and root != "flask_sqlalchemy"}
    return (set() if package in FLASK else flask) | (set() if package in MARSHMALLOW else roots & {"marshmallow"})


def test_flask_and_marshmallow_stay_at_the_edge() -> None:
    assert breaches(imported_of_the_edge) == {}


def asked_of_the_database(path: Path) -> set[str]:
    return (attributes_of(path) & {"db.session"}) | (imports_of(path) & {"sqlalchemy.select", "eid.db.db"})


def test_the_edge_asks_use_cases_and_not_the_database() -> None:
    assert breaches(asked_of_the_database, [path for path in SOURCES if package_of(path) in NO_QUERIES]) == {}


def imported_inside(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)]
            yield from (f"line {n.lineno}, in {node.name}" for n in inner)


def test_imports_stand_at_the_top() -> None:
    assert breaches(imported_inside) == {}


def test_two_modules_import_by_name_one_of_them_only_for_the_command_line() -> None:
    """A command loads what it needs when it is run; what it names is part of the command line, so the ladder sees it."""
    importers = [path for path in SOURCES if "import_module" in path.read_text()]
    assert [case(path) for path in importers] == ["eid/cli/lazily.py", "eid/lazily.py"]
    users = [path for path in SOURCES if "from eid.cli.lazily import" in path.read_text()]
    named = [name for path in users for name in re.findall(r'"([\w.]+:\w+)"', path.read_text())]
    assert len(named) > 10
    assert [name for name in named if not name.startswith("eid.cli.")] == []


def test_modules_that_are_imported_later_are_few_and_seen_by_the_ladder() -> None:
    """Each is listed above with its reason, imported by its users for the type checker too, and not loaded with eid.app."""
    named: set[str] = set()
    for path in SOURCES:
        here = re.findall(r' = Later\("([\w.]+)"\)', path.read_text())
        assert set(here) <= set(imports_of(path)), f"{path}: the ladder has to see what is imported later"
        named |= set(here)
    assert named == IMPORTED_LATER.keys()
    libraries = {
        "pyhanko",
        "aiohttp",
        "alembic",
        "reportlab",
        "webauthn",
        "PIL",
        "qrcode",
        "lxml",
        "rich",
        "attr",
        "limits",
    }
    code = f"import sys, eid.app\nprint(sorted({ {*named, *libraries} } & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ast.literal_eval(loaded) == []


def frozen_at_once(path: Path) -> set[str]:
    return set(re.findall(r"^@dataclass\(frozen=True\)$", path.read_text(), re.M))


def test_frozen_dataclasses_compile_their_constructors_late() -> None:
    """Each that compiles six functions when it is defined is waited for by every start. Samples import nothing of eid."""
    assert breaches(frozen_at_once, [path for path in SOURCES if package_of(path) not in ALONE]) == {}


def types_left_as_text(path: Path) -> set[str]:
    return {name for name in imports_of(path) if name == "__future__.annotations"}


def test_columns_say_their_types_and_not_a_text_of_them() -> None:
    """SQLAlchemy evaluates a text twice a column; of a thousand, that is waited for by every start."""
    tables = [path for path in SOURCES if "__tablename__" in path.read_text()]
    assert breaches(types_left_as_text, tables) == {}


def read_of_clock_and_chance(path: Path) -> set[str]:
    package, attributes, found = package_of(path), attributes_of(path), set[str]()
    if package not in {"clock", "scenarios"}:
        found |= attributes & {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today"}
    if package != "randomness":
        found |= (imports_of(path) & {"secrets"}) | (attributes & {"os.urandom", "random.SystemRandom"})
    return found


def test_only_the_clock_reads_the_clock_and_only_randomness_is_random() -> None:
    assert breaches(read_of_clock_and_chance, [path for path in SOURCES if package_of(path) != "samples"]) == {}


def pure_sources() -> list[Path]:
    return [p for p in SOURCES if any(case(p).removeprefix("eid/").startswith((f"{m}.py", f"{m}/")) for m in PURE)]


def imported_impure(path: Path) -> set[str]:
    return {n for n in imports_of(path) for impure in IMPURE_IMPORTS if n == impure or n.startswith(impure + ".")}


def test_pure_modules_receive_what_they_need() -> None:
    assert breaches(imported_impure, pure_sources()) == {}


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
