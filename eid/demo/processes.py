"""The processes of the demo: started, watched and ended together."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Self

from eid.errors import Conflict, Unavailable

GRACE_SECONDS = 5
POLL_SECONDS = 0.2
LAST_PORT = 65535


def check_port_free(port: int, *, option: str) -> None:
    """Raise Conflict where something on this machine listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Conflict(
                "port_in_use", f"Port {port} is in use; choose another with {option}.", reason=str(error)
            ) from error


def find_free_port(preferred: int, *, taken: Collection[int] = ()) -> int:
    """The preferred port of this machine's loopback, or where something listens there already or will, any that is free."""
    try:
        if preferred in taken or preferred > LAST_PORT:
            raise Conflict("port_in_use", "The port is taken.")
        check_port_free(preferred, option="")
    except Conflict:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port: int = found.getsockname()[1]
        return port if port not in taken else find_free_port(preferred, taken=taken)
    return preferred


class Processes:
    """A group of child processes that live and die together: none outlives the `with` block, however it ends."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}
        self._stopping = False
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._handlers = {
            number: signal.signal(number, self._ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)
        }
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
        """Start one more process; what it prints goes to the end of `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self._logs[name] = log
        with log.open("ab") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command, env=dict(env), stdout=output, stderr=output, stdin=subprocess.DEVNULL
            )

    def wait_until_listening(self, port: int, *, seconds: float) -> None:
        """Return once somebody listens on the port. Raises Unavailable when a process ended or time ran out.

        Raises KeyboardInterrupt when the user asks for an end meanwhile.
        """
        for _ in range(int(seconds / POLL_SECONDS)):
            self._check_alive()
            if self._stopping:
                raise KeyboardInterrupt
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(POLL_SECONDS)
        raise Unavailable("start_timeout", f"Nothing listens on port {port} after {seconds:.0f} seconds.")

    def wait(self) -> None:
        """Return when the user asks for an end (Ctrl-C or SIGTERM). Raises Unavailable when a process ended by itself."""
        while not self._stopping:
            self._check_alive()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Afterwards none of the processes runs: asked first, killed after five seconds."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _check_alive(self) -> None:
        for name, process in self._running.items():
            status = process.poll()
            if status is not None and not self._stopping:
                log = self._logs[name]
                raise Unavailable("process_ended", f"The {name} ended with status {status}; its log is {log}.")
