"""Every message that a page may show: of templates, of gettext calls, and the public sentences of refusals.

`python -m tests.web.messages` prints those that have no Vietnamese yet, as entries of a .po file.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from eid import errors

ROOT = Path(__file__).parent.parent.parent
PO_FILES = sorted((ROOT / "eid/translations/vi").glob("*.po"))
TEMPLATES = sorted((ROOT / "eid/templates").rglob("*.html"))
SOURCES = sorted((ROOT / "eid").rglob("*.py"))

NEVER_ON_A_PAGE = (
    *("config.py", "cli/", "demo/", "scenarios/", "samples/"),
    *("population/files/", "population/importing/"),  # registers as files: there is no page for them
    *("api/card_batch.py", "api/card_lines.py", "api/slots.py"),  # a program reads the answers to a batch
    *("oauth/dpop.py", "crypto/nonces.py", "oauth/proofs.py"),  # programs prove keys
    *(
        "oauth/client_answers.py",
        "oauth/client_assertions.py",
        "oauth/client_auth",
        "oauth/client_certificates.py",
        "oauth/client_keys.py",
        "oauth/client_tokens.py",
    ),  # and who they are
    *("oauth/dynamic_", "oauth/software_statements.py", "api/client_registration.py"),  # and register
    *("oauth/token_exchange.py", "oauth/decoupled/backchannel_requests.py"),
    *("oauth/decoupled/opening.py", "oauth/decoupled/redeeming.py", "oauth/decoupled/who_is_asked.py"),
    *("oauth/attestations.py", "oauth/wallet_attesting.py", "oauth/offers/taking.py"),  # programs take offers
    *("crypto/jwe.py", "crypto/keys.py"),
    *("presentations/answer", "presentations/asking.py", "presentations/authorization_requests.py"),
    *("presentations/dcql", "presentations/standing.py", "presentations/trust.py", "presentations/types.py"),
    *("presentations/verification.py", "api/openid4vp.py", "wallet/"),  # wallets and services read them
    *("api/csc.py", "api/signing_authority.py", "signing/csc_wire.py", "signing/remote.py", "signing/timestamping.py"),
    "crypto/timestamps.py",
    *("audit_seal/", "crypto/merkle.py", "api/audit.py"),  # for operators at a terminal, and for programs
)
"""What these refuse is read on a terminal, or belongs to another service."""

KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
DETAIL = {
    name: 2 if name == "VerificationFailed" else 1
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.Refusal)
}
"""Refusal class → which positional argument is the public sentence."""

SENTENCE = {"passed": 0, "not_checked": 1, "failure": 1, "deviate": 2, "Step": 3, "_refuse": 3}
"""What writes a step of a verification → which positional argument is its sentence. Those with figures in them are forms in
eid/web/card_words.py."""
STEPS_FROM = ("crypto/", "cards/")


@dataclass(frozen=True)
class Use:
    message: str
    where: str


@cache
def find_uses() -> tuple[Use, ...]:
    return tuple(_find_uses())


def _find_uses() -> Iterator[Use]:
    yield from (use for path in TEMPLATES for use in _extracted(path, "jinja2.ext:babel_extract"))
    for path in SOURCES:
        yield from _extracted(path, "python")
        if not _case(path).startswith(NEVER_ON_A_PAGE):
            yield from _refusals(path)
        if _case(path).startswith(STEPS_FROM):
            yield from _sentences(path)


def find_constants() -> set[str]:
    """Every string in the sources: what translates a value (a scope's description, a state's name) finds it here."""
    nodes = (node for path in SOURCES for node in ast.walk(_parse(path)))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def read_catalogue() -> dict[str, list[tuple[str, str]]]:
    """English message → (file, Vietnamese), once for each entry."""
    entries: dict[str, list[tuple[str, str]]] = {}
    for path in PO_FILES:
        with path.open("rb") as file:
            for message in read_po(file, locale="vi"):
                if message.id and not message.fuzzy:
                    key, text = (message.id, message.string) if isinstance(message.id, str) else _plural(message)
                    entries.setdefault(str(key), []).append((path.name, str(text)))
    return entries


def placeholders(text: str) -> set[str]:
    percent = {part.split(")")[0] for part in text.split("%(")[1:]}
    braces = {name for _, name, _, _ in string.Formatter().parse(text) if name} if "{" in text else set()
    return percent | braces


def _plural(message) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    return message.id[0], (message.string or ("",))[0]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _case(path: Path) -> str:
    return str(path.relative_to(ROOT / "eid"))


def _extracted(path: Path, method: str) -> Iterator[Use]:
    for line, message, _comments, _context in extract_from_file(method, path, KEYWORDS):
        yield Use(message if isinstance(message, str) else message[0], f"{_case(path)}:{line}")


def _refusals(path: Path) -> Iterator[Use]:
    tree = _parse(path)
    positions = DETAIL | (_find_makers(tree) if _case(path).startswith(STEPS_FROM) else {})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _called(node)) in positions:
            for text in _details(node, positions[name]):
                yield Use(text, f"{_case(path)}:{node.lineno}")


def _find_makers(tree: ast.AST) -> dict[str, int]:
    """Functions of a module that make a refusal with a sentence that they are given → which argument that is."""
    makers = {}
    for made in ast.walk(tree):
        if isinstance(made, ast.FunctionDef):
            given = [each.arg for each in made.args.args]
            for node in ast.walk(made):
                if isinstance(node, ast.Call) and _called(node) in DETAIL:
                    told = node.args[DETAIL[_called(node)] :][:1]
                    if told and isinstance(told[0], ast.Name) and told[0].id in given:
                        makers[made.name] = given.index(told[0].id)
    return makers


def _sentences(path: Path) -> Iterator[Use]:
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Call) and (name := _called(node)) in SENTENCE:
            for value in node.args[SENTENCE[name] : SENTENCE[name] + 1]:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield Use(value.value, f"{_case(path)}:{node.lineno}")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _details(node: ast.Call, position: int) -> Iterator[str]:
    """The literal sentences that a call may give: one, or either of a conditional."""
    given = [keyword.value for keyword in node.keywords if keyword.arg == "detail"] + node.args[position : position + 1]
    for value in given:
        for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            elif isinstance(part, ast.JoinedStr):
                yield f"(an f-string cannot be translated: {ast.unparse(part)})"


if __name__ == "__main__":
    known = read_catalogue()
    missing: dict[str, str] = {}
    for use in find_uses():
        if use.message not in known:
            missing.setdefault(use.message, use.where)
    for message, where in missing.items():
        escaped = message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'#: {where}\nmsgid "{escaped}"\nmsgstr ""\n')
