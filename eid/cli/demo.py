"""eid demo: make a country ready under var/ and serve it, with the clinic beside it, until Ctrl-C."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
from rich.console import Console

from eid.cli.context import service
from eid.clock import wall_now
from eid.config import Mode, Settings
from eid.demo.guide import print_guide
from eid.demo.prepare import Plan, prepare_demo
from eid.demo.processes import Processes, check_port_free, find_free_port
from eid.demo.tls import LocalTls, make_local_tls

START_SECONDS = 60
CLINIC = ("--interface", "wsgi", "--factory", "--no-ws", "--log-level", "warning", "eid.clinic:create_app_from_env")


@click.command()
@click.option("--port", type=click.IntRange(1, 65534), default=8000, show_default=True)
@click.option(
    "--clinic-port",
    type=click.IntRange(1, 65535),
    help="Where the clinic serves; one above --port, or any free one, by default.",
)
@click.option("--people", type=click.IntRange(0, 10_000_000), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2026, show_default=True, help="Same seed, same people.")
@click.option("--locale", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--database-url", help="SQLAlchemy's URL of a database; SQLite under --state by default.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
@click.option("--tls", is_flag=True, help="Serve https with a certificate authority of this machine's own.")
def demo(
    port: int,
    clinic_port: int | None,
    people: int,
    seed: int,
    locale: str,
    database_url: str | None,
    state: Path,
    tls: bool,
) -> None:
    """Make a demo ready and serve it. A second run keeps everything.

    Example: eid demo --port 8080 --people 20000 --locale en
    """
    check_port_free(port, option="PORT=… (--port)")
    if clinic_port is not None:
        check_port_free(clinic_port, option="--clinic-port")
    clinic_port = clinic_port or find_free_port(port + 1)
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    scheme = "https" if tls else "http"
    settings = Settings(
        mode=Mode.DEMO,
        public_url=f"{scheme}://localhost:{port}",
        database_url=database_url or f"sqlite:///{state / 'eid.sqlite3'}",
        state_dir=state,
        locale=locale,
    )
    console = Console()
    plan = Plan(people=people, seed=seed, clinic_url=f"{scheme}://localhost:{clinic_port}")
    with service(settings):
        prepare_demo(settings, plan, console)
    local_tls = make_local_tls(state / "tls", now=wall_now()) if tls else None
    serve_demo(settings, plan, port=port, clinic_port=clinic_port, local_tls=local_tls, console=console)


def serve_demo(
    settings: Settings, plan: Plan, *, port: int, clinic_port: int, local_tls: LocalTls | None, console: Console
) -> None:
    """Serve the prepared demo and its clinic until the user asks for an end."""
    certificate = ["--certificate", str(local_tls.certificate), "--key", str(local_tls.key)] if local_tls else []
    logs = settings.state_dir / "log"
    with Processes() as processes:
        processes.start(
            "service",
            [sys.executable, "-m", "eid", "serve", "--port", str(port), *certificate],
            env=_clean_environment() | _service_environment(settings),
            log=logs / "service.log",
        )
        processes.wait_until_listening(port, seconds=START_SECONDS)
        processes.start(
            "clinic",
            [sys.executable, "-m", "granian", *CLINIC, "--port", str(clinic_port), *_granian_tls(local_tls)],
            env=_clean_environment() | _clinic_environment(settings, local_tls),
            log=logs / "clinic.log",
        )
        processes.wait_until_listening(clinic_port, seconds=START_SECONDS)
        print_guide(console, locale=settings.locale, url=settings.public_url, clinic=plan.clinic_url)
        processes.wait()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EID_")}


def _service_environment(settings: Settings) -> dict[str, str]:
    return {
        "EID_MODE": settings.mode,
        "EID_PUBLIC_URL": settings.public_url,
        "EID_DATABASE_URL": settings.database_url,
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_LOCALE": settings.locale,
    }


def _clinic_environment(settings: Settings, local_tls: LocalTls | None) -> dict[str, str]:
    """The clinic learns who it is from its environment, as any relying service would."""
    environment = {
        name: str(value) for name, value in json.loads((settings.state_dir / "clinic.json").read_text()).items()
    }
    if local_tls:
        environment["REQUESTS_CA_BUNDLE"] = str(local_tls.authority)
    return environment


def _granian_tls(local_tls: LocalTls | None) -> list[str]:
    if not local_tls:
        return []
    return ["--ssl-certificate", str(local_tls.certificate), "--ssl-keyfile", str(local_tls.key)]
