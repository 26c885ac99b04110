"""Talking to a stack's supervisor, and starting it. What the CLI calls."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, Self

import httpx

from argosy import find
from argosy.errors import ArgosyError, CannotStart, NotRunning
from argosy.keys import CALLERS_KEY
from argosy.keys.key import IssuedKey, Key, WantedKey
from argosy.processes import find_by_argument
from argosy.rollout.noise import Noise, SelfRun
from argosy.stack.model import Stack
from argosy.supervisor.messages import (
    BACK,
    HOST,
    HOSTED,
    ISSUED_KEY,
    KEY,
    KEYS,
    NOISE,
    RESTART,
    ROLL,
    ROLLOUTS,
    SELF_RUN,
    STACK,
    STATUS,
    UP,
    WANTED_KEY,
)
from argosy.supervisor.rollouts.stored import Decided, StoredRollout
from argosy.supervisor.status import Hosted, StackStatus

START_SECONDS = 20.0
CONNECT_SECONDS = 5.0


class Client:
    """One stack's supervisor, named by the stack file. Methods raise `NotRunning` without one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        # Nothing is verified on a unix socket, and reading who could be trusted takes 25 ms.
        transport = httpx.HTTPTransport(uds=str(address_of(file)), verify=False)
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        self._http = httpx.Client(
            transport=transport, base_url="http://supervisor", timeout=timeout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def up(self, stack: Stack, *, allow_downtime: bool = False) -> int:
        """Returns the generation whose settling to wait for; so do the other changes."""
        return int(self._post("up", UP.dump_json((stack, allow_downtime)))["generation"])

    def plan(self, stack: Stack) -> list[dict[str, str]]:
        """The steps that `up` would take: subject, step, cause."""
        steps: list[dict[str, str]] = self._post("plan", STACK.dump_json(stack))["steps"]
        return steps

    def scale(self, replicas: dict[str, int]) -> int:
        """Have so many replicas of each model."""
        return int(self._post("scale", json.dumps(replicas).encode())["generation"])

    def restart(self, models: list[str], *, allow_downtime: bool = False) -> int:
        """Replace the replicas of these models, of all if none is named."""
        body = RESTART.dump_json((models, allow_downtime))
        return int(self._post("restart", body)["generation"])

    def restart_gateway(self) -> int:
        """Have another Envoy take the place of the running one; returns when it serves."""
        return int(self._post("restart_gateway", b"")["generation"])

    def roll(self, model: str, what: Decided) -> int:
        """Pause, resume, promote or abort the rollout of a model."""
        return int(self._post("roll", ROLL.dump_json((model, what)))["generation"])

    def back(self, model: str, number: int | None, *, allow_downtime: bool = False) -> int:
        """Have a kept revision serve again, the one before the present one without ``number``."""
        body = BACK.dump_json((model, number, allow_downtime))
        return int(self._post("back", body)["generation"])

    def rollouts(self, model: str) -> list[StoredRollout]:
        """All that is known of a model's, newest first."""
        answer = self._post("rollouts", json.dumps(model).encode())
        return ROLLOUTS.validate_python(answer["rollouts"])

    def noise(self, model: str) -> Noise | None:
        """The noise floor of what a model is asked now, where an A/A run has shown it."""
        return NOISE.validate_python(self._post("noise", json.dumps(model).encode())["noise"])

    def add_noise(self, model: str, run: SelfRun) -> None:
        """Remember an A/A run of a model."""
        self._post("add_noise", SELF_RUN.dump_json((model, run)))

    @contextmanager
    def hosting(self, model: str, number: int) -> Iterator[Iterator[Hosted]]:
        """One replica of a kept revision beside what serves, while the context lasts.

        Gives how far it is, on any change until it has failed or the supervisor ends. Raises
        `ArgosyError` where it cannot be.
        """
        try:
            with self._http.stream(
                "POST", "/host", content=HOST.dump_json((model, number))
            ) as told:
                if not told.is_success:
                    told.read()
                    self._refuse("host", told)
                yield self._hosted(told)
        except httpx.ConnectError as error:
            raise self._not_running() from error

    def _hosted(self, told: httpx.Response) -> Iterator[Hosted]:
        with suppress(httpx.TransportError):
            for line in told.iter_lines():
                yield HOSTED.validate_json(line)

    def down(self) -> int:
        """Begin to stop everything; `wait_until_gone` waits for its end."""
        return int(self._post("down", b"")["generation"])

    def create_key(self, wanted: WantedKey, stack: str) -> IssuedKey:
        """A new key, once its rate holds. ``stack`` is the stack's name where none is declared."""
        body = WANTED_KEY.dump_json((wanted, stack))
        return ISSUED_KEY.validate_python(self._post("create_key", body))

    def list_keys(self) -> tuple[Key, ...]:
        """All keys that were ever made, oldest first."""
        return KEYS.validate_python(self._post("list_keys", b"")["keys"])

    def revoke_key(self, name_or_id: str) -> Key:
        """Returns once the gateway refuses it."""
        return KEY.validate_python(self._post("revoke_key", json.dumps(name_or_id).encode()))

    def answers(self) -> bool:
        """Whether there is one."""
        try:
            self._http.get("/status")
        except httpx.TransportError:
            return False
        return True

    def status(self) -> StackStatus:
        """The stack as it is now."""
        try:
            return STATUS.validate_json(self._http.get("/status").content)
        except httpx.TransportError as error:
            raise self._not_running() from error

    def metrics(self) -> str:
        """Of gateway and replicas, in Prometheus' text form."""
        try:
            return self._http.get("/metrics").text
        except httpx.TransportError as error:
            raise self._not_running() from error

    def watch(self) -> Iterator[StackStatus]:
        """The status now and after each change, until the supervisor ends."""
        try:
            with self._http.stream("GET", "/watch") as answer:
                for line in answer.iter_lines():
                    yield STATUS.validate_json(line)
        except httpx.ConnectError as error:
            raise self._not_running() from error
        except httpx.TransportError:
            return

    def wait_until_gone(self) -> Iterator[StackStatus]:
        """The status after each change until the supervisor has ended and let go of the stack."""
        yield from self.watch()
        with lock_file(self.file).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

    def _post(self, command: str, body: bytes) -> dict[str, Any]:
        try:
            answer = self._http.post(f"/{command}", content=body)
        except httpx.TransportError as error:
            raise self._not_running() from error
        if not answer.is_success:
            self._refuse(command, answer)
        content: dict[str, Any] = answer.json()
        return content

    def _refuse(self, command: str, answer: httpx.Response) -> NoReturn:
        content: dict[str, Any] = answer.json() if answer.content.startswith(b"{") else {}
        failed = ArgosyError(
            content.get("error", f"the supervisor failed at {command!r}; see `supervisor.log`")
        )
        failed.exit_code = content.get("exit_code", 1)
        raise failed

    def _not_running(self) -> NotRunning:
        if gateway_runs(self.file):
            return NotRunning(
                "the supervisor of this stack has ended; the gateway serves on, from the replicas"
                " that are left",
                where=str(self.file),
                next_step="`argosy up -d` starts it again, and takes over what runs.",
            )
        return NotRunning(
            "this stack is not running",
            where=str(self.file),
            next_step="Start it with `argosy up`.",
        )


@contextmanager
def supervised(file: Path) -> Iterator[Client]:
    """The supervisor of a stack that runs: one that was killed is started again, and goes on.

    Raises as `ensure_running`; the client's methods raise `NotRunning` where the stack is down.
    """
    if file in find.run_folders():
        ensure_running(file)
    with Client(file) as client:
        yield client


def lock_file(file: Path) -> Path:
    """Locked by the supervisor of this stack file for as long as it lives; tells where it listens.

    It lies beside the stack file, so that whoever asks finds the same supervisor, whatever their
    run folder is.
    """
    return find.state_folder(file) / "supervisor.lock"


def address_of(file: Path) -> Path:
    """Where the supervisor of this stack file listens, or last listened."""
    try:
        owned, address = lock_file(file).read_text().splitlines()
    except (OSError, ValueError):
        owned, address = "", ""
    moved = owned != str(file)  # the folder was copied or moved with its state
    return find.run_folder(file) / "supervisor" if moved else Path(address)


def gateway_runs(file: Path) -> bool:
    """Whether the gateway of this stack file runs, with a supervisor or without."""
    from argosy.gateway.resources.bootstrap import NODE  # noqa: PLC0415  costs a start

    return find_by_argument(f"{NODE}{address_of(file).parent}") is not None


def is_running(file: Path) -> bool:
    """Whether a supervisor owns this stack now."""
    try:
        with lock_file(file).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def ensure_running(file: Path) -> None:
    """Start the stack's supervisor unless one runs; returns once it answers.

    Raises `CannotStart` with the last line of its log if it does not.
    """
    log = find.writable_state_folder(file) / "supervisor.log"
    process: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if _answers(file):
            return
        if not is_running(file) and (process is None or process.poll() is not None):
            if process is not None and process.returncode:
                raise CannotStart(_last_line(log), where="the supervisor did not start")
            process = _spawn(file, log)
        time.sleep(0.02)
    raise CannotStart(
        f"the supervisor did not answer within {START_SECONDS:.0f} s",
        next_step=f"See {log}.",
    )


def _spawn(file: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != CALLERS_KEY}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "argosy.supervisor", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd="/",
            env={**environment, "PYTHONUNBUFFERED": "1"},
        )


def _answers(file: Path) -> bool:
    if not address_of(file).exists():
        return False
    with Client(file) as client:
        return client.answers()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it left no word"
