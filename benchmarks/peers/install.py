"""The peers, installed from the registries by their lock files into var/peers; once, and again where a lock has changed."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "var" / "peers"
NODE_FOLDER = FOLDER / "node"
PYTHON = FOLDER / "python" / "bin" / "python"
LOCK = HERE / "requirements.lock"


def install_peers() -> None:
    """Afterwards node-oidc-provider lies in NODE_FOLDER, Authlib and django-oauth-toolkit in the environment of PYTHON."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        sys.exit("The peers need Node.js and npm; install them, or measure eid alone: python -m benchmarks sign-in")
    _install_once(HERE / "node" / "package-lock.json", NODE_FOLDER, _install_node)
    _install_once(LOCK, PYTHON.parent.parent, _install_python)


def describe_programs() -> dict[str, str]:
    """Versions of the peers and of what they run on."""
    node = json.loads((NODE_FOLDER / "node_modules" / "oidc-provider" / "package.json").read_text())["version"]
    pinned = dict(re.findall(r"^([a-z-]+)==([0-9.]+)", LOCK.read_text(), re.MULTILINE))
    runtime = subprocess.run(["node", "--version"], capture_output=True, check=True, text=True).stdout.strip()
    return {
        "Python": platform.python_version(),
        "Node.js": runtime.removeprefix("v"),
        "oidc-provider": node,
        "Authlib": pinned["authlib"],
        "django-oauth-toolkit": pinned["django-oauth-toolkit"],
        "granian": pinned["granian"],
    }


def _install_once(lock: Path, folder: Path, install: object) -> None:
    mark, digest = folder / ".installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return
    print(f"installing the peers of {lock.name} (once; a minute or so) ...", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    assert callable(install)
    install()
    mark.write_text(digest)


def _install_node() -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "node" / name, NODE_FOLDER / name)
    _run("npm", "ci", "--prefix", NODE_FOLDER, "--no-audit", "--no-fund", "--silent")


def _install_python() -> None:
    _run(sys.executable, "-m", "venv", PYTHON.parent.parent)
    _run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", LOCK)


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True)
