"""eid demo: make a country ready under var/ and serve it, with the sample services beside it, until Ctrl-C."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console

from eid.cli.context import service
from eid.clock import wall_now
from eid.config import Mode, Settings
from eid.demo.guide import print_guide
from eid.demo.prepare import Plan, prepare_demo
from eid.demo.processes import Processes, check_port_free, find_free_port
from eid.demo.relying_services import SampleUrls
from eid.demo.tls import LocalTls, make_local_tls
from eid.keystore import KeyUse, current_keystore

START_SECONDS = 60
GRANIAN = ("--interface", "wsgi", "--factory", "--no-ws", "--log-level", "warning")
SAMPLES = ("clinic", "bank", "roadside", "wallet")
"""Served on the ports after the service's own, where these are free."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65534), default=8000, show_default=True)
@click.option(
    "--clinic-port",
    type=click.IntRange(1, 65535),
    help="Where the clinic serves; one above --port, or any free one, by default.",
)
@click.option("--people", type=click.IntRange(0, 10_000_000), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=2026, show_default=True, help="Same seed, same people.")
@click.option(
    "--cohort", type=click.IntRange(0, 50_000), default=40, show_default=True, help="Who can play in load scenarios."
)
@click.option(
    "--newcomers",
    type=click.IntRange(0, 50_000),
    default=40,
    show_default=True,
    help="Who can activate an account in one.",
)
@click.option("--locale", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--database-url", help="SQLAlchemy's URL of a database; SQLite under --state by default.")
@click.option("--state", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
@click.option("--tls", is_flag=True, help="Serve https with a certificate authority of this machine's own.")
def demo(
    port: int,
    clinic_port: int | None,
    people: int,
    seed: int,
    cohort: int,
    newcomers: int,
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
    ports = choose_ports(port, clinic_port)
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
    urls = SampleUrls(**{name: f"{scheme}://localhost:{ports[name]}" for name in SAMPLES})
    plan = Plan(people=people, seed=seed, samples=urls, cohort=cohort, newcomers=newcomers)
    with service(settings):
        prepare_demo(settings, plan, console)
        current_keystore().find_published_jwks(KeyUse.ID_TOKEN)  # made now, so that nobody waits for them later
    local_tls = make_local_tls(state / "tls", now=wall_now()) if tls else None
    serve_demo(settings, plan, port=port, ports=ports, local_tls=local_tls, console=console)


def choose_ports(port: int, clinic_port: int | None) -> dict[str, int]:
    """A free port for each sample, by its name."""
    chosen = {} if clinic_port is None else {"clinic": clinic_port}
    for place, name in enumerate(SAMPLES, 1):
        if name not in chosen:
            chosen[name] = find_free_port(port + place, taken=[port, *chosen.values()])
    return chosen


def serve_demo(
    settings: Settings,
    plan: Plan,
    *,
    port: int,
    ports: Mapping[str, int],
    local_tls: LocalTls | None,
    console: Console,
) -> None:
    """Serve the prepared demo and its samples until the user asks for an end."""
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
        for name in SAMPLES:
            command = [*GRANIAN, f"eid.samples.{name}:create_app_from_env", "--port", str(ports[name])]
            processes.start(
                name,
                [sys.executable, "-m", "granian", *command, *_granian_tls(local_tls)],
                env=_clean_environment() | _sample_environment(name, settings, local_tls),
                log=logs / f"{name}.log",
            )
        for name in SAMPLES:
            processes.wait_until_listening(ports[name], seconds=START_SECONDS)
        print_guide(console, locale=settings.locale, url=settings.public_url, samples=plan.samples)
        processes.wait()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("EID_")}


def _service_environment(settings: Settings) -> dict[str, str]:
    return {
        "EID_MODE": settings.mode,
        "EID_FACE_MATCHER": settings.face_matcher,
        "EID_PUBLIC_URL": settings.public_url,
        "EID_DATABASE_URL": settings.database_url,
        "EID_STATE_DIR": str(settings.state_dir),
        "EID_LOCALE": settings.locale,
    }


def _sample_environment(name: str, settings: Settings, local_tls: LocalTls | None) -> dict[str, str]:
    """A sample learns who it is from its environment, as any relying service would."""
    kept = json.loads((settings.state_dir / f"{name}.json").read_text())
    environment = {variable: str(value) for variable, value in kept.items()}
    if local_tls:
        environment["REQUESTS_CA_BUNDLE"] = str(local_tls.authority)
    return environment


def _granian_tls(local_tls: LocalTls | None) -> list[str]:
    if not local_tls:
        return []
    return ["--ssl-certificate", str(local_tls.certificate), "--ssl-keyfile", str(local_tls.key)]
